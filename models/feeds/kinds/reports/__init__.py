"""Who owes which figures by when: what is missing, late, implausible, corrected or sent again."""

from models.feeds.kinds.reports.kind import KIND

__all__ = ["KIND"]
