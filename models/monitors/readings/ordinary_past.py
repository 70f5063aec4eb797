"""Which levels of a rule over readings can be reached: its monitor is run on an ordinary past."""

from __future__ import annotations

from collections import Counter
from typing import Final

import numpy as np

from config.catalog import Feed, Rule
from models.detect.registry import KINDS
from models.grid.codes import street_of
from models.monitors.pane_values import Codes, PaneValues
from models.monitors.reach import Reach
from models.monitors.readings.metric_monitor import MetricMonitor
from models.monitors.readings.monitor import severity_of
from models.monitors.readings.rules_by_detector import config_of

LEAST_SERIES: Final = 4  # of a feed that has no register of sensors
STREET: Final = 110101001001000  # where those stand; only their being together counts
SPREAD: Final = 0.25  # of ordinary values around half the size that matters, as a share
DAY_S: Final = 86_400


def reach_of(rule: Rule, feed: Feed, zone: str, days: float) -> Reach:
    """Give the highest severity that a rule over readings comes to after an ordinary past.

    Parameters
    ----------
    rule : Rule
    feed : Feed
        Which it watches.
    zone : str
        IANA time zone of the city.
    days : float
        Length of the history at hand.

    Notes
    -----
    A past of ordinary values (independent, with the same seed in every run) of as many sensors as
    the largest street has goes through the monitor of the rule; then the largest value that the
    feed accepts is given for as many panes as the rule asks for.
    """
    metric = feed.metrics[rule.metric]
    config = config_of([rule], feed.pane_s, zone)
    monitor = MetricMonitor(KINDS[rule.detector].make(config), (), severity_of(config), zone=zone)
    cells = _cells(feed)
    random = np.random.default_rng(1)
    middle = max(min(rule.minimum, metric.high) / 2, metric.low)
    for number in range(round(days * DAY_S / feed.pane_s)):
        noise = random.normal(1, SPREAD, cells.size)
        values = np.clip(middle * noise, metric.low, metric.high)
        monitor.judge(_pane(rule, number, feed.pane_s, cells, values))
    number = round(days * DAY_S / feed.pane_s)
    highest = np.full(1, metric.high)
    return monitor.reach(_pane(rule, number, feed.pane_s, cells[:1], highest))


def _cells(feed: Feed) -> Codes:
    """Give as many cells of one street as the feed has sensors in its largest one."""
    known = [sensor.cell for sensor in feed.sensors.values() if sensor.cell]
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
