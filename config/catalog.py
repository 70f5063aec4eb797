"""What a city edits, as checked values. `load(settings)` is the one way from YAML to a Catalog."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict

Text = dict[str, str]  # language → text; keys `zh` and `en`


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Street(_Strict):
    """A street (街道); bitemporal: valid from `valid_from` until before `valid_to`."""

    code: str  # 9 digits
    name: Text
    valid_from: date
    valid_to: date | None = None


class Metric(_Strict):
    """What a feed measures."""

    title: Text
    unit: str
    resolution: (
        float  # values are kept as integer multiples of it; |low|,|high| / resolution < 2^31
    )
    low: float  # a value outside [low, high] is rejected
    high: float
    decimals: int = 0  # on the wall
    layer: bool = False  # a map layer of the wall


class Clock(_Strict):
    """How far an event time may lie from the time its record was sent."""

    future_s: int = 600
    past_s: int = 7 * 86400


class Category(_Strict):
    """A class of case (小类)."""

    code: str
    title: Text


class Feed(_Strict):
    """A feed: one YAML file in `feeds/`; `name` is the file's name."""

    name: str
    kind: Literal["readings", "cases"]
    title: Text
    owner: Text
    source: str  # where the figures in this file come from, or "to be replaced by the city's own"
    expected_interval_s: int  # a sensor speaks this often
    pane_s: int  # closed panes are this long
    allowed_lateness_s: int
    clock: Clock = Clock()
    metrics: dict[str, Metric] = {}  # kind readings
    categories: dict[str, Category] = {}  # kind cases
    other_category: str | None = None  # unknown categories become this one; None: rejected


class Rule(_Strict):
    """When anomalies of one metric become a warning: one YAML file in `rules/`."""

    name: str
    title: Text
    feed: str
    metric: str
    detector: str
    levels: dict[Literal["blue", "yellow", "orange", "red"], float]  # score at which a level begins
    release: float = 0.5  # a level ends below this share of its beginning (hysteresis)
    raise_after: int = 2  # panes in a row at or over the level
    clear_after: int = 2  # panes in a row under it
    minimum: float  # observed values below this never warn, in the metric's unit
    cause: Text
    consequence: Text
    suggestion: Text
    owner: Text
    response_minutes: int


class City(_Strict):
    """`city.yaml`."""

    code: str  # district, 6 digits
    name: Text
    timezone: str
    note: Text


class Catalog(_Strict):
    """All of one city's configuration, checked as a whole."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    city: City
    streets: tuple[Street, ...]
    feeds: dict[str, Feed]
    rules: dict[str, Rule]
