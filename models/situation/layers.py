"""The map layers of metrics, and how a layer is packed for the snapshot."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from config.catalog import Feed, Metric, Text
from models.grid.grid import Grid
from models.situation.snapshot import Layer
from models.situation.state import DistrictState
from models.situation.streets import LayerNow

# The first of them that holds a value is "now": an hourly station is silent for most 5 minutes.
NOW_WINDOWS: Final = ("mean_5min", "mean_1h", "level")  # a gauge has a level
DAY_WINDOW: Final = "mean_24h"


def now_layer(state: DistrictState, feed: Feed, metric: str, grid: Grid) -> LayerNow | None:
    """Give the newest short mean of a metric."""
    for window in NOW_WINDOWS:
        layer = state.streets.layer(feed.name, f"{metric}.{window}", grid)
        if layer is not None and layer.newest_ms:
            return layer
    return None


def metric_layers(
    feed: Feed, name: str, metric: Metric, state: DistrictState, grid: Grid
) -> Iterator[Layer]:
    """Give a metric's layers: now, the day's mean, and the ratio to normal."""
    stale_s = 2 * max(feed.expected_interval_s, feed.pane_s) + feed.allowed_lateness_s
    now = now_layer(state, feed, name, grid)
    day = state.streets.layer(feed.name, f"{name}.{DAY_WINDOW}", grid)
    ratio = state.ratios.layer(feed.name, name, grid)
    for suffix, layer, zh, en in (
        ("now", now, "现值", "now"),
        ("mean_24h", day, "24小时均值", "24 h mean"),
    ):
        if layer is not None and layer.newest_ms:
            title = _titled(metric, zh, en)
            yield packed(f"{name}.{suffix}", title, layer, feed.name, metric, stale_s)
    if ratio is not None:
        title = _titled(metric, "与常态之比", "ratio to normal")
        yield packed(f"{name}.ratio", title, ratio, feed.name, None, stale_s, scale="ratio")


def _titled(metric: Metric, zh: str, en: str) -> Text:
    return {"zh": f"{metric.title['zh']} {zh}", "en": f"{metric.title['en']} {en}"}


def packed(
    name: str,
    title: Text,
    layer: LayerNow,
    feed: str,
    metric: Metric | None = None,
    stale_after_s: int = 0,
    *,
    scale: str = "sequential",
) -> Layer:
    """Pack a layer for the snapshot."""
    return Layer(
        id=name,
        title=dict(title),
        unit=metric.unit if metric else "",
        decimals=2 if scale == "ratio" else metric.decimals if metric else 0,
        event_ms=layer.newest_ms,
        data=layer.values.astype("<f4").tobytes(),
        scale=scale,
        stale_after_s=stale_after_s,
        feed=feed,
    )
