"""Groups of cases and their sums: which row a case counts in, for each of some dimensions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final, NamedTuple

import numpy as np

from models.bounded import OTHERS
from models.cases.columns import CaseColumns, Counts
from models.cases.indicators.window_sums import WindowSums
from models.timing.zone import Times

Group = tuple[str, str]  # dimension and member
_EVERY_CASE: Final = "all"  # a dimension with one member
NAMED: Final = ("department", "source", "beat", "area")  # their members are whatever is sent
MOST_LARGE: Final = 100  # each of them has all indicators
MOST: Final = 300


class Entries(NamedTuple):
    """What cases count for, each on its day; all of shape (n,).

    `case` is the place of the case among the columns. Without `column` all count in one column, and
    its place among the lists of entries says in which.
    """

    case: Counts
    day: Times
    weight: Counts
    column: Counts | None = None


class GroupSums:
    """Sums of the groups of some dimensions.

    Parameters
    ----------
    dimensions : tuple of str
        Columns of `CaseColumns`, or `all`.
    width : int
        Columns that are counted.
    most : int
        Members of each dimension of names that anybody may send; the others are one, `OTHERS`.
    known : collection of (str, str)
        Groups that are always told apart, beside those: a register names them.

    Attributes
    ----------
    groups : dict of (str, str) to int
        Dimension and member → row of the sums. Rows are never given away.
    """

    def __init__(
        self,
        dimensions: tuple[str, ...],
        width: int,
        most: int = MOST,
        known: Collection[Group] = (),
    ) -> None:
        self._dimensions, self._most, self._known = dimensions, most, known
        self._members = dict.fromkeys(NAMED, 0)
        self.groups: dict[Group, int] = {}
        self.sums = WindowSums(width)
        self._saved_groups = 0

    def add(self, cases: CaseColumns, counted: Sequence[Entries]) -> None:
        """Count cases in all their groups."""
        columns = [
            np.full(len(some.case), place, dtype=np.int64) if some.column is None else some.column
            for place, some in enumerate(counted)
        ]
        case, day, weight = (np.concatenate([some[part] for some in counted]) for part in range(3))
        if not len(case):
            return  # nothing of these cases counts yet
        rows = self._rows(cases)[case]
        repeat = rows.shape[1]
        self.sums.add(
            np.repeat(day, repeat),
            rows.ravel(),
            np.repeat(np.concatenate(columns), repeat),
            np.repeat(weight, repeat),
        )

    def _rows(self, cases: CaseColumns) -> Counts:
        """Rows of the groups that each case belongs to, shape (n, dimensions)."""
        rows = np.empty((len(cases), len(self._dimensions)), dtype=np.int64)
        groups = self.groups
        for column, by in enumerate(self._dimensions):
            if by == _EVERY_CASE:
                rows[:, column] = groups.setdefault((by, by), len(groups))
            else:
                members = getattr(cases, by)
                row = self._named_row if by in NAMED else self._row
                rows[:, column] = [row((by, member)) for member in members]
        return rows

    def _row(self, group: Group) -> int:
        return self.groups.setdefault(group, len(self.groups))

    def _named_row(self, group: Group) -> int:
        """Row of a group whose members are not known beforehand: their number is bounded."""
        row = self.groups.get(group)
        if row is not None:
            return row
        if group in self._known:
            return self._row(group)
        by, _ = group
        if self._members[by] >= self._most:
            return self._row((by, OTHERS))
        self._members[by] += 1
        return self._row(group)

    def new_groups(self) -> list[Group] | None:
        """Give all groups for a checkpoint, in the order of their rows; None where none is new."""
        if len(self.groups) == self._saved_groups:
            return None
        self._saved_groups = len(self.groups)
        return list(self.groups)

    def restore(
        self, groups: Iterable[Group], today: int, days: Iterable[tuple[int, bytes]]
    ) -> None:
        """Load what `new_groups` and the sums gave."""
        self.groups = {(by, member): row for row, (by, member) in enumerate(groups)}
        self._saved_groups = len(self.groups)
        for by in NAMED:
            of_dimension = {group for group in self.groups if group[0] == by}
            self._members[by] = len(of_dimension - {(by, OTHERS)} - set(self._known))
        self.sums.restore(today, days)
