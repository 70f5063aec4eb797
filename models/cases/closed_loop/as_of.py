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
        began = self._as_they_were(cases, at_ms)
        earlier = OpenCaseTable()
        states, limits = [one.state for one in began.values()], [x.limits for x in began.values()]
        earlier.put(list(began), states, limits)
        now = self._as_they_are(cases)
        is_settled = table.columns["used"] & ~is_later
        return Instant(at_ms, is_settled, earlier, now, list(began.values()))

    def _as_they_were(self, cases: list[str], at_ms: int) -> dict[str, Judged]:
        """Give those of the cases of which something was known, in their order."""
        steps = {case: self._steps_until(case, at_ms) for case in cases}
        anew = [case for case in cases if steps[case] and self._counted(case) != len(steps[case])]
        judged = self._with_limits([self._store.rules.judged(steps[case]) for case in anew])
        for case, one in zip(anew, judged, strict=True):
            self._known[case] = len(steps[case]), one
        return {case: self._known[case][1] for case in cases if steps[case]}

    def _as_they_are(self, cases: list[str]) -> list[Judged]:
        """Give the cases as they count in the store."""
        anew = [case for case in cases if case not in self._present]
        timelines = self._store.timelines  # in which is all that stands in the table
        states = [self._store.rules.judged(unpack(timelines[case])) for case in anew]
        self._present.update(zip(anew, self._with_limits(states), strict=True))
        return [self._present[case] for case in cases]

    def _steps_until(self, case: str, at_ms: int) -> list[Step]:
        if case not in self._steps:
            self._steps[case] = unpack(self._store.timelines[case])
        return [step for step in self._steps[case] if step.ts_ms <= at_ms]

    def _counted(self, case: str) -> int:
        """Tell of how many steps the state was that was given last."""
        known = self._known.get(case)
        return 0 if known is None else known[0]

    def _with_limits(self, states: list[CaseState]) -> list[Judged]:
        """Find the limits of all at once: one case takes nearly as long as many."""
        limits = self._store.rules.limits(states) if states else []
        return [Judged(*both) for both in zip(states, limits, strict=True)]
