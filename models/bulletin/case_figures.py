"""What the cases of a period come to: counts that balance, places by group, what is due next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from models.cases.columns import Limits
from models.cases.indicators.ranking import GroupRank, rank
from models.cases.state import CaseState, Stage
from models.grid.codes import street_code


class CaseSpan(msgspec.Struct, frozen=True, kw_only=True):
    """One filed case as it stood at the end of a period; times are epoch milliseconds.

    Attributes
    ----------
    ended_ms : int or None
        When it was closed, rejected or cancelled, never before it was filed; None while open.
    is_closed : bool
        It ended by closing.
    due_ms : int or None
        Its limit to close.
    is_held : bool
        Its clock stands still.
    """

    case: str
    filed_ms: int
    ended_ms: int | None = None
    is_closed: bool = False
    due_ms: int | None = None
    is_held: bool = False
    street: str = ""
    department: str = ""
    category: str = ""


class CaseCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Cases of a period; `open_before + filed = closed + cancelled + open` always holds.

    Attributes
    ----------
    filed, closed, cancelled : int
        Filed, closed, and otherwise ended in the period; those that ended were filed whenever.
    open_before, open : int
        Open at its begin, and at its end.
    overdue, held : int
        Of the open ones at its end: past their limit and not held; held.
    due, closed_in_time : int
        Whose limit falls in the period, cancelled ones apart; of them closed no later than it.
    """

    filed: int = 0
    closed: int = 0
    cancelled: int = 0
    open_before: int = 0
    open: int = 0
    overdue: int = 0
    held: int = 0
    due: int = 0
    closed_in_time: int = 0


@dataclass(frozen=True, kw_only=True)
class DueCases:
    """Open cases whose limit falls on the day after a period, the first due first.

    Attributes
    ----------
    total : int
        Those whose clock runs.
    held : int
        Further ones whose clock stands still.
    first : tuple of CaseSpan
    """

    total: int
    held: int
    first: tuple[CaseSpan, ...]


def case_span(case: str, state: CaseState, limits: Limits, *, files_cases: bool) -> CaseSpan | None:
    """Give what a bulletin needs of a case; None of one that was not filed.

    Parameters
    ----------
    case : str
        Its number.
    state : CaseState
        As it stood at the end of the period.
    limits : Limits
    files_cases : bool
        False in a city that does not tell filing from reporting: a report is a filing there.
    """
    filed_ms = state.filed_ms if files_cases else state.began_ms
    if filed_ms is None:
        return None
    ended_ms = None if state.is_open else max(state.since_ms, filed_ms)
    is_closed = state.stage is Stage.CLOSED
    if is_closed and state.closed_ms is not None:
        ended_ms = max(state.closed_ms, filed_ms)
    is_void = not state.is_open and not is_closed
    return CaseSpan(
        case=case,
        filed_ms=filed_ms,
        ended_ms=ended_ms,
        is_closed=is_closed,
        due_ms=None if is_void else limits.close_ms,
        is_held=state.held,
        street=state.area or street_code(state.cell),
        department=state.department,
        category=state.unlisted or state.category,
    )


def count_cases(cases: Iterable[CaseSpan], start_ms: int, end_ms: int) -> CaseCounts:
    """Count the cases of [start, end), as they stood at its end.

    Examples
    --------
    >>> some = [CaseSpan(case="1", filed_ms=5), CaseSpan(case="2", filed_ms=1, ended_ms=7)]
    >>> counts = count_cases(some, 4, 9)
    >>> counts.open_before, counts.filed, counts.cancelled, counts.open
    (1, 1, 1, 1)
    """
    sums = dict.fromkeys(CaseCounts.__struct_fields__, 0)
    for case in cases:
        if case.filed_ms >= end_ms:
            continue
        for name, is_one in _parts(case, start_ms, end_ms).items():
            sums[name] += is_one
    return CaseCounts(**sums)


def _parts(case: CaseSpan, start_ms: int, end_ms: int) -> dict[str, bool]:
    ended_ms, due_ms = case.ended_ms, case.due_ms
    is_open = ended_ms is None or ended_ms >= end_ms
    ended_within = ended_ms is not None and start_ms <= ended_ms < end_ms
    is_due = due_ms is not None and start_ms <= due_ms < end_ms
    return {
        "filed": case.filed_ms >= start_ms,
        "closed": ended_within and case.is_closed,
        "cancelled": ended_within and not case.is_closed,
        "open_before": case.filed_ms < start_ms and (ended_ms is None or ended_ms >= start_ms),
        "open": is_open,
        "overdue": is_open and not case.is_held and due_ms is not None and due_ms < end_ms,
        "held": is_open and case.is_held,
        "due": is_due,
        "closed_in_time": is_due and in_time(case),
    }


def in_time(case: CaseSpan) -> bool:
    """Tell whether a case was closed no later than its limit."""
    ended_ms, due_ms = case.ended_ms, case.due_ms
    return case.is_closed and ended_ms is not None and due_ms is not None and ended_ms <= due_ms


def places(cases: Sequence[CaseSpan], by: str, start_ms: int, end_ms: int) -> list[GroupRank]:
    """Rank the groups by the share closed in time of the cases due in [start, end).

    Parameters
    ----------
    by : str
        `street` or `department`.
    """
    sums: dict[str, tuple[int, int]] = {}
    for case in cases:
        if case.filed_ms >= end_ms:
            continue
        parts = _parts(case, start_ms, end_ms)
        if parts["due"]:
            kept, due = sums.get(getattr(case, by), (0, 0))
            sums[getattr(case, by)] = (kept + parts["closed_in_time"], due + 1)
    return rank(sums)


def due_between(cases: Iterable[CaseSpan], start_ms: int, end_ms: int, most: int) -> DueCases:
    """Find the open cases whose limit falls in [start, end), and give the first `most` of them."""
    due = [
        case
        for case in cases
        if case.ended_ms is None and case.due_ms is not None and start_ms <= case.due_ms < end_ms
    ]
    running = sorted((case for case in due if not case.is_held), key=_by_limit)
    return DueCases(total=len(running), held=len(due) - len(running), first=tuple(running[:most]))


def _by_limit(case: CaseSpan) -> tuple[int, str]:
    return case.due_ms or 0, case.case
