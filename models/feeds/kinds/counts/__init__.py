"""Visits, check-ins and requests, counted by place and class; no person ever comes in."""

from models.feeds.kinds.counts.kind import KIND

__all__ = ["KIND"]
