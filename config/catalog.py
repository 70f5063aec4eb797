"""What a city edits, as checked values. `load(settings)` is the one way from YAML to a Catalog."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Final

from pydantic import ConfigDict, Field, PrivateAttr, field_validator, model_validator

from config.errors import ConfigError
from config.events import SpecialEvent
from config.grid import build
from config.hotline import HotlinePlan
from config.maintenance import Maintenance
from config.mapping import Mapping
from config.modes import ModePlan
from config.place import City, Sensor, Street, Strict, SurveyedCell, Text
from config.plans import Plan
from config.platform import PlatformPlan
from config.registry import Registry
from config.roster import Roster
from config.rules import (
    CASE_SOURCES,
    NAMED_SOURCES,
    CasesRule,
    ClusterRule,
    CountRule,
    DatedLimits,
    DropRule,
    Group,
    LevelName,
    Levels,
    LimitRule,
    ReadingsRule,
    Rule,
    SilenceRule,
)
from config.second_grids import SecondGrid
from config.subscriptions import SubscriptionEntry
from config.targets import TargetsFile
from models.grid.grid import Grid

__all__ = [
    "CASE_SOURCES",
    "NAMED_SOURCES",
    "Bounds",
    "CasesRule",
    "Catalog",
    "Category",
    "City",
    "Clock",
    "ClusterRule",
    "CountRule",
    "DatedLimits",
    "DropRule",
    "Feed",
    "Group",
    "LevelName",
    "Levels",
    "LimitRule",
    "Mapping",
    "Metric",
    "ReadingsRule",
    "Rule",
    "Sensor",
    "SilenceRule",
    "SpecialEvent",
    "Street",
    "Text",
]


_FUTURE_S: Final = 600


class Metric(Strict):
    """What a feed measures."""

    title: Text  # name on the wall
    unit: str  # as it is written after a value
    # Values are kept as integer multiples of it; |low|, |high| / resolution < 2^31.
    resolution: Annotated[float, Field(gt=0)]
    low: float  # a value outside [low, high] is rejected
    high: float  # a value above it is rejected
    decimals: int = 0  # on the wall
    layer: bool = False  # a map layer of the wall


class Clock(Strict):
    """How far an event time may lie from the time its record was sent."""

    # At most half the allowed lateness, which a feed that does not say it has, or ten minutes.
    future_s: Annotated[int, Field(ge=0)] = _FUTURE_S
    # an event may be this much older than its record
    past_s: Annotated[int, Field(ge=0)] = 7 * 86400


class Bounds(Strict):
    """How much of a feed is told apart: what passes a bound is counted together, and reported.

    Attributes
    ----------
    sensors : int
        Sensors of one raw partition whose clocks are followed.
    ids_per_hour : int
        CloudEvents of one raw partition that are remembered in an hour, to know them again.
    cases : int
        Cases of one street partition in memory; an event of one more is set aside.
    steps : int
        Steps of one case; one more is set aside.
    departments, names : int
        Departments, and beats, areas and reporting channels each, of one street partition that are
        counted apart; the others together.
    """

    sensors: Annotated[int, Field(ge=1, le=200_000)] = 20_000
    ids_per_hour: Annotated[int, Field(ge=1)] = 1_000_000
    cases: Annotated[int, Field(ge=1)] = 1_000_000
    steps: Annotated[int, Field(ge=12, le=5000)] = 500
    departments: Annotated[int, Field(ge=1, le=500)] = 100
    names: Annotated[int, Field(ge=1, le=500)] = 300


class Category(Strict):
    """A class of case (小类)."""

    code: str  # not written: the key under `categories`, as it stands in events
    title: Text  # name on the wall


class Feed(Strict):
    """A feed: one YAML file in `feeds/`; `name` is the file's name."""

    name: str  # not written: the file's name; the raw topic is raw.<name>
    kind: str  # a folder of `models/feeds/kinds`
    title: Text  # name on the wall
    owner: Text  # who is asked when it falls silent
    source: str  # where the figures in this file come from, or "to be replaced by the city's own"
    expected_interval_s: Annotated[int, Field(gt=0)]  # a sensor reports this often
    pane_s: Annotated[int, Field(gt=0)]  # closed panes are this long
    allowed_lateness_s: Annotated[int, Field(ge=0)]  # a reading this late still corrects its pane
    clock: Clock = Clock()  # how far event times may lie from when a record arrived
    bounds: Bounds = Bounds()  # how many distinct sources and names one writer may bring
    metrics: dict[str, Metric] = Field(default_factory=dict)  # what is measured; kind readings
    categories: dict[str, Category] = Field(default_factory=dict)  # classes by code; kind cases
    groups: dict[str, Group] = Field(default_factory=dict)  # categories counted together
    other_category: str | None = None  # unknown classes become this one; nothing: rejected
    # In the file the name of one in `sensors/`: where a reading that does not say it was taken.
    sensors: dict[str, Sensor] = Field(default_factory=dict)
    # Take readings of these sensors only, and each of them where its sensor stands.
    registered: bool = False
    optional: bool = False  # until it is heard for the first time, nobody waits for it

    @model_validator(mode="before")
    @classmethod
    def _future_within_lateness(cls, values: Any) -> Any:
        """Let a clock that does not say it be ahead by half the allowed lateness at most."""
        if not isinstance(values, dict):
            return values
        clock, lateness_s = values.get("clock", {}), values.get("allowed_lateness_s")
        if not isinstance(clock, dict) or not isinstance(lateness_s, int) or "future_s" in clock:
            return values
        return {**values, "clock": {**clock, "future_s": min(_FUTURE_S, lateness_s // 2)}}

    @field_validator("categories", mode="before")
    @classmethod
    def _code_from_key(cls, categories: Any) -> Any:
        """Let a file write each code once, as the key."""
        if not isinstance(categories, dict):
            return categories
        return {
            code: {**entry, "code": code} if isinstance(entry, dict) else entry
            for code, entry in categories.items()
        }


class Catalog(Strict):
    """All of one city's configuration, checked as a whole."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    city: City
    streets: tuple[Street, ...]
    feeds: dict[str, Feed]
    rules: dict[str, Rule]
    mappings: dict[str, Mapping] = Field(default_factory=dict)
    cells: tuple[SurveyedCell, ...] = ()
    registry: Registry = Registry()
    grids: dict[str, SecondGrid] = Field(default_factory=dict)
    events: dict[str, SpecialEvent] = Field(default_factory=dict)
    roster: Roster | None = None
    subscriptions: tuple[SubscriptionEntry, ...] = ()
    plans: dict[str, Plan] = Field(default_factory=dict)
    maintenance: Maintenance = Maintenance()
    modes: dict[str, ModePlan] = Field(default_factory=dict)
    hotline: HotlinePlan | None = None
    platform: PlatformPlan | None = None
    targets: TargetsFile | None = None
    _grids: dict[tuple[str, ...], Grid] = PrivateAttr(default_factory=dict)

    def streets_at(self, day: date) -> tuple[Street, ...]:
        """Streets in force on a day, in the order of their codes."""
        return tuple(street for street in self.streets if street.in_force(day))

    def feeds_of(self, kind: str) -> list[Feed]:
        """Give the feeds of a kind, in the order of their names."""
        return [feed for feed in self.feeds.values() if feed.kind == kind]

    def measured_feeds(self) -> list[Feed]:
        """Give the feeds of any kind that measure something: they have panes of readings."""
        return [feed for feed in self.feeds.values() if feed.metrics]

    def grid_at(self, day: date) -> Grid:
        """Cells in force on a day; the same object for all days with the same streets.

        Raises
        ------
        ConfigError
            No street is in force on that day.
        """
        streets = self.streets_at(day)
        if not streets:
            msg = f"no street of {self.city.name['en']} is in force on {day}"
            raise ConfigError(msg)
        key = tuple(street.code for street in streets)
        if key not in self._grids:
            self._grids[key] = build(self.city.grid, streets, self.cells)
        return self._grids[key]

    def mapping(self, name: str) -> Mapping:
        """Give the mapping of a table's columns, by the name of its file.

        Raises
        ------
        ConfigError
            The city has no mapping of that name.
        """
        if name not in self.mappings:
            known = ", ".join(sorted(self.mappings)) or "none"
            msg = f"{self.city.name['en']} has no mapping {name!r}; it has {known}"
            raise ConfigError(msg)
        return self.mappings[name]
