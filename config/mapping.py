"""Mapping files: which column of a table is what. One YAML file in `mappings/` a table.

`models.feeds.mapping.apply` applies them; docs/mappings.md tells how to write one.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field, model_validator

from config.place import CellCodeText, Latitude, Longitude, Strict


class TimeSource(Strict):
    """Where a time stands: one column, or year, month, day and hour in columns of their own.

    Attributes
    ----------
    column : str or None
        Any usual spelling, read by the column as a whole; an offset in it counts.
    format : str or None
        As in `strptime` (`%z`, `%Z` and `%f` too), or one of the words of `--time-format`, for
        columns that may mean two things.
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

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that it reads."""
        return self.parts if self.column is None else (self.column,)


class MappedPlace(Strict):
    """Where the readings of one sensor were taken; `note` says what is not exact about it."""

    lon: Longitude | None = None  # degrees east
    lat: Latitude | None = None  # degrees north
    cell: CellCodeText | None = None  # cell code, instead of degrees
    note: str = ""  # what is not exact about the place

    @model_validator(mode="after")
    def _one_way(self) -> MappedPlace:
        if (self.cell is None) == (self.lon is None or self.lat is None):
            msg = "expected either cell, or lon and lat"
            raise ValueError(msg)
        return self


class SensorSource(Strict):
    """Which sensor a row is of: a column, or one fixed name for the whole file."""

    column: str | None = None  # column that names the sensor
    fixed: str | None = None  # one name for all rows, instead of a column

    @model_validator(mode="after")
    def _one_way(self) -> SensorSource:
        if (self.column is None) == (self.fixed is None):
            msg = "expected either column or fixed"
            raise ValueError(msg)
        return self


class MappedMetric(Strict):
    """One metric: the value of `column`, less that of `minus` where it is named."""

    column: str  # column that holds the value
    minus: str | None = None  # column that is subtracted, as coarse dust is PM10 less PM2.5
    factor: float = 1.0  # to the metric's unit, applied last


class CodedSource(Strict):
    """A column of names, and the city's own code for each: of categories, departments, streets.

    Names compare by NFC and without blanks around them, and without regard to case where
    `ignores_case` says so. A name without a code is passed on as it is; of a category the feed
    says what becomes of it.
    """

    column: str  # column that holds it
    codes: dict[str, str] = Field(default_factory=dict)  # text in the table → code
    ignores_case: bool = False  # texts that differ in case only are one


def _coded(value: Any) -> Any:
    """Let a file name a column without codes by its name alone."""
    return {"column": value} if isinstance(value, str) else value


Coded = Annotated[CodedSource, BeforeValidator(_coded)]


class Condition(Strict):
    """A row counts only where the column holds one of the values."""

    column: str  # column that is compared
    values: Annotated[tuple[str, ...], Field(min_length=1)]  # texts of which one must stand there


class MappedEvent(Strict):
    """An event in the life of the row's case, at a time that stands in a column."""

    # which step of a case it is
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
    time: TimeSource  # where its time stands
    when: Condition | None = None  # only for rows that fit; all of them


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
        A limit that is a date without a time of day ends with that day.
    area : CodedSource or None
        Cases: column of the part of the city in the table's own words (a neighbourhood, say), or
        with `codes` of the city's streets. Indicators by street are given by it; the cell of a
        case never comes from it.
    lon, lat, cell : str or None
        Columns of the place of a row.
    """

    name: str  # not written: the file's name
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
    category: Coded | None = None
    events: tuple[MappedEvent, ...] = ()
    due: TimeSource | None = None
    department: Coded | None = None
    origin: str | None = None
    beat: str | None = None
    area: Coded | None = None

    @property
    def roles(self) -> dict[str, tuple[str, ...]]:
        """What each column is read as: role → names of columns."""
        named: dict[str, tuple[str | None, ...]] = {
            **{role: (getattr(self, role),) for role in _PLAIN},
            **{role: (source.column,) for role in _CODED if (source := getattr(self, role))},
            **{event.type: event.time.columns for event in self.events},
            **{f"{event.type} when": (event.when.column,) for event in self.events if event.when},
            **{name: (metric.column, metric.minus) for name, metric in self.metrics.items()},
        }
        for role in ("time", "due"):
            source = getattr(self, role)
            named[role] = () if source is None else source.columns
        found = {role: tuple(filter(None, columns)) for role, columns in named.items()}
        return {role: columns for role, columns in found.items() if columns}

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that the mapping reads, sorted."""
        return tuple(sorted({name for columns in self.roles.values() for name in columns}))


_PLAIN: Final = ("lon", "lat", "cell", "case", "origin", "beat")
_CODED: Final = ("sensor", "category", "department", "area")
