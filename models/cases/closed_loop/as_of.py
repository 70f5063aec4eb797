"""Cases as they were at an instant, although later steps are known.

A street partition is ahead of its watermark by the allowed lateness at least, and by how much more
depends on the order of its raw partitions. So that the same cases give the same answer live, in a
replay and after a crash, steps later than the instant are taken back.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.cases.columns import Limits
from models.cases.state import CaseState
from models.cases.store import CaseStore
from models.cases.table import OpenCaseTable
from models.cases.timeline import Step, unpack


class Judged(NamedTuple):
    """The state of a case, and its limits."""

    state: CaseState
    limits: Limits


class Instant(NamedTuple):
    """All cases at an instant: those of the table that are marked, and those with later steps.

    Attributes
    ----------
    is_settled : ndarray of bool, shape (rows of the table,)
        Cases without a step later than the instant.
    earlier : OpenCaseTable
        The other cases, as they were.
    taken_back, put_instead : list of Judged
        The other cases as they count in the store, and as they were.
    """

    at_ms: int
    is_settled: NDArray[np.bool_]
    earlier: OpenCaseTable
    taken_back: list[Judged]
    put_instead: list[Judged]


class CasesAsOf:
    """Gives the cases of a store at instants that follow each other.

    Parameters
    ----------
    store : CaseStore
        With all its cases counted; it must not change meanwhile.
    """

    def __init__(self, store: CaseStore) -> None:
        self._store = store
        self._known: dict[str, tuple[int, Judged]] = {}  # by case: steps counted, and the state
        self._steps: dict[str, list[Step]] = {}
        self._present: dict[str, Judged] = {}

    def at(self, at_ms: int) -> Instant:
        """Give all cases at an instant."""
        table = self._store.table
        is_later = table.columns["used"] & (table.columns["newest"] > at_ms)
        cases = [table.case_at(row) for row in np.flatnonzero(is_later).tolist()]
        found = {case: self._judged(case, at_ms) for case in cases}
        earlier = OpenCaseTable()
        began = {case: judged for case, judged in found.items() if judged is not None}
        states, limits = [one.state for one in began.values()], [x.limits for x in began.values()]
        earlier.put(list(began), states, limits)
        now = [self._now(case) for case in cases]
        is_settled = table.columns["used"] & ~is_later
        return Instant(at_ms, is_settled, earlier, now, list(began.values()))

    def _judged(self, case: str, at_ms: int) -> Judged | None:
        """Give a case as it was; None where nothing was known of it."""
        if case not in self._steps:
            self._steps[case] = unpack(self._store.timelines[case])
        steps = [step for step in self._steps[case] if step.ts_ms <= at_ms]
        if not steps:
            return None
        known = self._known.get(case)
        if known is None or known[0] != len(steps):
            state = self._store.rules.judged(steps)
            known = len(steps), Judged(state, self._store.rules.limits([state])[0])
            self._known[case] = known
        return known[1]

    def _now(self, case: str) -> Judged:
        if case not in self._present:
            state = self._store.state(case)
            assert state is not None  # it stands in the table
            self._present[case] = Judged(state, self._store.rules.limits([state])[0])
        return self._present[case]
