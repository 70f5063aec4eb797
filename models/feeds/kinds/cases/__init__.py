"""Cases of the city's closed loop: their steps, classes and limits."""

from models.feeds.kinds.cases.kind import KIND

__all__ = ["KIND"]
