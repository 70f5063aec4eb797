"""Proves that every level of a rule can be reached: by running its monitor on an ordinary past."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np

from config.catalog import Catalog, LimitRule, Rule
from models.detect.registry import KINDS
from models.grid.codes import street_of
from models.monitors.pane_values import Codes, PaneValues
from models.monitors.reach import Reach, unreachable
from models.monitors.readings.metric_monitor import MetricMonitor
from models.monitors.readings.monitor import severity_of
from models.monitors.readings.rules_by_detector import config_of

HISTORY_DAYS: Final = 14.0
LEAST_SERIES: Final = 4  # of a feed that has no register of sensors
STREET: Final = 110101001001000  # where those stand; only their being together counts
SPREAD: Final = 0.25  # of ordinary values around half the size that matters, as a share
DAY_S: Final = 86_400


def unreached(
    catalog: Catalog, rules: Iterable[Rule], days: float
) -> Iterator[tuple[Rule, str, str]]:
    """Give rule, level and reason of every level that readings could not reach.

    Parameters
    ----------
    catalog : Catalog
    rules : iterable of Rule
        Those to try.
    days : float
        Length of the history at hand.

    Notes
    -----
    A past of ordinary values (independent, with the same seed in every run) of as many sensors as
    the largest street has goes through the monitor of the rule; then the largest value that the
    feed accepts is given for as many panes as the rule asks for.
    """
    for rule in rules:
        if isinstance(rule, LimitRule):
            yield from ((rule, level, why) for level, why in _beyond_range(catalog, rule))
        if rule.detector in KINDS and catalog.feeds[rule.feed].kind == "readings":
            reach = reach_of(catalog, rule, days)
            yield from ((rule, level, why) for level, why in unreachable(rule.levels, reach))


def reach_of(catalog: Catalog, rule: Rule, days: float) -> Reach:
    """Give the highest severity that a rule over readings comes to after an ordinary past."""
    feed = catalog.feeds[rule.feed]
    metric = feed.metrics[rule.metric]
    config = config_of([rule], feed.pane_s, catalog.city.timezone)
    monitor = MetricMonitor(
        KINDS[rule.detector].make(config), (), severity_of(config), zone=catalog.city.timezone
    )
    cells = _cells(catalog, rule)
    random = np.random.default_rng(1)
    middle = max(min(rule.minimum, metric.high) / 2, metric.low)
    for number in range(round(days * DAY_S / feed.pane_s)):
        noise = random.normal(1, SPREAD, cells.size)
        values = np.clip(middle * noise, metric.low, metric.high)
        monitor.judge(_pane(rule, number, feed.pane_s, cells, values))
    number = round(days * DAY_S / feed.pane_s)
    highest = np.full(1, metric.high)
    return monitor.reach(_pane(rule, number, feed.pane_s, cells[:1], highest))


def _beyond_range(catalog: Catalog, rule: LimitRule) -> Iterator[tuple[str, str]]:
    """Give the limits that no accepted value reaches."""
    metric = catalog.feeds[rule.feed].metrics[rule.metric]
    for limits in rule.limits:
        for level, limit in limits.levels.items():
            if rule.direction == "above" and limit > metric.high:
                yield level, f"begins at {limit:g}, values over {metric.high:g} are rejected"
            if rule.direction == "below" and limit < metric.low:
                yield level, f"begins at {limit:g}, values under {metric.low:g} are rejected"


def _cells(catalog: Catalog, rule: Rule) -> Codes:
    """Give as many cells of one street as the feed has sensors in its largest one."""
    known = [sensor.cell for sensor in catalog.feeds[rule.feed].sensors.values() if sensor.cell]
    streets = Counter(street_of(int(cell)) for cell in known)
    n = max([LEAST_SERIES, *streets.values()])
    return STREET + 1 + np.arange(n, dtype=np.int64)


def _pane(rule: Rule, number: int, width_s: int, cells: Codes, values: np.ndarray) -> PaneValues:
    start_ms = number * width_s * 1000
    return PaneValues(
        feed=rule.feed,
        metric=rule.metric,
        start_ms=start_ms,
        width_s=width_s,
        ingested_ms=0,
        cells=cells,
        values=values,
        low=values,
        high=values,
    )
