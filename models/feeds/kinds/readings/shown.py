"""What the wall shows of readings beside the layers of their metrics: headline numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from config.catalog import Feed
from models.grid.grid import Grid
from models.situation.layers import now_layer
from models.situation.sheet import distinct
from models.situation.snapshot import Headline
from models.situation.state import DistrictState

ACTIVE_WITHIN: Final = 3  # expected intervals


def headlines(
    readings: Sequence[Feed], state: DistrictState, grid: Grid, clock_ms: int
) -> list[Headline]:
    """Give the median of PM10 now, and the sensors that reported lately."""
    return [_pm10_now(state, readings, grid), _sensors_online(state, readings, grid, clock_ms)]


def _pm10_now(state: DistrictState, readings: Sequence[Feed], grid: Grid) -> Headline:
    """Give the median over the cells that reported within the window."""
    for feed in readings:
        layer = now_layer(state, feed, "pm10", grid) if "pm10" in feed.metrics else None
        known = layer.values[np.isfinite(layer.values)] if layer is not None else ()
        if layer is not None and len(known):
            metric = feed.metrics["pm10"]
            return Headline(
                id="pm10_now",
                value=float(np.median(known)),
                unit=metric.unit,
                decimals=metric.decimals,
                event_ms=layer.newest_ms,
                feeds=[feed.name],
            )
    return Headline(id="pm10_now", value=None)


def _sensors_online(
    state: DistrictState, readings: Sequence[Feed], grid: Grid, clock_ms: int
) -> Headline:
    """Count places of sensors (cells) that reported lately, of all registered or ever seen."""
    online, known, newest_ms = 0, 0, 0
    for feed in readings:
        cells, times = state.streets.last_seen(feed.name)
        if feed.optional and not cells.size:
            continue  # nobody waits for it yet
        patience_ms = 1000 * max(ACTIVE_WITHIN * feed.expected_interval_s, feed.pane_s)
        online += int((times >= clock_ms - patience_ms).sum())
        known += distinct(np.concatenate((cells, _registered(feed, grid))))
        newest_ms = max(newest_ms, int(times.max(initial=0)))
    if not known:
        return Headline(id="sensors_online", value=None)
    return Headline(
        id="sensors_online",
        value=float(online),
        numerator=online,
        denominator=known,
        event_ms=newest_ms,
    )


def _registered(feed: Feed, grid: Grid) -> np.ndarray:
    """Give the cells in which sensors of a feed are registered, shape (m,)."""
    sensors = list(feed.sensors.values())
    lon = np.array([sensor.lon for sensor in sensors], np.float64)
    lat = np.array([sensor.lat for sensor in sensors], np.float64)
    index = grid.locate(lon, lat)
    return grid.codes[index[index >= 0]]
