"""The closed loop as a pure function: the set of a case's steps in, its state out.

发现 reported → 立案 filed (不予立案 rejected) → 派遣 dispatched → 处置 disposed → 核查 verified →
结案 closed, with 返工 returned, 延期 extended, 挂起 held and resumed, 作废 cancelled.

A step that the loop does not allow leaves the stage as it is. It stays in the timeline and is
flagged (`models.cases.quality.QualityFlag`); what really happened is for people to find out. So
does a step whose date cannot be true (`models.cases.plausibility`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import msgspec

from models.cases.plausibility import LATEST_MS, implausible, is_possible_limit
from models.cases.quality import QualityFlag
from models.cases.state import ENDED, LOOP, VOID, CaseState, Practice, Stage
from models.cases.timeline import Step, in_order
from models.messages.case_events import EventType

_PLACE: Final = {stage: place for place, stage in enumerate(LOOP)}
_TARGET: Final = {
    EventType.REPORTED: Stage.REPORTED,
    EventType.FILED: Stage.FILED,
    EventType.DISPATCHED: Stage.DISPATCHED,
    EventType.DISPOSED: Stage.DISPOSED,
    EventType.VERIFIED: Stage.VERIFIED,
    EventType.CLOSED: Stage.CLOSED,
}
_ANSWERED_FOR: Final = frozenset(
    {
        EventType.FILED,
        EventType.DISPATCHED,
        EventType.DISPOSED,
        EventType.VERIFIED,
        EventType.CLOSED,
    }
)


def follow(
    steps: Iterable[Step], practice: Practice | None = None, latest_ms: int = LATEST_MS
) -> CaseState:
    """Give the state of a case from all steps known of it, in any order, any number of times.

    Parameters
    ----------
    steps : iterable of Step
    practice : Practice, optional
        What the city records; everything by default.
    latest_ms : int
        Last possible event time, epoch milliseconds; a later step is flagged and changes nothing.
    """
    walk = _Walk(practice or Practice())
    ordered = in_order(steps)
    impossible = implausible(ordered, latest_ms)
    for index, step in enumerate(ordered):
        walk.apply(index, step, is_possible=index not in impossible)
    return walk.finish(ordered[-1].ts_ms if ordered else 0)


@dataclass
class _Walk:
    """The state while the steps are being gone through."""

    practice: Practice
    stage: Stage = Stage.UNKNOWN
    since_ms: int = 0
    first_ms: int | None = None
    last_ms: int = 0
    reopened_ms: int | None = None
    index: int = -1
    times: dict[str, int] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)
    point: tuple[float, float] | None = None
    due_ms: int | None = None
    counts: dict[str, int] = field(default_factory=dict)
    holds: list[tuple[int, int | None]] = field(default_factory=list)
    dwell: list[tuple[Stage, int, int]] = field(default_factory=list)
    flags: list[tuple[int, QualityFlag]] = field(default_factory=list)
    disposers: set[str] = field(default_factory=set)

    @property
    def held(self) -> bool:
        return bool(self.holds) and self.holds[-1][1] is None

    def flag(self, flag: QualityFlag) -> None:
        self.flags.append((self.index, flag))

    def count(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1

    def enter(self, stage: Stage, ts_ms: int) -> None:
        if self.stage is not Stage.UNKNOWN:
            self.dwell.append((self.stage, ts_ms, ts_ms - self.since_ms))
        self.stage, self.since_ms = stage, ts_ms

    def apply(self, index: int, step: Step, *, is_possible: bool) -> None:
        """Apply one step; one of an impossible date is flagged and changes nothing."""
        self.index = index
        if not is_possible:
            self.flag(QualityFlag.IMPLAUSIBLE_TIME)
            return
        if self.first_ms is None:
            self._begin(step)
        self.last_ms = step.ts_ms
        step = self._with_possible_limit(step)
        self._note(step)
        if self.practice.actors and step.type in _ANSWERED_FOR and not step.actor:
            self.flag(QualityFlag.MISSING_ACTOR)
        was_void = self.stage in VOID
        if self.stage in ENDED:
            self._after_end(step)
        else:
            _HANDLERS.get(step.type, _Walk._advance)(self, step)
        target = _TARGET.get(step.type)
        if target is not None and not was_void:
            self.times.setdefault(target.value, step.ts_ms)

    def _with_possible_limit(self, step: Step) -> Step:
        """Leave out, and flag, a limit that cannot be true: 9999 stands for "none"."""
        if step.due_ms is None or is_possible_limit(step.due_ms, step.ts_ms):
            return step
        self.flag(QualityFlag.IMPLAUSIBLE_TIME)
        return msgspec.structs.replace(step, due_ms=None)

    def _begin(self, step: Step) -> None:
        self.first_ms = step.ts_ms
        if step.type not in (EventType.REPORTED, EventType.FILED):
            self.flag(QualityFlag.UNKNOWN_START)

    def _note(self, step: Step) -> None:
        """Keep the facts of a step: the first value stays, a newer limit replaces."""
        for name in ("category", "cell", "source", "beat", "area", "unlisted"):
            value = getattr(step, name)
            if value:
                self.facts.setdefault(name, value)
        if self.point is None and step.lon is not None and step.lat is not None:
            self.point = (step.lon, step.lat)
        if step.department and (
            step.type is EventType.DISPATCHED or "dispatches" not in self.counts
        ):
            self.facts["department"] = step.department
        if step.due_ms is not None and step.type is not EventType.EXTENDED:
            self.due_ms = step.due_ms

    def _after_end(self, step: Step) -> None:
        """Judge a step of a case that is over: it changes nothing."""
        target = _TARGET.get(step.type)
        if self.stage is not Stage.CLOSED:
            self.flag(QualityFlag.STEP_AFTER_END)
        elif target is Stage.CLOSED:
            self.flag(QualityFlag.TWO_CLOSINGS)
        elif target is None or target.value in self.times:
            self.flag(QualityFlag.REOPENED)
            self.reopened_ms = step.ts_ms
        elif target is Stage.FILED:
            self.flag(QualityFlag.CLOSED_BEFORE_FILING)
        else:
            self.flag(QualityFlag.TIME_BACKWARDS)

    def _advance(self, step: Step) -> None:
        """Move along the loop, or flag why not."""
        target = _TARGET[step.type]
        here, there = _PLACE[self.stage], _PLACE[target]
        if there < here:
            repeated = target.value in self.times
            self.flag(QualityFlag.STEP_REPEATED if repeated else QualityFlag.TIME_BACKWARDS)
            return
        if there == here and target is not Stage.DISPATCHED:
            self.flag(QualityFlag.STEP_REPEATED)
            return
        between = LOOP[here + 1 : there] if here else ()
        if any(EventType(stage.value) in self.practice.steps for stage in between):
            self.flag(QualityFlag.STEP_SKIPPED)
        self._on_arrival(step)
        self.enter(target, step.ts_ms)

    def _on_arrival(self, step: Step) -> None:
        """Do what belongs to a step besides the change of stage."""
        if step.type is EventType.DISPATCHED:
            self.count("dispatches")
        elif step.type is EventType.DISPOSED and step.actor:
            self.disposers.add(step.actor)
        elif step.type is EventType.VERIFIED:
            self._check_verifier(step)
        elif step.type is EventType.CLOSED and self.held:
            self.flag(QualityFlag.CLOSED_HELD)
            self._resume(step.ts_ms)

    def _check_verifier(self, step: Step) -> None:
        """Flag a verification by who disposed of the case, or by another role than supervision."""
        if step.actor in self.disposers:
            self.flag(QualityFlag.SELF_VERIFIED)
        elif step.role not in ("", "supervision"):
            self.flag(QualityFlag.WRONG_ROLE)

    def _reject(self, step: Step) -> None:
        if _PLACE[self.stage] > _PLACE[Stage.REPORTED]:
            self.flag(QualityFlag.REJECTED_LATE)
            return
        self.times.setdefault("rejected", step.ts_ms)
        self.enter(Stage.REJECTED, step.ts_ms)

    def _cancel(self, step: Step) -> None:
        self.times.setdefault("cancelled", step.ts_ms)
        if self.held:
            self._resume(step.ts_ms)
        self.enter(Stage.CANCELLED, step.ts_ms)

    def _return(self, step: Step) -> None:
        if self.stage not in (Stage.DISPOSED, Stage.VERIFIED):
            self.flag(QualityFlag.RETURN_UNFOUNDED)
            return
        self.count("returns")
        self.reopened_ms = step.ts_ms
        self.enter(Stage.DISPATCHED, step.ts_ms)

    def _extend(self, step: Step) -> None:
        if step.due_ms is None:
            self.flag(QualityFlag.EXTENSION_EMPTY)
        elif self.due_ms is not None and step.due_ms <= self.due_ms:
            self.flag(QualityFlag.EXTENSION_BACKWARDS)
        else:
            self.count("extensions")
            self.due_ms = step.due_ms

    def _hold(self, step: Step) -> None:
        if self.held:
            self.flag(QualityFlag.HELD_TWICE)
        else:
            self.holds.append((step.ts_ms, None))

    def _unhold(self, step: Step) -> None:
        if self.held:
            self._resume(step.ts_ms)
        else:
            self.flag(QualityFlag.RESUMED_UNHELD)

    def _resume(self, ts_ms: int) -> None:
        self.holds[-1] = (self.holds[-1][0], ts_ms)

    def finish(self, newest_ms: int) -> CaseState:
        """Give the state after the last step; `newest_ms` is that of all steps, possible or not."""
        self.index = -1
        times = self.times
        unfiled = "filed" not in times and EventType.FILED in self.practice.steps
        if self.stage is Stage.CLOSED and unfiled:
            self.flag(QualityFlag.CLOSED_BEFORE_FILING)
        first = self.last_ms if self.first_ms is None else self.first_ms
        lon, lat = self.point or (None, None)
        return CaseState(
            stage=self.stage,
            since_ms=first if self.stage is Stage.UNKNOWN else self.since_ms,
            held=self.held,
            lon=lon,
            lat=lat,
            due_ms=self.due_ms,
            holds=tuple(self.holds),
            dwell=tuple(self.dwell),
            quality_flags=tuple(self.flags),
            category=self.facts.get("category", ""),
            cell=self.facts.get("cell", ""),
            source=self.facts.get("source", ""),
            beat=self.facts.get("beat", ""),
            area=self.facts.get("area", ""),
            unlisted=self.facts.get("unlisted", ""),
            department=self.facts.get("department", ""),
            reported_ms=times.get("reported"),
            filed_ms=times.get("filed"),
            rejected_ms=times.get("rejected"),
            dispatched_ms=times.get("dispatched"),
            disposed_ms=times.get("disposed"),
            verified_ms=times.get("verified"),
            closed_ms=times.get("closed"),
            cancelled_ms=times.get("cancelled"),
            dispatches=self.counts.get("dispatches", 0),
            returns=self.counts.get("returns", 0),
            extensions=self.counts.get("extensions", 0),
            last_ms=self.last_ms,
            newest_ms=newest_ms,
            reopened_ms=self.reopened_ms,
        )


_HANDLERS: Final[Mapping[EventType, Callable[[_Walk, Step], None]]] = {
    EventType.REJECTED: _Walk._reject,
    EventType.CANCELLED: _Walk._cancel,
    EventType.RETURNED: _Walk._return,
    EventType.EXTENDED: _Walk._extend,
    EventType.HELD: _Walk._hold,
    EventType.RESUMED: _Walk._unhold,
}
