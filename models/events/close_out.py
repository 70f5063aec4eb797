"""What an event comes to at its end: counts of its cases by object, kind, day and class.

Counts only; every rate is made of two of them. Cases are found by where and when they began: a
case outside the geometry, or of other days, is counted only among the others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

import msgspec

from config.events import PhaseKind
from models.cases.columns import Limits
from models.cases.event_tally import parts_of
from models.cases.state import CaseState
from models.events.fence import EventFence
from models.events.tags import EventTag
from models.grid.codes import street_code
from models.timing.calendar import EPOCH
from models.timing.zone import Zone


class CloseOutCounts(msgspec.Struct, frozen=True):
    """Tagged cases, as counts; they can be added up.

    Attributes
    ----------
    tagged : int
        Cases that began in the phase inside the geometry.
    filed, closed, closed_late, open, cancelled : int
        Of them, as they stood at the moment of the close-out.
    overdue : int
        Open past their limit then, the held ones apart.
    """

    tagged: int = 0
    filed: int = 0
    closed: int = 0
    closed_late: int = 0
    open: int = 0
    cancelled: int = 0
    overdue: int = 0

    @property
    def percent(self) -> float | None:
        """Closed of filed, per cent; None where none was filed.

        Examples
        --------
        >>> round(CloseOutCounts(filed=3447, closed=3350).percent, 2)
        97.19
        """
        return 100 * self.closed / self.filed if self.filed else None

    def __add__(self, other: CloseOutCounts) -> CloseOutCounts:
        pairs = zip(msgspec.structs.astuple(self), msgspec.structs.astuple(other), strict=True)
        return CloseOutCounts(*(one + more for one, more in pairs))


Groups = dict[str, CloseOutCounts]


@dataclass(frozen=True, kw_only=True)
class CloseOut:
    """The figures of one event at a moment.

    Attributes
    ----------
    live, exercise : CloseOutCounts
        Cases of the live phases, and of the rehearsals.
    by : mapping of str to dict of str to CloseOutCounts
        Of the live phases, by `object`, `kind`, `day`, `category` and `street`. A case inside two
        objects counts at both, and once where both are of one kind.
    others : mapping of str to int
        Cases looked at that are not of the event: `elsewhere` in its live time, `other-days`.
    """

    live: CloseOutCounts
    exercise: CloseOutCounts
    by: Mapping[str, Groups]
    others: Mapping[str, int]


def close_out(
    fence: EventFence, cases: Iterable[tuple[CaseState, Limits]], at_ms: int, zone: Zone
) -> CloseOut:
    """Count the cases of an event.

    Parameters
    ----------
    fence : EventFence
    cases : iterable of (CaseState, Limits)
        Judged and tagged cases, as they stood at `at_ms`; also such that are not of the event.
    at_ms : int
        Moment of the close-out, epoch milliseconds.
    zone : Zone
        Local time of the city.
    """
    event = fence.event
    totals = {PhaseKind.LIVE: CloseOutCounts(), PhaseKind.REHEARSAL: CloseOutCounts()}
    by: dict[str, Groups] = {
        "object": {each.id: CloseOutCounts() for each in event.objects},
        "kind": {kind: CloseOutCounts() for kind in event.kinds},
        "day": {},
        "category": {},
        "street": {},
    }
    others: Counter[str] = Counter()
    for state, limits in cases:
        tag = next((each for each in state.events if each.event == event.name), None)
        if tag is None:
            others["elsewhere" if _is_live(fence, state) else "other-days"] += 1
            continue
        one = _counts(state, limits, at_ms)
        totals[tag.phase] += one
        if tag.phase is PhaseKind.LIVE:
            _add_to_groups(by, fence, state, tag, one, zone)
    return CloseOut(
        live=totals[PhaseKind.LIVE],
        exercise=totals[PhaseKind.REHEARSAL],
        by={name: by[name] for name in by} | {"day": dict(sorted(by["day"].items()))},
        others=dict(sorted(others.items())),
    )


def _began_ms(state: CaseState) -> int:
    return state.since_ms if state.began_ms is None else state.began_ms


def _is_live(fence: EventFence, state: CaseState) -> bool:
    phase = fence.phase_at(_began_ms(state))
    return phase is not None and phase.kind is PhaseKind.LIVE


def _counts(state: CaseState, limits: Limits, at_ms: int) -> CloseOutCounts:
    due_ms = limits.close_ms
    is_overdue = state.is_open and not state.held and due_ms is not None and due_ms < at_ms
    return CloseOutCounts(**parts_of(state, limits), overdue=int(is_overdue))


def _add_to_groups(
    by: dict[str, Groups],
    fence: EventFence,
    state: CaseState,
    tag: EventTag,
    one: CloseOutCounts,
    zone: Zone,
) -> None:
    """Add a case to each group that it belongs to, once."""
    kind_of = {each.id: each.kind for each in fence.event.objects}
    day = EPOCH + timedelta(days=zone.day_at(_began_ms(state)))
    members = {
        "object": set(tag.objects),
        "kind": {kind_of[name] for name in tag.objects},
        "day": {day.isoformat()},
        "category": {state.category},
        "street": {street_code(state.cell)},
    }
    for name, groups in members.items():
        for group in groups:
            by[name][group] = by[name].get(group, CloseOutCounts()) + one
