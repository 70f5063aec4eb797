"""Mapping files: which column of a table is what. One YAML file in `mappings/` a table.

`models.feeds.mapping.apply` applies them; docs/mappings.md tells how to write one.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from config.place import CellCodeText, Latitude, Longitude, Strict


class TimeSource(Strict):
    """Where a time stands: one column, or year, month, day and hour in columns of their own.

    Attributes
    ----------
    column : str or None
        ISO 8601, or as `format` says.
    format : str or None
        As in `strptime`, for other spellings.
    unit : str or None
        `s` or `ms` for epoch numbers.
    parts : tuple of str
        Instead of `column`: the columns of year, month, day and optionally hour and minute.
    """

    column: str | None = None
    format: str | None = None
    unit: Literal["s", "ms"] | None = None
    parts: Annotated[tuple[str, ...], Field(max_length=5)] = ()

    @model_validator(mode="after")
    def _one_way(self) -> TimeSource:
        if (self.column is None) == (not self.parts):
            msg = "expected either column or parts"
            raise ValueError(msg)
        if self.parts and len(self.parts) < 3:
            msg = "expected at least the columns of year, month and day in parts"
            raise ValueError(msg)
        if self.parts and (self.format or self.unit):
            msg = "format and unit belong to column, not to parts"
            raise ValueError(msg)
        return self


class MappedPlace(Strict):
    """Where the readings of one sensor were taken; `note` says what is not exact about it."""

    lon: Longitude | None = None
    lat: Latitude | None = None
    cell: CellCodeText | None = None
    note: str = ""

    @model_validator(mode="after")
    def _one_way(self) -> MappedPlace:
        if (self.cell is None) == (self.lon is None or self.lat is None):
            msg = "expected either cell, or lon and lat"
            raise ValueError(msg)
        return self


class SensorSource(Strict):
    """Which sensor a row is of: a column, or one fixed name for the whole file."""

    column: str | None = None
    fixed: str | None = None

    @model_validator(mode="after")
    def _one_way(self) -> SensorSource:
        if (self.column is None) == (self.fixed is None):
            msg = "expected either column or fixed"
            raise ValueError(msg)
        return self


class MappedMetric(Strict):
    """One metric: the value of `column`, less that of `minus` where it is named."""

    column: str
    minus: str | None = None
    factor: float = 1.0  # to the metric's unit, applied last


class CategorySource(Strict):
    """The category of a case: a column, and the feed's code for each name that stands there.

    A name without a code is passed on as it is; the feed says what becomes of it.
    """

    column: str
    codes: dict[str, str] = Field(default_factory=dict)


class Condition(Strict):
    """A row counts only where the column holds one of the values."""

    column: str
    values: Annotated[tuple[str, ...], Field(min_length=1)]


class MappedEvent(Strict):
    """An event in the life of the row's case, at a time that stands in a column."""

    type: Literal[
        "reported",
        "filed",
        "rejected",
        "dispatched",
        "disposed",
        "verified",
        "closed",
        "returned",
        "extended",
        "held",
        "resumed",
        "cancelled",
    ]
    time: TimeSource
    when: Condition | None = None


class Mapping(Strict):
    """A mapping file; `name` is the file's name.

    Attributes
    ----------
    feed : str
        Feed that the rows belong to; its kind decides whether `metrics` or `events` is needed.
    source : str
        Where the table comes from, and under which licence.
    timezone : str
        Zone of times without an offset; the city's where the file names none.
    missing : tuple of str
        Texts that stand for "no value"; an empty field always does.
    time, sensor, metrics, places
        Readings: when, of which sensor, which metrics, and where each sensor stands.
    case, category, events, due, department, origin, beat
        Cases: the column of the number, the category, the events that one row gives, and the
        columns of the limit, of the department, of how the case came in, and of the patrol beat.
    area : str or None
        Cases: column of the part of the city in the table's own words (a neighbourhood, say).
        Indicators by street are given by it; the cell of a case never comes from it.
    lon, lat, cell : str or None
        Columns of the place of a row.
    """

    name: str
    feed: str
    source: str
    timezone: str
    missing: tuple[str, ...] = ("NA",)
    lon: str | None = None
    lat: str | None = None
    cell: str | None = None
    # readings
    time: TimeSource | None = None
    sensor: SensorSource | None = None
    metrics: dict[str, MappedMetric] = Field(default_factory=dict)
    places: dict[str, MappedPlace] = Field(default_factory=dict)
    # cases
    case: str | None = None
    category: CategorySource | None = None
    events: tuple[MappedEvent, ...] = ()
    due: TimeSource | None = None
    department: str | None = None
    origin: str | None = None
    beat: str | None = None
    area: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that the mapping reads, sorted."""
        named = {self.lon, self.lat, self.cell, self.case, self.department, self.origin}
        named |= {self.beat, self.area}
        times = [self.time, self.due, *(event.time for event in self.events)]
        for time in times:
            if time is not None:
                named |= {time.column, *time.parts}
        for metric in self.metrics.values():
            named |= {metric.column, metric.minus}
        named |= {event.when.column for event in self.events if event.when}
        named |= {self.sensor.column if self.sensor else None}
        named |= {self.category.column if self.category else None}
        return tuple(sorted(name for name in named if name is not None))
