"""Supervisors on their beats: where they are, what they have seen, and which beat is silent."""

from models.feeds.kinds.patrol.kind import KIND

__all__ = ["KIND"]
