"""Cases for the API: what is asked and answered; the archive that answers is handed in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import msgspec

CaseKey = tuple[int, str]  # when it was opened, and its number


@dataclass(frozen=True, kw_only=True)
class CaseQuestion:
    """Which cases; an empty field asks nothing.

    Attributes
    ----------
    areas, departments, categories : frozenset of str
        Of any step of the case; areas are the beginning of a cell code.
    number : str
        Part of the number of the case.
    cases : tuple of str
        Whole numbers.
    is_open : bool or None
        By its last step.
    since_ms, until_ms : int
        First heard of at or after, and before.
    as_of_ms : int
        Only steps up to then are known: the cases as they stood; 0: all.
    oldest_first : bool
        In which order, and so which are left out beyond `limit`.
    within, own_departments : frozenset of str
        Bounds of the asker: areas in which it lies, departments of which one took part.
    after : CaseKey or None
    limit : int
    """

    areas: frozenset[str] = frozenset()
    departments: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    number: str = ""
    cases: tuple[str, ...] = ()
    is_open: bool | None = None
    since_ms: int = 0
    until_ms: int = 0
    as_of_ms: int = 0
    oldest_first: bool = False
    within: frozenset[str] = frozenset()
    own_departments: frozenset[str] = frozenset()
    after: CaseKey | None = None
    limit: int = 100


class CaseNow(msgspec.Struct, frozen=True, kw_only=True):
    """One case as its steps in the archive tell it.

    Attributes
    ----------
    stage : str
        Of the closed loop.
    opened_ms, updated_ms : int
        Event time of its first and last step.
    due_ms : int or None
        Limit to close.
    is_overdue : bool
        It is open, its clock runs, and the limit lies before the newest event known, or before the
        time that was asked for.
    flags : list of str
        Reason codes of what is wrong with it.
    """

    case: str
    feed: str
    stage: str
    is_open: bool
    is_held: bool
    is_overdue: bool
    category: str
    unlisted: str
    department: str
    cell: str
    source: str
    opened_ms: int
    updated_ms: int
    closed_ms: int | None
    due_ms: int | None
    lon: float | None
    lat: float | None
    events: list[str]
    flags: list[str]


class CaseStep(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a case; `actor` is left out for whom people are not meant."""

    ts_ms: int
    type: str
    actor: str
    role: str
    department: str
    flags: list[str]


class CaseTimeline(msgspec.Struct, frozen=True, kw_only=True):
    """One case with all its steps, in order."""

    case: CaseNow
    steps: list[CaseStep]


class Cases(Protocol):
    """Answers questions about cases."""

    def find(self, question: CaseQuestion) -> tuple[list[CaseNow], CaseKey | None]:
        """Give a page of cases, and the key of its last where more follow.

        Raises
        ------
        GridpulseError
            The archive cannot be read.
        """
        ...

    def timelines(self, question: CaseQuestion) -> list[CaseTimeline]:
        """Give cases with their steps; raises as `find`."""
        ...
