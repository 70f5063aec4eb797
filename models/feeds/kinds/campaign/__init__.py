"""Objects that have to be covered by a date, each with a small declared state machine."""

from models.feeds.kinds.campaign.kind import KIND

__all__ = ["KIND"]
