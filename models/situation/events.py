"""The major events of a snapshot: phase, countdown, tagged cases, objects, reports due."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import numpy as np
import shapely

from config.events import EventObject, PhaseKind, Place, ReportingDuty
from config.modes import ModePlan
from models.events.fence import EventFence
from models.events.tagging import shown_events
from models.grid.grid import Grid
from models.messages.event_counts import EventCounts
from models.messages.modes import ModeChange
from models.messages.street_summaries import WatchedCase
from models.situation.event_parts import (
    DutyNow,
    EventFigures,
    EventNow,
    EventObjectNow,
    EventPhase,
    OperatingMode,
)
from models.situation.layers import packed
from models.situation.snapshot import Layer
from models.situation.state import DistrictState
from models.situation.streets import LayerNow
from models.timing.units import DAY_MS, MINUTE_MS
from models.timing.zone import Zone

LAYER: Final = "cases.event_open"
DUTIES: Final = 10
_TITLE: Final = {"zh": "活动未结案件", "en": "open event cases"}


def events_now(
    fences: Mapping[str, EventFence], state: DistrictState, zone: Zone, clock_ms: int
) -> list[EventNow]:
    """Give the events that are announced, under way or just over.

    Parameters
    ----------
    fences : mapping of str to EventFence
    state : DistrictState
    zone : Zone
        Local time of the city.
    clock_ms : int
        By the clock of the mode: a replay of 2008 shows the event of 2008.
    """
    shown = shown_events(fences, clock_ms)
    if not shown:
        return []
    counts, tagged = state.cases.events(), state.cases.tagged()
    found = [_now(fence, counts, tagged, zone, clock_ms) for fence in shown]
    return sorted(found, key=lambda each: (each.live_begins_ms, each.event))


def operating_now(plans: Mapping[str, ModePlan], newest: ModeChange | None) -> OperatingMode:
    """Give the mode in which the district is run, with what its plan says."""
    if newest is None:
        return OperatingMode()
    plan = plans.get(newest.mode.value, ModePlan())
    return OperatingMode(
        mode=newest.mode.value,
        since_ms=newest.at_ms,
        role=newest.role.value,
        revision=newest.revision,
        rules=list(plan.rules),
        posts=list(plan.posts),
        views={str(name): text for name, text in plan.views.items()},
    )


def event_layer(
    fences: Mapping[str, EventFence],
    feeds: Sequence[str],
    state: DistrictState,
    grid: Grid,
    clock_ms: int,
) -> Layer | None:
    """Give the open tagged cases of each cell: 0 inside the geometry, no value outside."""
    shapes = [
        shape for fence in shown_events(fences, clock_ms) for shape in fence.shapes_at(clock_ms)
    ]
    if not shapes:
        return None
    cell, _ = shapely.STRtree(shapes).query(
        shapely.points(grid.lon, grid.lat), predicate="intersects"
    )
    values = np.full(len(grid), np.nan)
    values[cell] = 0.0
    newest_ms = 0
    for feed in feeds:
        layer = state.streets.layer(feed, LAYER, grid)
        if layer is not None:
            open_there = np.nan_to_num(layer.values)
            values = np.where(open_there > 0, np.nan_to_num(values) + open_there, values)
            newest_ms = max(newest_ms, layer.newest_ms)
    event_ms = np.full(len(grid), newest_ms or clock_ms, np.int64)
    now = LayerNow(values.astype(np.float32), event_ms)
    return packed("event", _TITLE, now, next(iter(feeds), ""))


def _now(
    fence: EventFence,
    counts: Sequence[EventCounts],
    tagged: Sequence[WatchedCase],
    zone: Zone,
    clock_ms: int,
) -> EventNow:
    event, phase = fence.event, _phase(fence, clock_ms)
    mine = [one for one in counts if one.event == event.name]
    kind = PhaseKind.REHEARSAL if phase == "rehearsal" else PhaseKind.LIVE
    figures = {one.object: _figures(one) for one in mine if one.phase == kind.value}
    live, exercise = (_of_phase(mine, each) for each in (PhaseKind.LIVE, PhaseKind.REHEARSAL))
    begins_ms, ends_ms = fence.span_of(PhaseKind.LIVE) or (0, 0)
    return EventNow(
        event=event.name,
        tag=event.tag,
        title=event.title,
        phase=phase,
        begins_ms=fence.begins_ms,
        ends_ms=fence.ends_ms,
        live_begins_ms=begins_ms,
        live_ends_ms=ends_ms,
        changes_ms=_change_after(fence, clock_ms),
        priority=event.priority,
        figures=live,
        exercise=exercise,
        needs_attention=_attention(fence, exercise if phase == "rehearsal" else live),
        objects=_objects(fence, figures, clock_ms),
        watched=[case for case in tagged if event.name in case.events],
        duties=duties_due(fence, zone, clock_ms)[:DUTIES],
        rules=list(event.rules),
    )


def _phase(fence: EventFence, at_ms: int) -> EventPhase:
    phase = fence.phase_at(at_ms)
    if phase is not None:
        return phase.kind.value
    if at_ms < fence.begins_ms:
        return "announced"
    return "pause" if at_ms < fence.ends_ms else "over"


def _change_after(fence: EventFence, at_ms: int) -> int:
    edges = sorted({edge for phase in fence.phases for edge in (phase.begins_ms, phase.ends_ms)})
    return next((edge for edge in edges if edge > at_ms), 0)


def _of_phase(counts: Iterable[EventCounts], kind: PhaseKind) -> EventFigures:
    whole = (one for one in counts if one.phase == kind.value and not one.object)
    return next((_figures(one) for one in whole), EventFigures())


def _figures(one: EventCounts) -> EventFigures:
    return EventFigures(**{name: getattr(one, name) for name in EventFigures.__struct_fields__})


def _attention(fence: EventFence, figures: EventFigures) -> list[str]:
    """Name what has reached the number from which on the command is called."""
    called = fence.event.attention
    return [
        name for name in ("overdue", "open") if 0 < getattr(called, name) <= getattr(figures, name)
    ]


def _objects(
    fence: EventFence, figures: Mapping[str, EventFigures], clock_ms: int
) -> list[EventObjectNow]:
    places = fence.places_at(clock_ms)
    found = [
        _object(fence, each, place, figures.get(each.id, EventFigures()))
        for each, place in zip(fence.event.objects, places, strict=True)
    ]
    return sorted(found, key=lambda each: each.rank)


def _object(
    fence: EventFence, each: EventObject, place: Place, figures: EventFigures
) -> EventObjectNow:
    level = fence.event.levels[each.level]
    return EventObjectNow(
        id=each.id,
        kind=each.kind,
        level=each.level,
        rank=level.rank,
        title=each.title,
        kind_title=fence.event.kinds[each.kind],
        level_title=level.title,
        shape="point" if place.point else "line" if place.line else "ring",
        points=list(place.points),
        buffer_m=place.buffer_m,
        figures=figures,
    )


def duties_due(fence: EventFence, zone: Zone, clock_ms: int) -> list[DutyNow]:
    """Give of each duty the next report that is due after a moment, the earliest first."""
    found = []
    for duty in fence.event.duties:
        due_ms = next(_times_of(fence, duty, zone, clock_ms), None)
        if due_ms is not None:
            role = fence.event.roles[duty.role].title
            found.append(
                DutyNow(
                    id=duty.id, role=duty.role, role_title=role, title=duty.title, due_ms=due_ms
                )
            )
    return sorted(found, key=lambda each: (each.due_ms, each.id))


def _due(fence: EventFence, duty: ReportingDuty, due_ms: int) -> DutyNow:
    return DutyNow(
        id=duty.id,
        role=duty.role,
        role_title=fence.event.roles[duty.role].title,
        title=duty.title,
        due_ms=due_ms,
    )


def _times_of(fence: EventFence, duty: ReportingDuty, zone: Zone, after_ms: int) -> Iterator[int]:
    """Give the times at which a duty is owed after a moment, ascending, day by day."""
    minutes = sorted(int(text[:2]) * 60 + int(text[3:]) for text in duty.at)
    for phase in fence.phases:
        if phase.kind not in duty.phases or phase.ends_ms <= after_ms:
            continue
        first = zone.day_at(max(phase.begins_ms, after_ms))
        for day in range(first, zone.day_at(phase.ends_ms) + 1):
            local = np.array([day * DAY_MS + minute * MINUTE_MS for minute in minutes], np.int64)
            yield from (
                int(at_ms)
                for at_ms in zone.utc(local)
                if max(phase.begins_ms, after_ms + 1) <= at_ms < phase.ends_ms
            )
