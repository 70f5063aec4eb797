"""Joint enforcement (协同作战): open cases of one place that concern several departments.

Open cases of one cell that began within some days of each other are one dossier where at least two
departments have a share in it. Each share has its own cases and its own clock, the earliest limit
of its open cases.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from models.timing.units import DAY_MS


@dataclass(frozen=True, kw_only=True)
class PlacedCase:
    """An open case: its cell, department, class, when it began, and its limit (epoch ms).

    The limit is None where there is none, and while the case is held: its clock stands.
    """

    case: str
    cell: str
    department: str
    category: str
    began_ms: int
    due_ms: int | None = None


@dataclass(frozen=True, kw_only=True)
class Share:
    """What one department has to do with a dossier.

    Attributes
    ----------
    due_ms : int or None
        The earliest limit; None where no clock runs.
    is_overdue : bool
        It lay before the time by which the dossiers were put together.
    """

    department: str
    cases: tuple[PlacedCase, ...]
    due_ms: int | None
    is_overdue: bool = False


@dataclass(frozen=True, kw_only=True)
class Dossier:
    """Cases of one cell that several departments share.

    Attributes
    ----------
    id : str
        Cell and its earliest case: the same as long as that case is open.
    shares : tuple of Share
        The department with the earliest limit first.
    """

    id: str
    cell: str
    first_ms: int
    last_ms: int
    shares: tuple[Share, ...]

    @property
    def cases(self) -> int:
        """Open cases of all shares."""
        return sum(len(share.cases) for share in self.shares)

    def seen_by(self, departments: Iterable[str]) -> Dossier | None:
        """Give what some departments may see: their own shares; None where they have none."""
        mine = tuple(share for share in self.shares if share.department in set(departments))
        return _of(self.cell, mine) if mine else None


def dossiers(cases: Iterable[PlacedCase], within_days: int = 14, now_ms: int = 0) -> list[Dossier]:
    """Put open cases together, the dossier of the most departments first.

    A case joins the one before it in its cell where it began at most `within_days` later; what was
    due before `now_ms` is overdue.

    Examples
    --------
    >>> some = [
    ...     PlacedCase(case=c, cell="110101001001001", department=d, category="E0101", began_ms=1)
    ...     for c, d in (("1", "water"), ("2", "traffic"), ("3", "water"))
    ... ]
    >>> [[(s.department, len(s.cases)) for s in one.shares] for one in dossiers(some)]
    [[('traffic', 1), ('water', 2)]]
    """
    by_cell: dict[str, list[PlacedCase]] = defaultdict(list)
    for case in cases:
        if case.cell and case.department:
            by_cell[case.cell].append(case)
    found = []
    for cell, here in by_cell.items():
        for group in _near_in_time(here, within_days * DAY_MS):
            if len({case.department for case in group}) > 1:
                found.append(_dossier(cell, group, now_ms))
    return sorted(found, key=lambda one: (-len(one.shares), -one.cases, one.id))


def _near_in_time(cases: Iterable[PlacedCase], within_ms: int) -> list[list[PlacedCase]]:
    groups: list[list[PlacedCase]] = []
    for case in sorted(cases, key=lambda each: (each.began_ms, each.case)):
        if groups and case.began_ms - groups[-1][-1].began_ms <= within_ms:
            groups[-1].append(case)
        else:
            groups.append([case])
    return groups


def _dossier(cell: str, group: Sequence[PlacedCase], now_ms: int) -> Dossier:
    by: dict[str, list[PlacedCase]] = defaultdict(list)
    for case in group:
        by[case.department].append(case)
    shares = [_share(name, mine, now_ms) for name, mine in by.items()]
    ordered = sorted(shares, key=lambda s: (s.due_ms is None, s.due_ms or 0, s.department))
    return _of(cell, tuple(ordered))


def _share(department: str, cases: Sequence[PlacedCase], now_ms: int) -> Share:
    due_ms = min((case.due_ms for case in cases if case.due_ms is not None), default=None)
    is_overdue = due_ms is not None and due_ms < now_ms
    return Share(department=department, cases=tuple(cases), due_ms=due_ms, is_overdue=is_overdue)


def _of(cell: str, shares: tuple[Share, ...]) -> Dossier:
    """Name a dossier by what is in it, so that it tells nothing of shares that were taken out."""
    cases = [case for share in shares for case in share.cases]
    first = min(cases, key=lambda case: (case.began_ms, case.case))
    last_ms = max(case.began_ms for case in cases)
    return Dossier(
        id=f"{cell}-{first.case}",
        cell=cell,
        first_ms=first.began_ms,
        last_ms=last_ms,
        shares=shares,
    )
