"""What a feed of the kind `reports` is configured by."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from config.catalog import Feed
from config.place import CellCodeText, Latitude, Longitude, Strict, Text


class ReportingUnit(Strict):
    """A unit that owes a report of each day."""

    title: Text  # name on the wall
    cell: CellCodeText | None = None  # where it is: cell code, instead of degrees
    lon: Longitude | None = None  # degrees east
    lat: Latitude | None = None  # degrees north


class OwedFigure(Strict):
    """A figure of a report."""

    title: Text  # name on the wall
    low: float = 0.0  # a report with less is refused
    high: float = 1e9  # a report with more is refused


class ReportsFeed(Feed):
    """A feed of daily reports: who owes them, which figures, and by when."""

    kind: Literal["reports"]  # reports that units owe
    units: Annotated[dict[str, ReportingUnit], Field(min_length=1)]  # who owes, by code
    figures: Annotated[dict[str, OwedFigure], Field(min_length=1)]  # what is owed, by code
    starts: date  # first day of which a report is owed
    due_h: Annotated[float, Field(ge=0, le=72)] = 8  # hours after the end of the day, local
    oldest_days: Annotated[int, Field(ge=1, le=400)] = 31  # a report of an older day is refused
    # A figure is implausible beyond so many robust standard deviations from its own past.
    implausible_z: Annotated[float, Field(gt=0)] = 6.0
