"""What a feed of the kind `counts` is configured by."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from config.catalog import Feed
from config.place import CellCodeText, Latitude, Longitude, Strict, Text


class Unit(Strict):
    """A unit that counts: a clinic, a venue, an office."""

    title: Text  # name on the wall
    cell: CellCodeText | None = None  # where it is: cell code, instead of degrees
    lon: Longitude | None = None  # degrees east
    lat: Latitude | None = None  # degrees north


class CountsFeed(Feed):
    """A feed of counts: who counts, what classes there are, and how long a request may take."""

    kind: Literal["counts"]  # counts of visits, check-ins or requests
    units: Annotated[dict[str, Unit], Field(min_length=1)]  # who counts, by code
    # What is counted has an end: a request is opened and finished.
    ends: bool = False
    # hours within which what was opened should be finished; nothing: there is no limit
    limit_h: Annotated[float, Field(gt=0)] | None = None
    most: Annotated[int, Field(ge=1)] = 100_000  # counts of one message beyond it are refused
    counted: Text = Field(default={"zh": "人次", "en": "visits"})  # what is counted, in warnings


def classes(feed: Feed) -> dict[str, Text]:
    """Give the classes of a feed by code, with their names."""
    return {code: category.title for code, category in feed.categories.items()}
