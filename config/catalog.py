"""What a city edits, as checked values. `load(settings)` is the one way from YAML to a Catalog."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Final, Literal

from pydantic import ConfigDict, Field, PrivateAttr, field_validator, model_validator

from config.errors import ConfigError
from config.grid import build
from config.mapping import Mapping
from config.place import City, Sensor, Street, Strict, SurveyedCell, Text
from config.registry import Registry
from models.grid.grid import Grid

__all__ = [
    "RULE_KINDS",
    "Bounds",
    "CasesRule",
    "Catalog",
    "Category",
    "City",
    "Clock",
    "ClusterRule",
    "CountRule",
    "DropRule",
    "Feed",
    "Group",
    "Mapping",
    "Metric",
    "Rule",
    "Sensor",
    "SilenceRule",
    "Street",
    "Text",
]


_FUTURE_S: Final = 600


class Metric(Strict):
    """What a feed measures."""

    title: Text
    unit: str
    # Values are kept as integer multiples of it; |low|, |high| / resolution < 2^31.
    resolution: Annotated[float, Field(gt=0)]
    low: float  # a value outside [low, high] is rejected
    high: float
    decimals: int = 0  # on the wall
    layer: bool = False  # a map layer of the wall


class Clock(Strict):
    """How far an event time may lie from the time its record was sent."""

    # At most half the allowed lateness, which a feed that does not say it has, or ten minutes.
    future_s: Annotated[int, Field(ge=0)] = _FUTURE_S
    past_s: Annotated[int, Field(ge=0)] = 7 * 86400


class Bounds(Strict):
    """How much of a feed is told apart: what passes a bound is counted together, and told.

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
    names : int
        Departments, beats, areas … of one street partition that are counted apart, of each kind.
    """

    sensors: Annotated[int, Field(ge=1, le=200_000)] = 20_000
    ids_per_hour: Annotated[int, Field(ge=1)] = 1_000_000
    cases: Annotated[int, Field(ge=1)] = 1_000_000
    steps: Annotated[int, Field(ge=12, le=5000)] = 500
    names: Annotated[int, Field(ge=1, le=10_000)] = 500


class Category(Strict):
    """A class of case (小类)."""

    code: str
    title: Text


class Group(Strict):
    """Categories of cases that are counted together."""

    title: Text
    categories: Annotated[tuple[str, ...], Field(min_length=1)]


class Feed(Strict):
    """A feed: one YAML file in `feeds/`; `name` is the file's name."""

    name: str
    kind: Literal["readings", "cases"]
    title: Text
    owner: Text
    source: str  # where the figures in this file come from, or "to be replaced by the city's own"
    expected_interval_s: Annotated[int, Field(gt=0)]  # a sensor speaks this often
    pane_s: Annotated[int, Field(gt=0)]  # closed panes are this long
    allowed_lateness_s: Annotated[int, Field(ge=0)]
    clock: Clock = Clock()
    bounds: Bounds = Bounds()
    metrics: dict[str, Metric] = Field(default_factory=dict)  # kind readings
    categories: dict[str, Category] = Field(default_factory=dict)  # kind cases, by code
    groups: dict[str, Group] = Field(default_factory=dict)  # of categories
    other_category: str | None = None  # unknown categories become this one; None: rejected
    # Where a reading that does not say it was taken, by sensor.
    sensors: dict[str, Sensor] = Field(default_factory=dict)
    # Take readings of these sensors only, and each of them where its sensor stands.
    registered: bool = False

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


class Rule(Strict):
    """When anomalies become a warning: one YAML file in `rules/`.

    This is the kind `readings`, which watches one metric of a feed; the classes derived from it
    are the other kinds. What all have in common is the life of a warning.
    """

    name: str
    kind: str = "readings"
    title: Text
    feed: str
    metric: str
    detector: str
    levels: dict[Literal["blue", "yellow", "orange", "red"], float]  # score at which a level begins
    release: Annotated[float, Field(gt=0, le=1)] = 0.5  # a level ends below this share of its start
    # A source that nobody can be compared with is judged by its own past alone, where weather hides
    # much: a level begins at this share of its score.
    alone: Annotated[float, Field(gt=0, le=1)] = 1.0
    raise_after: Annotated[int, Field(ge=1)] = 2  # panes in a row at or over the level
    clear_after: Annotated[int, Field(ge=1)] = 2  # panes in a row under it
    minimum: float  # observed values below this never warn, in the metric's unit
    cause: Text
    consequence: Text
    suggestion: Text
    owner: Text
    response_minutes: Annotated[int, Field(gt=0)]

    @property
    def source(self) -> tuple[str, str]:
        """Whose batches of anomalies it reads: those of all detectors of readings, or its own."""
        return ("", "") if self.kind == "readings" else (self.detector, self.metric)


class CasesRule(Rule):
    """What rules over cases share: which step of a case counts, and under which group.

    A score is a recurrence interval: by chance alone the district sees as much once in so many
    days, over all that the rule watches.
    """

    metric: Literal["cases"] = "cases"
    step: Literal["reported", "filed", "closed"] = "reported"  # the first names the category
    # Empty: those of the feed, or each category by itself where that has none. All cases together
    # are always watched as well.
    groups: dict[str, Group] = Field(default_factory=dict)
    reporting_delay_h: Annotated[int, Field(ge=0, le=72)] = 0  # a day is judged so long after it
    minimum: Annotated[float, Field(ge=3)] = 3  # cases
    raise_after: Annotated[int, Field(ge=1)] = 1
    clear_after: Annotated[int, Field(ge=1)] = 2


class CountRule(CasesRule):
    """Kind `counts`: more cases of a group in a street in a day than the season explains."""

    kind: Literal["counts"]
    detector: Literal["counts"] = "counts"


class DropRule(CasesRule):
    """Kind `drops`: fewer cases of a group in a street in a day than the season explains.

    A kind beside `counts`, since its cause and what to do about it are others. `minimum` is the
    least number of cases missing that is worth a word.
    """

    kind: Literal["drops"]
    detector: Literal["drops"] = "drops"


class ClusterRule(CasesRule):
    """Kind `clusters`: cases that gather in space and time."""

    kind: Literal["clusters"]
    detector: Literal["scan"] = "scan"
    radius_m: Annotated[float, Field(ge=100, le=5000)] = 600
    days: Annotated[int, Field(ge=1, le=30)] = 14  # the longest window


NAMED_SPEAKERS: Final = ("beats", "departments")
SPEAKERS: Final = ("streets", *NAMED_SPEAKERS)  # who speaks by cases


class SilenceRule(Rule):
    """Kind `silence`: a source that should have spoken and has not.

    A score is the silence as a share of the longest that is usual for the source; `minimum` is the
    least silence worth a word, in hours.
    """

    kind: Literal["silence"]
    metric: Literal["sensors", "feed", "streets", "beats", "departments"]
    detector: Literal["silence"] = "silence"
    raise_after: Annotated[int, Field(ge=1)] = 1
    clear_after: Annotated[int, Field(ge=1)] = 1


RULE_KINDS: Final[dict[str, type[Rule]]] = {
    "readings": Rule,
    "counts": CountRule,
    "drops": DropRule,
    "clusters": ClusterRule,
    "silence": SilenceRule,
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
    _grids: dict[tuple[str, ...], Grid] = PrivateAttr(default_factory=dict)

    def streets_at(self, day: date) -> tuple[Street, ...]:
        """Streets in force on a day, in the order of their codes."""
        return tuple(street for street in self.streets if street.in_force(day))

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
