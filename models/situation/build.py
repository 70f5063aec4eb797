"""The snapshot, made of all views at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from config.catalog import Catalog, Feed
from models.events.fence import EventFence
from models.events.tagging import EventTagger
from models.feeds.kinds.contract import feed_kinds, kind_of
from models.grid.grid import Grid
from models.messages.warnings import Level
from models.situation.events import event_layer, events_now, operating_now
from models.situation.layers import metric_layers
from models.situation.line import FeedReach
from models.situation.line_now import LineNow
from models.situation.matter_now import MatterNow
from models.situation.sheet import distinct
from models.situation.snapshot import FeedNow, Headline, Layer, Snapshot, Trend, grid_digest
from models.situation.stage import StageFacts, city_stage
from models.situation.state import DistrictState
from models.situation.warnings import SHOWN
from models.timing.units import DAY_MS
from models.timing.zone import zone_of


def build_snapshot(
    catalog: Catalog,
    state: DistrictState,
    *,
    version: int,
    now_ms: int,
    fences: Mapping[str, EventFence] | None = None,
) -> Snapshot:
    """Put the snapshot together.

    Parameters
    ----------
    version : int
        Of this snapshot.
    now_ms : int
        Wall clock of the writing.
    fences : mapping of str to EventFence, optional
        The major events of the city, where they are at hand already.

    Notes
    -----
    The grid is that of the day by the clock of the mode: a replay has that day's streets.
    """
    clock_ms = state.clock_ms(now_ms)
    grid = _grid_of(catalog, clock_ms)
    limits = catalog.city.situation
    feeds = [
        _with_bounds(state.feeds.now(feed, now_ms, limits), feed, state)
        for feed in catalog.feeds.values()
    ]
    line = line_now(catalog, state, now_ms)
    numbers = headlines(catalog, state, grid, clock_ms, line)
    fences = EventTagger(catalog).fences if fences is None else fences
    of_cases = [feed.name for feed in catalog.feeds_of("cases")]
    event = event_layer(fences, of_cases, state, grid, clock_ms)
    return Snapshot(
        version=version,
        city=catalog.city.code,
        grid=grid_digest(grid.codes),
        written_ms=now_ms,
        mode=state.feeds.mode(),
        clock_ms=clock_ms,
        stage=city_stage(_stage_facts(state, feeds, numbers, line), limits),
        watermark_ms=state.streets.watermark_ms(),
        headlines=numbers,
        layers=[*layers(catalog, state, grid), *([] if event is None else [event])],
        trends=trends(catalog, state),
        feeds=feeds,
        warnings=state.warnings.open()[:SHOWN],
        open_by_level=state.warnings.open_by_level(),
        stages=state.cases.stages(),
        indicators=state.cases.shown(),
        cells=state.cases.cells(),
        watched=state.cases.watched(),
        flags=state.cases.flags(),
        duplicates=state.cases.duplicates(),
        duplicates_open=state.cases.duplicates_open(),
        rankings=state.cases.rankings(),
        matters=matters(catalog, state),
        figures=figures(catalog, state, clock_ms, line),
        latency_ms={
            "ingest_to_snapshot": state.ingest_to_snapshot.percentiles(),
            "ingest_to_warning": state.ingest_to_warning.percentiles(),
        },
        events=events_now(fences, state, zone_of(catalog.city.timezone), clock_ms),
        operating=operating_now(catalog.modes, state.switched),
        line=line,
    )


def line_now(catalog: Catalog, state: DistrictState, now_ms: int) -> LineNow:
    """Say how far behind what was read the line is."""
    reach = {
        feed.name: FeedReach(
            read_ms=state.feeds.last_event_ms(feed.name) - feed.allowed_lateness_s * 1000,
            pane_s=feed.pane_s,
        )
        for feed in catalog.feeds.values()
    }
    return state.line.now(reach, now_ms)


def _with_bounds(now: FeedNow, feed: Feed, state: DistrictState) -> FeedNow:
    """Add what passed a bound behind ingest; what did not pass one is left out."""
    beyond = now.beyond | {
        "series": int(state.streets.total_of(feed.name, "beyond")),
        "signals": sum(n for key, n in state.beyond.items() if key.startswith(f"{feed.name}/")),
    }
    beyond |= state.cases.beyond(feed.name)
    return msgspec.structs.replace(now, beyond={name: n for name, n in beyond.items() if n})


def layers(catalog: Catalog, state: DistrictState, grid: Grid) -> list[Layer]:
    """Lay all that is known over a grid: what kinds add, then each metric shown as a layer."""
    found: list[Layer] = []
    for feed in catalog.feeds.values():
        found += kind_of(feed).layers(feed, state, grid)
    for feed in catalog.feeds.values():
        for name, metric in feed.metrics.items():
            if metric.layer:
                found += metric_layers(feed, name, metric, state, grid)
    return [*found, *state.reach.of(catalog, grid)]


def headlines(
    catalog: Catalog, state: DistrictState, grid: Grid, clock_ms: int, line: LineNow
) -> list[Headline]:
    """Give the headline numbers; what is not known is None, never zero.

    Notes
    -----
    Warnings are of the time that is judged. Where the line is behind and nobody says how far, they
    are of no known time: what a rule judged last may be far ahead of what warnings are made of.
    """
    found = [
        Headline(
            id="open_warnings",
            value=float(len(state.warnings.open())) if state.judged_ms or line.judged_ms else None,
            event_ms=line.judged_ms if line.is_behind else state.judged_ms,
        )
    ]
    for name, kind in feed_kinds().items():
        found += kind.headlines(catalog.feeds_of(name), state, grid, clock_ms)
    return found


def matters(catalog: Catalog, state: DistrictState) -> list[MatterNow]:
    """Give how each matter stands that had a record."""
    found = (kind_of(feed).matter(feed, state) for feed in catalog.feeds.values())
    return [matter for matter in found if matter is not None]


def trends(catalog: Catalog, state: DistrictState) -> list[Trend]:
    """Draw the lines of the last 24 hours: metrics shown as layers, then what kinds add."""
    lines: list[Trend | None] = []
    for feed in catalog.feeds.values():
        for name, metric in feed.metrics.items():
            if metric.layer:
                lines.append(state.trends.measured(feed.name, name, metric.title, metric.unit))
    for feed in catalog.feeds.values():
        lines += kind_of(feed).trends(feed, state)
    return [line for line in lines if line is not None]


def _stage_facts(
    state: DistrictState, feeds: list[FeedNow], numbers: list[Headline], line: LineNow
) -> StageFacts:
    """Gather what the stage of the city is decided from."""
    stages = state.cases.stages().values()
    online = next(number for number in numbers if number.id == "sensors_online")
    counts = state.warnings.open_by_level()
    silent, streets = state.streets.silent()
    return StageFacts(
        open_warnings={level: counts[level.name.lower()] for level in Level},
        feeds={feed.feed: feed.state for feed in feeds if feed.is_awaited},
        open_cases=sum(stage.open for stage in stages),
        overdue_cases=sum(stage.overdue for stage in stages),
        places_known=online.denominator or 0,
        places_online=online.numerator or 0,
        streets_known=streets,
        streets_silent=silent,
        line_partitions=line.partitions,
        line_unassigned=line.unassigned,
        line_waiting=line.holding_up,
        is_line_behind=line.is_behind,
    )


def figures(
    catalog: Catalog, state: DistrictState, clock_ms: int, line: LineNow
) -> dict[str, float]:
    """Give the plain numbers of a report, each derived from cumulative counts of its source."""
    counted: dict[str, float] = {
        figure: state.feeds.count(counter, {feed.name for feed in catalog.feeds_of(name)})
        for name, kind in feed_kinds().items()
        for figure, counter in kind.figures.items()
    }
    at_risk = state.streets.total("cases.at_risk")
    known = {} if at_risk is None else {"cases_at_risk": at_risk}
    counted["readings_late"] += state.streets.total("late") or 0
    return (
        known
        | counted
        | {
            "cells_active": _cells_active(catalog, state, clock_ms),
            "panes_closed": state.streets.panes_closed(),
            "anomalies": sum(state.signals.values()),
            "warnings_opened": state.warnings.opened,
            "warnings_open": len(state.warnings.open()),
            "warnings_held": state.warnings.suppressed,
            "warnings_kept": state.warnings.kept,
            "warnings_returned": state.warnings.returned,
            "deliveries": state.warnings.deliveries,
            "undelivered": state.warnings.undelivered,
            "lag_records": state.feeds.lag_records() + line.waiting,
            "lag_raw_records": state.feeds.lag_records(),
            "lag_line_records": line.waiting,
        }
    )


def _cells_active(catalog: Catalog, state: DistrictState, clock_ms: int) -> int:
    """Count the cells which had a value in the last day of event time."""
    since_ms = clock_ms - DAY_MS
    active = [
        cells[times >= since_ms] for cells, times in map(state.streets.last_seen, catalog.feeds)
    ]
    return distinct(np.concatenate(active)) if active else 0


def _grid_of(catalog: Catalog, at_ms: int) -> Grid:
    """Give the grid in force at a moment; the first one serves earlier times, as in ingest."""
    moment = datetime.fromtimestamp(at_ms / 1000, UTC)
    day = moment.astimezone(ZoneInfo(catalog.city.timezone)).date()
    return catalog.grid_at(max(day, min(street.valid_from for street in catalog.streets)))
