"""All that a street partition knows of its cases: timelines in, counts and summaries out.

Timelines are kept packed. What a case adds to the counts is found from its timeline alone, so a
changed case is taken out as it was and put in as it is, all changed cases at once (`flush`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Final

import msgspec
import numpy as np

from config.catalog import Bounds
from models.cases.columns import CaseColumns, Limits, columns_of
from models.cases.duplicates import DuplicateIndex
from models.cases.event_tally import EventTally
from models.cases.indicators.live import LiveIndicators
from models.cases.indicators.recent_counts import CellDays, StageThroughput
from models.cases.rulebook import Rulebook
from models.cases.state import CaseState
from models.cases.table import OpenCaseTable
from models.cases.timeline import Step, pack, unpack, with_step
from models.timing.units import DAY_MS

_UNFLUSHED: Final = 256  # so that no single tick has to count a burst
_PLACED_AT_ONCE: Final = 2048
_AT_ONCE: Final = 4096  # cases laid out at once in a restart: their states take much memory
_BOUNDS: Final = Bounds()
KEEP_FINISHED_MS: Final = 7 * DAY_MS
KEEP_TOMBSTONES_MS: Final = 400 * DAY_MS


class Outcome(Enum):
    """What became of a step."""

    NEW = "new"
    KNOWN = "known"
    EVICTED = "it was finished and has left memory"
    STEPS = "it has as many steps as a case may have"
    CASES = "there are as many cases in memory as there may be"


class CaseStore:
    """Cases of one feed at one street partition.

    Parameters
    ----------
    rules : Rulebook
        What the city's registry says.
    bounds : Bounds
        Of the feed: cases in memory, steps of one case, and names that are counted apart.
    keep_finished_ms : int
        How long a finished case stays in memory, by event time. After that it is a tombstone: a
        step of it is set aside instead of beginning a new case, for another 400 days.

    Attributes
    ----------
    now_ms : int
        Event clock: moves back by a `rewind` only.
    """

    def __init__(
        self,
        rules: Rulebook,
        keep_finished_ms: int = KEEP_FINISHED_MS,
        bounds: Bounds = _BOUNDS,
    ) -> None:
        self._rules, self._bounds = rules, bounds
        self._keep_finished_ms = keep_finished_ms
        self.now_ms = 0
        self.table = OpenCaseTable()
        self.duplicates = DuplicateIndex(self.table)
        self.indicators = LiveIndicators(
            rules.zone,
            bounds.departments,
            bounds.names,
            {department.code for department in rules.registry.departments},
        )
        self.cells = CellDays(rules.zone)
        self.flow = StageThroughput()
        self.events = EventTally(rules.events.digest if rules.events else "")
        self.timelines: dict[str, bytes] = {}
        self.tombstones: dict[str, int] = {}  # case → event time at which it left
        self.changed: set[str] = set()  # cases changed since the last checkpoint
        self._before: dict[str, bytes | None] = {}  # not counted yet: timeline at the last flush
        self._unplaced: list[int] = []  # restored rows that `duplicates` has not observed
        self._swept_ms = 0

    def apply(self, case: str, step: Step) -> Outcome:
        """Apply one step to its case; whatever is not `NEW` changes nothing."""
        packed = self.timelines.get(case)
        if packed is None:
            if case in self.tombstones:
                return Outcome.EVICTED
            if len(self.timelines) >= self._bounds.cases:
                return Outcome.CASES
            steps = [step]
        else:
            known = unpack(packed)
            if step in known:
                return Outcome.KNOWN
            if len(known) >= self._bounds.steps:
                return Outcome.STEPS
            steps = with_step(known, step)
        self._before.setdefault(case, packed)
        self.timelines[case] = pack(steps)
        self.changed.add(case)
        if len(self._before) >= _UNFLUSHED:
            self.flush()
        return Outcome.NEW

    def state(self, case: str) -> CaseState | None:
        """State of a case in memory."""
        packed = self.timelines.get(case)
        return None if packed is None else self._state(packed)

    def _state(self, packed: bytes) -> CaseState:
        return self._rules.judged(unpack(packed))

    def advance(self, now_ms: int) -> None:
        """Move the event clock on; never back."""
        self.now_ms = max(self.now_ms, now_ms)

    def rewind(self, now_ms: int) -> None:
        """Set the event clock back; what it let go of is counted again, as far as it is known.

        Finished cases that have left memory stay gone. Where days were let go, all counts are made
        anew of the cases in memory; else only those that are kept for a few days.
        """
        if now_ms >= self.now_ms:
            return
        self.flush()
        self.now_ms, self._swept_ms = now_ms, min(self._swept_ms, now_ms)
        for case in [case for case, left_ms in self.tombstones.items() if left_ms > now_ms]:
            self.tombstones[case] = now_ms
            self.changed.add(case)
        self.cells, self.flow = CellDays(self._rules.zone), StageThroughput()
        is_anew = self.indicators.rewind(now_ms)
        listed = list(self.timelines.values())
        for first in range(0, len(listed), _AT_ONCE):
            states = [self._state(packed) for packed in listed[first : first + _AT_ONCE]]
            limits = self._rules.limits(states)
            columns = columns_of(states, limits, filing_is_recorded=self._rules.files_cases)
            self._count_places(columns, states, 1)
            if is_anew:
                self.indicators.add(columns, 1)
        self.cells.forget(self.indicators.today)
        self.flow.forget(now_ms)

    def rejudge(self, rules: Rulebook, since_ms: int) -> None:
        """Judge by other rules, which differ only for cases that began at a moment or later."""
        self.flush()
        began = self.table.columns["used"] & (self.table.columns["began"] >= since_ms)
        cases = [self.table.case_at(int(row)) for row in np.flatnonzero(began)]
        self._count([self._state(self.timelines[case]) for case in cases], -1)
        self._rules = rules
        states = [self._state(self.timelines[case]) for case in cases]
        self.table.put(cases, states, self._count(states, 1))
        self.events.enter(cases, states)

    @property
    def rules(self) -> Rulebook:
        """What cases are judged by."""
        return self._rules

    def flush(self) -> bool:
        """Bring all counts up to date; gives whether anything changed."""
        touched = self.count_changed()
        turned = self.now_ms > 0 and self.indicators.turn(self.now_ms)
        if turned:
            self.cells.forget(self.indicators.today)
            self.flow.forget(self.now_ms)
        return self._sweep() or touched or turned

    def count_changed(self) -> bool:
        """Count the cases that changed; nothing leaves yet. Gives whether there were any."""
        touched = bool(self._before)
        before = [packed for packed in self._before.values() if packed is not None]
        cases = list(self._before)
        self._count([self._state(packed) for packed in before], -1)
        states = [self._state(self.timelines[case]) for case in cases]
        self.duplicates.observe(self.table.put(cases, states, self._count(states, 1)))
        self.events.enter(cases, states)
        self._before.clear()
        return touched

    def _count(self, states: list[CaseState], sign: int) -> list[Limits]:
        """Put cases into all counts, or take them out as they were put in."""
        if not states:
            return []
        limits = self._rules.limits(states)
        columns = columns_of(states, limits, filing_is_recorded=self._rules.files_cases)
        self.indicators.add(columns, sign)
        self.events.add(states, limits, sign)
        self._count_places(columns, states, sign)
        return limits

    def _count_places(self, columns: CaseColumns, states: list[CaseState], sign: int) -> None:
        cell = np.array(
            [int(state.cell) if state.cell.isdigit() else 0 for state in states], dtype=np.int64
        )
        self.cells.add(columns, cell, sign)
        for state in states:
            self.flow.add(state.dwell, sign)

    def _sweep(self) -> bool:
        """Let finished cases leave memory, at most once an hour of event time."""
        if self.now_ms - self._swept_ms < DAY_MS // 24:
            return False
        self._swept_ms = self.now_ms
        gone = self.table.ended_before(self.now_ms - self._keep_finished_ms)
        for case in gone:
            self.table.remove(case)
            del self.timelines[case]
            self.tombstones[case] = self.now_ms
            self.changed.add(case)
        oldest = self.now_ms - KEEP_TOMBSTONES_MS
        for case in [case for case, left_ms in self.tombstones.items() if left_ms < oldest]:
            del self.tombstones[case]
            self.changed.add(case)
        return bool(gone)

    def case_bytes(self, case: str) -> bytes | None:
        """Pack a case or its tombstone for a checkpoint; None where nothing is kept of it."""
        if case in self.timelines:
            return self.timelines[case]
        left_ms = self.tombstones.get(case)
        return None if left_ms is None else msgspec.msgpack.encode(left_ms)

    def restore(self, cases: Iterable[tuple[str, bytes]], events: bytes | None = None) -> None:
        """Load what `case_bytes` gave; the counts are restored by themselves.

        Those of major events, `EventTally.dump`, are made anew of the cases in memory where the
        events of the city have changed since.
        """
        is_anew = self.events.restore(events)
        for case, data in cases:
            kept = msgspec.msgpack.decode(data)
            if isinstance(kept, int):
                self.tombstones[case] = kept
            else:
                self.timelines[case] = data
        listed = list(self.timelines)
        for first in range(0, len(listed), _AT_ONCE):
            some = listed[first : first + _AT_ONCE]
            states = [self._state(self.timelines[case]) for case in some]
            limits = self._rules.limits(states)
            self._unplaced += self.table.put(some, states, limits)
            self.events.enter(some, states)
            if is_anew:
                self.events.add(states, limits, 1)
        self.place_some()

    def place_some(self) -> None:
        """Look for duplicates of some restored cases, so that a restart need not wait for all."""
        self.duplicates.observe(self._unplaced[:_PLACED_AT_ONCE])
        del self._unplaced[:_PLACED_AT_ONCE]

    def done_today(self) -> Mapping[str, tuple[int, float]]:
        """Cases that left each stage in the last 24 hours, and the hours they had been in it."""
        return self.flow.last_day(self.now_ms)
