"""The snapshot, made of all books at one moment."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec

from config.catalog import Catalog, Feed
from models.feeds.kinds.contract import feed_kinds, kind_of
from models.grid.grid import Grid
from models.messages.warnings import Level
from models.situation.layers import metric_layers
from models.situation.snapshot import FeedNow, Headline, Layer, Snapshot, Trend, grid_digest
from models.situation.stage import StageFacts, city_stage
from models.situation.state import DistrictState
from models.situation.warnings import SHOWN
from models.timing.units import DAY_MS


def build_snapshot(
    catalog: Catalog, books: DistrictState, *, version: int, now_ms: int
) -> Snapshot:
    """Put the snapshot together.

    Parameters
    ----------
    version : int
        Of this snapshot.
    now_ms : int
        Wall clock of the writing.

    Notes
    -----
    The grid is that of the day by the clock of the mode: a replay has that day's streets.
    """
    clock_ms = books.clock_ms(now_ms)
    grid = _grid_of(catalog, clock_ms)
    limits = catalog.city.situation
    feeds = [
        _with_bounds(books.feeds.now(feed, now_ms, limits), feed, books)
        for feed in catalog.feeds.values()
    ]
    numbers = headlines(catalog, books, grid, clock_ms)
    return Snapshot(
        version=version,
        city=catalog.city.code,
        grid=grid_digest(grid.codes),
        written_ms=now_ms,
        mode=books.feeds.mode(),
        clock_ms=clock_ms,
        stage=city_stage(_stage_facts(books, feeds, numbers), limits),
        watermark_ms=books.streets.watermark_ms(),
        headlines=numbers,
        layers=layers(catalog, books, grid),
        trends=trends(catalog, books),
        feeds=feeds,
        warnings=books.warnings.open()[:SHOWN],
        open_by_level=books.warnings.open_by_level(),
        stages=books.cases.stages(),
        indicators=books.cases.shown(),
        cells=books.cases.cells(),
        watched=books.cases.watched(),
        flags=books.cases.flags(),
        duplicates=books.cases.duplicates(),
        duplicates_open=books.cases.duplicates_open(),
        rankings=books.cases.rankings(),
        figures=figures(catalog, books, clock_ms),
        latency_ms={
            "ingest_to_snapshot": books.ingest_to_snapshot.percentiles(),
            "ingest_to_warning": books.ingest_to_warning.percentiles(),
        },
    )


def _with_bounds(now: FeedNow, feed: Feed, books: DistrictState) -> FeedNow:
    """Add what passed a bound behind ingest; what did not pass one is left out."""
    beyond = now.beyond | {
        "series": int(books.streets.total_of(feed.name, "beyond")),
        "signals": sum(n for key, n in books.beyond.items() if key.startswith(f"{feed.name}/")),
    }
    beyond |= books.cases.beyond(feed.name)
    return msgspec.structs.replace(now, beyond={name: n for name, n in beyond.items() if n})


def layers(catalog: Catalog, books: DistrictState, grid: Grid) -> list[Layer]:
    """Lay all that is known over a grid: what kinds add, then each metric shown as a layer."""
    found: list[Layer] = []
    for feed in catalog.feeds.values():
        found += kind_of(feed).layers(feed, books, grid)
    for feed in catalog.feeds.values():
        for name, metric in feed.metrics.items():
            if metric.layer:
                found += metric_layers(feed, name, metric, books, grid)
    return found


def headlines(catalog: Catalog, books: DistrictState, grid: Grid, clock_ms: int) -> list[Headline]:
    """Give the headline numbers; what is not known is None, never zero."""
    found = [
        Headline(
            id="open_warnings",
            value=float(len(books.warnings.open())) if books.judged_ms else None,
            event_ms=books.judged_ms,
        )
    ]
    for name, kind in feed_kinds().items():
        found += kind.headlines(catalog.feeds_of(name), books, grid, clock_ms)
    return found


def trends(catalog: Catalog, books: DistrictState) -> list[Trend]:
    """Draw the lines of the last 24 hours: metrics shown as layers, then what kinds add."""
    lines: list[Trend | None] = []
    for feed in catalog.feeds.values():
        for name, metric in feed.metrics.items():
            if metric.layer:
                lines.append(books.trends.measured(feed.name, name, metric.title, metric.unit))
    for feed in catalog.feeds.values():
        lines += kind_of(feed).trends(feed, books)
    return [line for line in lines if line is not None]


def _stage_facts(books: DistrictState, feeds: list[FeedNow], numbers: list[Headline]) -> StageFacts:
    """Gather what the stage of the city is decided from."""
    stages = books.cases.stages().values()
    online = next(number for number in numbers if number.id == "sensors_online")
    counts = books.warnings.open_by_level()
    return StageFacts(
        open_warnings={level: counts[level.name.lower()] for level in Level},
        feeds={feed.feed: feed.state for feed in feeds},
        open_cases=sum(stage.open for stage in stages),
        overdue_cases=sum(stage.overdue for stage in stages),
        places_known=online.denominator or 0,
        places_online=online.numerator or 0,
    )


def figures(catalog: Catalog, books: DistrictState, clock_ms: int) -> dict[str, float]:
    """Give the plain numbers of a report, each derived from cumulative counts of its source."""
    counted: dict[str, float] = {
        figure: books.feeds.count(counter, {feed.name for feed in catalog.feeds_of(name)})
        for name, kind in feed_kinds().items()
        for figure, counter in kind.figures.items()
    }
    at_risk = books.streets.total("cases.at_risk")
    known = {} if at_risk is None else {"cases_at_risk": at_risk}
    counted["readings_late"] += books.streets.total("late") or 0
    return (
        known
        | counted
        | {
            "cells_active": _cells_active(catalog, books, clock_ms),
            "panes_closed": books.streets.panes_closed(),
            "anomalies": sum(books.signals.values()),
            "warnings_opened": books.warnings.opened,
            "warnings_open": len(books.warnings.open()),
            "warnings_held": books.warnings.suppressed,
            "deliveries": books.warnings.deliveries,
            "undelivered": books.warnings.undelivered,
            "lag_records": books.feeds.lag_records(),
        }
    )


def _cells_active(catalog: Catalog, books: DistrictState, clock_ms: int) -> int:
    """Count the cells in which anything was heard in the last day of event time."""
    since_ms = clock_ms - DAY_MS
    active: set[int] = set()
    for feed in catalog.feeds:
        cells, times = books.streets.heard(feed)
        active.update(cells[times >= since_ms].tolist())
    return len(active)


def _grid_of(catalog: Catalog, at_ms: int) -> Grid:
    """Give the grid in force at a moment; the first one serves earlier times, as in ingest."""
    moment = datetime.fromtimestamp(at_ms / 1000, UTC)
    day = moment.astimezone(ZoneInfo(catalog.city.timezone)).date()
    return catalog.grid_at(max(day, min(street.valid_from for street in catalog.streets)))
