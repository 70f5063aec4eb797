"""What can be counted of a case, and on which day it counts: the parts all indicators are made of.

An indicator is one count over another (`indicators.definitions`). Counts can be added up over
cases, days and streets, so that a rate of any group and window is made from sums and never from
other rates.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.cases.columns import NEVER, CaseColumns, Counts
from models.timing.units import DAY_MS
from models.timing.zone import Times


@dataclass(frozen=True)
class Measure:
    """One count.

    Attributes
    ----------
    anchor : callable
        Time at which a case counts, epoch milliseconds; `NEVER` where it does not.
    weight : callable
        What it counts for: 0 or 1, or seconds.
    """

    anchor: Callable[[CaseColumns], Times]
    weight: Callable[[CaseColumns], Counts]


def _one(cases: CaseColumns) -> Counts:
    return np.ones(len(cases), dtype=np.int64)


def _came(times: Times) -> Counts:
    result: Counts = (times != NEVER).astype(np.int64)
    return result


def _in_time(done: Times, due: Times) -> Counts:
    result: Counts = ((done != NEVER) & (done <= due)).astype(np.int64)
    return result


def is_timed(cases: CaseColumns) -> NDArray[np.bool_]:
    """Mark the cases whose time from filing to closing is known, shape (n,).

    A closing dated more than a day before its filing is flagged, and says nothing of its length.
    """
    both = (cases.closed != NEVER) & (cases.filed != NEVER)
    result: NDArray[np.bool_] = both & (cases.closed >= cases.filed - DAY_MS)
    return result


def seconds_to_close(cases: CaseColumns) -> Counts:
    """Whole seconds from filing to closing, shape (n,); 0 where `is_timed` does not hold.

    A closing dated before its filing by up to a day is flagged and counts as 0: two clocks differ,
    or the closing is a date without its hour.
    """
    spent = np.where(is_timed(cases), cases.closed - cases.filed, 0)
    result: Counts = np.maximum(spent, 0) // 1000
    return result


WITHIN_H: Final = (8, 24, 72, 168)  # the spread of closing times, in counts that can be added up
_PASSAGES: Final = {  # a step, and the one whose time to it is measured
    "filed": "reported",
    "dispatched": "filed",
    "disposed": "dispatched",
    "verified": "disposed",
    "closed": "verified",
}


def _within(hours: int) -> Measure:
    """Count cases that took at most so many hours to close."""

    def weight(cases: CaseColumns) -> Counts:
        quick = is_timed(cases) & (seconds_to_close(cases) <= hours * 3600)
        result: Counts = quick.astype(np.int64)
        return result

    return Measure(lambda c: c.filed, weight)


def _passage(start: str, end: str) -> tuple[Measure, Measure]:
    """Count cases that have come from one step to another, and the seconds they took."""

    def passed(cases: CaseColumns) -> Counts:
        both = (getattr(cases, start) != NEVER) & (getattr(cases, end) >= getattr(cases, start))
        result: Counts = both.astype(np.int64)
        return result

    def seconds(cases: CaseColumns) -> Counts:
        spent = getattr(cases, end) - getattr(cases, start)
        result: Counts = np.where(passed(cases) == 1, spent, 0) // 1000
        return result

    def anchor(cases: CaseColumns) -> Times:
        times: Times = getattr(cases, end)
        return times

    return Measure(anchor, passed), Measure(anchor, seconds)


MEASURES: Final[dict[str, Measure]] = {
    "reported": Measure(lambda c: c.reported, _one),
    "valid": Measure(lambda c: c.reported, lambda c: _came(c.filed)),
    "decided": Measure(lambda c: c.decided, _one),
    "accepted": Measure(lambda c: c.decided, lambda c: _came(c.filed)),
    "filed": Measure(lambda c: c.filed, _one),
    "file_due": Measure(lambda c: c.file_due, _one),
    "filed_in_time": Measure(lambda c: c.file_due, lambda c: _in_time(c.filed, c.file_due)),
    "dispatched": Measure(lambda c: c.dispatched, _one),
    "dispatched_once": Measure(
        lambda c: c.dispatched, lambda c: (c.dispatches == 1).astype(np.int64)
    ),
    "dispatch_due": Measure(lambda c: c.dispatch_due, _one),
    "dispatched_in_time": Measure(
        lambda c: c.dispatch_due, lambda c: _in_time(c.dispatched, c.dispatch_due)
    ),
    "dispose_due": Measure(lambda c: c.dispose_due, _one),
    "disposed_in_time": Measure(
        lambda c: c.dispose_due, lambda c: _in_time(c.disposed, c.dispose_due)
    ),
    "verify_due": Measure(lambda c: c.verify_due, _one),
    "verified_in_time": Measure(
        lambda c: c.verify_due, lambda c: _in_time(c.verified, c.verify_due)
    ),
    "disposed": Measure(lambda c: c.disposed, _one),
    "returned": Measure(lambda c: c.disposed, lambda c: (c.returns > 0).astype(np.int64)),
    "extended": Measure(lambda c: c.filed, lambda c: (c.extensions > 0).astype(np.int64)),
    "closed": Measure(lambda c: c.filed, lambda c: _came(c.closed)),
    "open": Measure(lambda c: c.filed, lambda c: c.is_open.astype(np.int64)),
    "cancelled": Measure(lambda c: c.filed, lambda c: c.is_cancelled.astype(np.int64)),
    "timed": Measure(lambda c: c.filed, lambda c: is_timed(c).astype(np.int64)),
    "closings": Measure(lambda c: c.closed, _one),
    "due": Measure(lambda c: c.due, _one),
    "closed_due": Measure(lambda c: c.due, lambda c: _came(c.closed)),
    "in_time_due": Measure(lambda c: c.due, lambda c: _in_time(c.closed, c.due)),
    "due_unheld": Measure(lambda c: c.due, lambda c: (~c.is_held).astype(np.int64)),
    "seconds_from_filing": Measure(lambda c: c.filed, seconds_to_close),
}
MEASURES.update((f"within_{hours}h", _within(hours)) for hours in WITHIN_H)
for _end, _start in _PASSAGES.items():
    MEASURES[f"passed_to_{_end}"], MEASURES[f"seconds_to_{_end}"] = _passage(_start, _end)
