"""Which levels of a rule over readings can be reached: its monitor is run on an ordinary past."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from config.catalog import Feed, Rule
from models.detect.registry import KINDS, DetectorConfig
from models.detect.stats.supported import times_supported
from models.grid.codes import street_of
from models.monitors.pane_values import Codes, PaneValues
from models.monitors.reach import Reach
from models.monitors.readings.metric_monitor import MetricMonitor
from models.monitors.readings.monitor import severity_of
from models.monitors.readings.rules_by_detector import config_of
from models.timing.units import DAY_S

PAST_DAYS: Final = 14.0
LEAST_SERIES: Final = 4  # of a feed that has no register of sensors
STREET: Final = 110101001001000  # where those stand; only their being together counts
SPREAD: Final = 0.25  # of ordinary values around half the size that matters, as a share


def reach_of(rule: Rule, feed: Feed, zone: str, days: float | None) -> Reach:
    """Give the highest severity that a rule over readings comes to in a street.

    Parameters
    ----------
    rule : Rule
    feed : Feed
        Which it watches.
    zone : str
        IANA time zone of the city.
    days : float or None
        Length of the history at hand; None: as long as it takes.

    Notes
    -----
    A past of ordinary values (independent, with the same seed in every run) of as many sensors as
    the largest street has goes through the monitor of the rule; then the largest value that the
    feed accepts is given for as many panes as the rule asks for. That past is two weeks long, or
    shorter with less at hand: what a longer one adds is the length of the history alone, which
    bounds the severity and is counted here.
    """
    metric = feed.metrics[rule.metric]
    config = config_of([rule], feed.pane_s, zone)
    past = _Past(rule.detector, config, metric.low, metric.high, rule.minimum, series_of(feed)[1])
    enough = PAST_DAYS if days is None else min(days, PAST_DAYS)
    found = _reach(past, round(enough * DAY_S / feed.pane_s))
    modelled = max(found.most, found.modelled)
    if days is None or not modelled:
        return Reach(most=modelled, why=found.why)
    supported = days * times_supported(*series_of(feed))
    if supported < modelled:
        return Reach(most=supported, modelled=modelled, why=f"{days:g} days of history, no more")
    return Reach(most=modelled, why=found.why)


@dataclass(frozen=True)
class _Past:
    """All of a rule, its feed and its city that decides its reach."""

    detector: str
    config: DetectorConfig
    low: float
    high: float
    minimum: float
    series: int


@cache  # rules share pasts, and are linted again with other levels
def _reach(past: _Past, panes: int) -> Reach:
    """Run the monitor over so many panes, and ask for the one after them."""
    config = past.config
    detector = KINDS[past.detector].make(config)
    monitor = MetricMonitor(detector, (), severity_of(config), zone=config.zone)
    cells = STREET + 1 + np.arange(past.series, dtype=np.int64)
    random = np.random.default_rng(1)
    middle = max(min(past.minimum, past.high) / 2, past.low)
    for number in range(panes):
        values = np.clip(middle * random.normal(1, SPREAD, cells.size), past.low, past.high)
        monitor.judge(_pane(number, config.width_s, cells, values))
    return monitor.reach(_pane(panes, config.width_s, cells[:1], np.full(1, past.high)))


def series_of(feed: Feed) -> tuple[int, int]:
    """Count the sensors of a feed, and of the street that has most of them."""
    known = [sensor.cell for sensor in feed.sensors.values() if sensor.cell]
    streets = Counter(street_of(int(cell)) for cell in known)
    return max(LEAST_SERIES, len(known)), max([LEAST_SERIES, *streets.values()])


def _pane(number: int, width_s: int, cells: Codes, values: np.ndarray) -> PaneValues:
    start_ms = number * width_s * 1000
    return PaneValues(
        feed="",
        metric="",
        start_ms=start_ms,
        width_s=width_s,
        ingested_ms=0,
        cells=cells,
        values=values,
        low=values,
        high=values,
    )
