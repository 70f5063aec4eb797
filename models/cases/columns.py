"""Many cases as columns: what indicators count, of a whole file or of the few that changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.cases.state import CaseState
from models.grid.codes import community_code, street_code
from models.timing.zone import Times

NEVER: Final = -(2**62)  # a time that did not come
Names = NDArray[np.object_]
Counts = NDArray[np.int64]


class Limits(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """When each step of a case has to be done, epoch milliseconds; None where nothing says so."""

    close_ms: int | None = None
    file_ms: int | None = None
    dispatch_ms: int | None = None
    dispose_ms: int | None = None
    verify_ms: int | None = None


@dataclass(frozen=True, kw_only=True)
class CaseColumns:
    """Cases as columns, one row a case; every array has shape (n,).

    Attributes
    ----------
    reported, filed, decided, dispatched, disposed, verified, closed : int64
        First time of each step, epoch milliseconds, `NEVER` where it did not come; `decided` is
        the filing or the rejection.
    due, file_due, dispatch_due, dispose_due, verify_due : int64
        Limits; `NEVER` without one, and for cases that were rejected or cancelled.
    dispatches, returns, extensions : int64
    is_held, is_open, is_cancelled : bool
    department, category, street, community, cell, source, beat, area : str objects
        Empty where unknown.
    """

    reported: Times
    filed: Times
    decided: Times
    dispatched: Times
    disposed: Times
    verified: Times
    closed: Times
    due: Times
    file_due: Times
    dispatch_due: Times
    dispose_due: Times
    verify_due: Times
    dispatches: Counts
    returns: Counts
    extensions: Counts
    is_held: NDArray[np.bool_]
    is_open: NDArray[np.bool_]
    is_cancelled: NDArray[np.bool_]
    department: Names
    category: Names
    street: Names
    community: Names
    cell: Names
    source: Names
    beat: Names
    area: Names

    def __len__(self) -> int:
        return len(self.filed)


def _times(values: Iterable[int | None]) -> Times:
    return np.array([NEVER if value is None else value for value in values], dtype=np.int64)


def names(values: Iterable[str]) -> Names:
    """Make a column of texts."""
    listed = list(values)
    column = np.empty(len(listed), dtype=object)
    column[:] = listed
    return column


def columns_of(
    states: Sequence[CaseState], limits: Sequence[Limits], *, filing_is_recorded: bool = True
) -> CaseColumns:
    """Lay states out as columns.

    Parameters
    ----------
    states, limits : sequences of equal length
    filing_is_recorded : bool
        False in a city that does not tell filing from reporting: a report is a filing there.
    """
    filed = [
        state.filed_ms
        if state.filed_ms is not None or filing_is_recorded or state.rejected_ms is not None
        else state.reported_ms
        for state in states
    ]
    decided = [
        state.rejected_ms if at is None else at for at, state in zip(filed, states, strict=True)
    ]
    runs = [state.cancelled_ms is None and state.rejected_ms is None for state in states]
    live = [limit if run else Limits() for limit, run in zip(limits, runs, strict=True)]
    return CaseColumns(
        reported=_times(state.reported_ms for state in states),
        filed=_times(filed),
        decided=_times(decided),
        dispatched=_times(state.dispatched_ms for state in states),
        disposed=_times(state.disposed_ms for state in states),
        verified=_times(state.verified_ms for state in states),
        closed=_times(state.closed_ms for state in states),
        due=_times(limit.close_ms for limit in live),
        file_due=_times(limit.file_ms for limit in live),
        dispatch_due=_times(limit.dispatch_ms for limit in live),
        dispose_due=_times(limit.dispose_ms for limit in live),
        verify_due=_times(limit.verify_ms for limit in live),
        dispatches=np.array([state.dispatches for state in states], dtype=np.int64),
        returns=np.array([state.returns for state in states], dtype=np.int64),
        extensions=np.array([state.extensions for state in states], dtype=np.int64),
        is_held=np.array([state.held for state in states], dtype=np.bool_),
        is_open=np.array([state.is_open for state in states], dtype=np.bool_),
        is_cancelled=np.array([state.cancelled_ms is not None for state in states], dtype=np.bool_),
        department=names(state.department for state in states),
        category=names(state.category for state in states),
        street=names(street_code(state.cell) for state in states),
        community=names(community_code(state.cell) for state in states),
        cell=names(state.cell for state in states),
        source=names(state.source for state in states),
        beat=names(state.beat for state in states),
        area=names(state.area for state in states),
    )
