"""What can be counted of a case, and on which day it counts: the parts all indicators are made of.

An indicator is one count over another (`models.cases.indicators`). Counts can be added up over
cases, days and streets, so that a rate of any group and window is made from sums and never from
other rates.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from models.cases.columns import NEVER, CaseColumns, Counts
from models.cases.zone import Times


@dataclass(frozen=True)
class Atom:
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


def seconds_to_close(cases: CaseColumns) -> Counts:
    """Whole seconds from filing to closing, 0 for a case that is not both filed and closed.

    A closing dated before its filing counts as none: it is flagged, and its length unknown.
    """
    both = (cases.closed != NEVER) & (cases.filed != NEVER)
    spent = np.where(both, cases.closed - cases.filed, 0)
    result: Counts = np.maximum(spent, 0) // 1000
    return result


ATOMS: Final[dict[str, Atom]] = {
    "reported": Atom(lambda c: c.reported, _one),
    "valid": Atom(lambda c: c.reported, lambda c: _came(c.filed)),
    "decided": Atom(lambda c: c.decided, _one),
    "accepted": Atom(lambda c: c.decided, lambda c: _came(c.filed)),
    "filed": Atom(lambda c: c.filed, _one),
    "file_due": Atom(lambda c: c.file_due, _one),
    "filed_in_time": Atom(lambda c: c.file_due, lambda c: _in_time(c.filed, c.file_due)),
    "dispatched": Atom(lambda c: c.dispatched, _one),
    "dispatched_once": Atom(lambda c: c.dispatched, lambda c: (c.dispatches == 1).astype(np.int64)),
    "dispatch_due": Atom(lambda c: c.dispatch_due, _one),
    "dispatched_in_time": Atom(
        lambda c: c.dispatch_due, lambda c: _in_time(c.dispatched, c.dispatch_due)
    ),
    "dispose_due": Atom(lambda c: c.dispose_due, _one),
    "disposed_in_time": Atom(
        lambda c: c.dispose_due, lambda c: _in_time(c.disposed, c.dispose_due)
    ),
    "verify_due": Atom(lambda c: c.verify_due, _one),
    "verified_in_time": Atom(lambda c: c.verify_due, lambda c: _in_time(c.verified, c.verify_due)),
    "disposed": Atom(lambda c: c.disposed, _one),
    "returned": Atom(lambda c: c.disposed, lambda c: (c.returns > 0).astype(np.int64)),
    "extended": Atom(lambda c: c.filed, lambda c: (c.extensions > 0).astype(np.int64)),
    "closed": Atom(lambda c: c.filed, lambda c: _came(c.closed)),
    "open": Atom(lambda c: c.filed, lambda c: c.is_open.astype(np.int64)),
    "closings": Atom(lambda c: c.closed, _one),
    "due": Atom(lambda c: c.due, _one),
    "closed_due": Atom(lambda c: c.due, lambda c: _came(c.closed)),
    "in_time_due": Atom(lambda c: c.due, lambda c: _in_time(c.closed, c.due)),
    "due_unheld": Atom(lambda c: c.due, lambda c: (~c.is_held).astype(np.int64)),
    "seconds_to_close": Atom(lambda c: c.filed, seconds_to_close),
}
ATOM_INDEX: Final = {name: index for index, name in enumerate(ATOMS)}
