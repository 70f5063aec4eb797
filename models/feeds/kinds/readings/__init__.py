"""Readings of sensors: metrics with a unit and a valid range, by place and time."""

from models.feeds.kinds.readings.kind import KIND

__all__ = ["KIND"]
