"""A level and its changes, with a capacity: tenants of rented houses, cars in a car park."""

from models.feeds.kinds.stock.kind import KIND

__all__ = ["KIND"]
