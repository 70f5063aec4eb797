"""What a feed of the kind `stock` is configured by."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from config.catalog import Feed
from config.place import CellCodeText, Latitude, Longitude, Strict, Text


class StockObject(Strict):
    """An object that the feed declares itself: a car park, a shelter."""

    title: Text  # name on the wall
    cell: CellCodeText | None = None  # where it is: cell code, instead of degrees
    lon: Longitude | None = None  # degrees east
    lat: Latitude | None = None  # degrees north
    capacity: Annotated[float, Field(gt=0)] | None = None  # a level above it is refused


class StockFeed(Feed):
    """A feed of levels: its objects, how often they are inspected, whether it is forecast."""

    kind: Literal["stock"]  # levels and their changes
    # by id; other objects are told of by messages of type `listed`
    objects: dict[str, StockObject] = Field(default_factory=dict)
    counted: Text  # what the level counts, such as persons or cars
    # days after which an object should be inspected again; nothing: it is not inspected
    inspect_days: Annotated[int, Field(ge=1)] | None = None
    window_h: Annotated[int, Field(ge=1, le=168)] = 24  # hours that the net change is taken over
    # The level of the next hours, by its own hours of weekdays and weekends.
    forecast: bool = False
