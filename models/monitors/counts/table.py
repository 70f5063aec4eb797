"""Daily counts as a table: one row a series (an area and a group of cases), one column a day."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.detect.contract import Floats
from models.grid.codes import (
    COMMUNITY_DIGITS,
    COMMUNITY_DIVISOR,
    DISTRICT_DIGITS,
    DISTRICT_DIVISOR,
    STREET_DIGITS,
    STREET_DIVISOR,
)
from models.monitors.case_history import CaseDay, CaseHistory
from models.monitors.counts.groups import Groups

AREAS: Final = {  # digits of an area → what a cell is divided by
    DISTRICT_DIGITS: DISTRICT_DIVISOR,
    STREET_DIGITS: STREET_DIVISOR,
    COMMUNITY_DIGITS: COMMUNITY_DIVISOR,
}

Series = tuple[str, str]  # code of the area, group


class Table:
    """Counts derived from a history; it can be made anew at any time and is not saved.

    Parameters
    ----------
    groups : Groups
        The groups that have a row.
    """

    def __init__(self, groups: Groups) -> None:
        self.first = 0  # day of the first column
        self.rows: dict[Series, int] = {}
        self.groups = groups
        self._counts: Floats = np.zeros((0, 0))

    def update(self, history: CaseHistory, days: Iterable[int]) -> None:
        """Count the given days anew."""
        for day in sorted(days):
            self._make_room(day)
            counts = count_series(history.day(day), self.groups, history.categories)
            for series in counts:
                self.rows.setdefault(series, len(self.rows))
            more = len(self.rows) - len(self._counts)
            if more > 0:
                self._counts = np.pad(self._counts, ((0, max(more, len(self.rows) // 2)), (0, 0)))
            column = day - self.first
            self._counts[:, column] = 0
            for series, n in counts.items():
                self._counts[self.rows[series], column] = n

    def until(self, day: int, most: int) -> tuple[Floats, int]:
        """Give the counts of the days before `day`, at most so many, and the first of these days.

        Returns
        -------
        counts : ndarray, shape (series, days)
        first : int
        """
        first = max(self.first, day - most)
        known = self._counts[: len(self.rows), first - self.first : max(day - self.first, 0)]
        missing = max(day - first, 0) - known.shape[1]
        return np.pad(known, ((0, 0), (0, max(missing, 0)))), first

    def _make_room(self, day: int) -> None:
        if not self._counts.shape[1]:
            self.first = day
        before = max(self.first - day, 0)
        after = max(day + 1 - self.first - self._counts.shape[1], 0)
        if before or after:
            spare = after + self._counts.shape[1] // 4 if after else 0
            self._counts = np.pad(self._counts, ((0, 0), (before, spare)))
            self.first -= before


def count_series(day: CaseDay, groups: Groups, categories: list[str]) -> dict[Series, int]:
    """Count the cases of a day by area and group; series without a case are left out."""
    counts: dict[Series, int] = {}
    if not day.cell.size:
        return counts
    for group, belongs in groups.members(categories).items():
        rows = belongs[day.category]
        for digits, divisor in AREAS.items():
            areas, place = np.unique(day.cell[rows] // divisor, return_inverse=True)
            totals = np.bincount(place, weights=day.count[rows], minlength=areas.size)
            for area, n in zip(areas.tolist(), totals.tolist(), strict=True):
                counts[f"{area:0{digits}d}", group] = int(n)
    return counts


def belongs_to(day: CaseDay, area: str) -> NDArray[np.bool_]:
    """Tell which rows of a day lie in an area."""
    found: NDArray[np.bool_] = day.cell // AREAS[len(area)] == int(area)
    return found
