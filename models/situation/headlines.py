"""The six headline numbers; what is not known is None, never zero."""

from __future__ import annotations

from typing import Final

import numpy as np

from config.catalog import Catalog, Feed
from models.grid.grid import Grid
from models.situation.layers import now_layer
from models.situation.snapshot import Headline
from models.situation.state import DistrictState

CLOSED_WINDOWS: Final = ("30d", "month", "year", "7d", "today")
HEARD_WITHIN: Final = 3  # expected intervals


def headlines(catalog: Catalog, books: DistrictState, grid: Grid, clock_ms: int) -> list[Headline]:
    """Give the headline numbers in the order they are shown.

    Parameters
    ----------
    clock_ms : int
        The time by which ages are judged.
    """
    cases = [feed for feed in catalog.feeds.values() if feed.kind == "cases"]
    readings = [feed for feed in catalog.feeds.values() if feed.kind == "readings"]
    return [
        _open_cases(books, cases),
        _layer_total("filed_today", "cases.filed_today", books, cases, grid),
        _closed_of_filed(books, cases),
        _pm10_now(books, readings, grid),
        Headline(
            id="open_warnings",
            value=float(len(books.warnings.open())) if books.judged_ms else None,
            event_ms=books.judged_ms,
        ),
        _sensors_online(books, readings, grid, clock_ms),
    ]


def _last_case_ms(books: DistrictState, cases: list[Feed]) -> int:
    return max((books.feeds.last_event_ms(feed.name) for feed in cases), default=0)


def _names(feeds: list[Feed]) -> list[str]:
    return [feed.name for feed in feeds]


def _open_cases(books: DistrictState, cases: list[Feed]) -> Headline:
    """Sum the open cases over the stages of the closed loop; unknown before the first event."""
    value, event_ms = None, _last_case_ms(books, cases)
    if event_ms and not books.cases.is_empty:
        value = float(sum(stage.open for stage in books.cases.stages().values()))
    return Headline(id="open_cases", value=value, event_ms=event_ms, feeds=_names(cases))


def _layer_total(
    name: str, layer: str, books: DistrictState, cases: list[Feed], grid: Grid
) -> Headline:
    """Sum a layer of the cases over the city; unknown before the first event."""
    event_ms = _last_case_ms(books, cases)
    found = [books.streets.layer(feed.name, layer, grid) for feed in cases]
    totals = [now.total or 0.0 for now in found if now is not None]
    value = sum(totals) if totals and event_ms else None
    return Headline(id=name, value=value, event_ms=event_ms, feeds=_names(cases))


def _closed_of_filed(books: DistrictState, cases: list[Feed]) -> Headline:
    """Give the share of the cases filed of late that are closed."""
    event_ms, feeds = _last_case_ms(books, cases), _names(cases)
    count = books.cases.indicator("closed_of_filed", CLOSED_WINDOWS)
    is_known = count is not None and bool(count.denominator)
    numerator = int(count.numerator) if count and is_known else None
    denominator = count.denominator if count and is_known else None
    return Headline(
        id="closed_of_filed",
        value=100 * numerator / denominator if numerator is not None and denominator else None,
        unit="%",
        decimals=1,
        numerator=numerator,
        denominator=denominator,
        event_ms=event_ms,
        feeds=feeds,
    )


def _pm10_now(books: DistrictState, readings: list[Feed], grid: Grid) -> Headline:
    """Give the median over the cells that reported within the window."""
    for feed in readings:
        layer = now_layer(books, feed, "pm10", grid) if "pm10" in feed.metrics else None
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
    books: DistrictState, readings: list[Feed], grid: Grid, clock_ms: int
) -> Headline:
    """Count places of sensors (cells) heard of late, of all that are registered or ever spoke."""
    online, known, newest_ms = 0, 0, 0
    for feed in readings:
        cells, times = books.streets.heard(feed.name)
        patience_ms = 1000 * max(HEARD_WITHIN * feed.expected_interval_s, feed.pane_s)
        online += int((times >= clock_ms - patience_ms).sum())
        known += np.union1d(cells, _registered(feed, grid)).size
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
