"""Located objects with their history, and the risk of those that are hazards."""

from models.feeds.kinds.registry.kind import KIND

__all__ = ["KIND"]
