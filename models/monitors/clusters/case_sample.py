"""The cases of a year as a scan takes them: each once, at a place in metres, of an age."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.detect.clusters.near_scan import ScanInput
from models.detect.clusters.repeats import default_geocodes, repeated
from models.detect.contract import Floats
from models.grid.grid import Grid
from models.monitors.case_history import CaseHistory, Ints
from models.timing.days import date_of
from models.timing.evaluation_schedule import EvaluationTime

_DEGREE_M: Final = 111_320.0


class CellPositions:
    """Positions of cells in the grid of a day.

    Parameters
    ----------
    grid_at : callable
        Day → the grid in force.
    earliest : date
        First day that has one; it serves earlier days too.
    """

    def __init__(self, grid_at: Callable[[date], Grid], earliest: date) -> None:
        self._grid_at, self._earliest = grid_at, earliest

    def metres(self, cells: Ints, day: int) -> tuple[Floats, Floats]:
        """Give east and north of cells; NaN for one that is not in force.

        Parameters
        ----------
        cells : ndarray, shape (n,), int64
        day : int
            Days since 1970.
        """
        grid = self._grid_at(max(date_of(day), self._earliest))
        at = grid.index_of(cells)
        lon, lat = np.where(at >= 0, grid.lon[at], np.nan), np.where(at >= 0, grid.lat[at], np.nan)
        east = lon * _DEGREE_M * np.cos(np.radians(grid.lat.mean()))
        return east, lat * _DEGREE_M


SAMPLE_DAYS: Final = 365


@dataclass(frozen=True, kw_only=True)
class CaseSample:
    """Cases of a study; arrays of shape (cases,) unless said otherwise.

    Attributes
    ----------
    place, age_days, category : ndarray of int64
    nth : ndarray of int64
        Tells several cases of one cell, category and day apart.
    cells : ndarray, shape (places,), int64
    x_m, y_m : ndarray, shape (places,)
    day : int
        Day of the analysis.
    """

    place: Ints
    age_days: Ints
    category: Ints
    nth: Ints
    cells: Ints
    x_m: Floats
    y_m: Floats
    day: int

    def only(self, belongs: NDArray[np.bool_]) -> CaseSample:
        """Give the cases whose category belongs to a group, and the places they need."""
        rows = belongs[self.category]
        places, place = np.unique(self.place[rows], return_inverse=True)
        return CaseSample(
            place=place.astype(np.int64),
            age_days=self.age_days[rows],
            category=self.category[rows],
            nth=self.nth[rows],
            cells=self.cells[places],
            x_m=self.x_m[places],
            y_m=self.y_m[places],
            day=self.day,
        )

    def scan_input(self, radius_m: float, days: int) -> ScanInput:
        """Give what a scan needs."""
        return ScanInput(
            place=self.place,
            age_days=self.age_days,
            x_m=self.x_m,
            y_m=self.y_m,
            radius_m=radius_m,
            days=days,
        )

    def names(self, rows: NDArray[np.bool_]) -> Iterator[str]:
        """Name some cases by cell, category, day and number: the same in every analysis."""
        for at in np.flatnonzero(rows):
            day = self.day - self.age_days[at]
            yield f"{self.cells[self.place[at]]}/{self.category[at]}/{day}/{self.nth[at]}"

    def leading(self, rows: NDArray[np.bool_], categories: list[str], most: int) -> dict[str, int]:
        """Give the most frequent categories of some cases, with their counts."""
        totals = np.bincount(self.category[rows], minlength=len(categories))
        order = sorted(range(len(categories)), key=lambda at: (-totals[at], categories[at]))
        return {categories[at]: int(totals[at]) for at in order[:most] if totals[at]}


def sample_of(
    history: CaseHistory, evaluation: EvaluationTime, positions: CellPositions
) -> CaseSample:
    """Collect the cases of the year up to an evaluation.

    Points that geocoders fall back on are left out, and of several cases of one cell, category and
    day one is taken: a problem that is reported again is not a second one.
    """
    days = range(evaluation.day - SAMPLE_DAYS + 1, evaluation.day + 1)
    known = [(day, history.day(day)) for day in days if history.day(day).cell.size]
    known = [
        (day, each.until(evaluation.hour) if day == evaluation.day else each) for day, each in known
    ]
    cell, category, age = (
        np.concatenate([np.zeros(0, np.int64), *parts])
        for parts in (
            [np.repeat(each.cell, each.count) for _, each in known],
            [np.repeat(each.category, each.count) for _, each in known],
            [np.full(int(each.count.sum()), evaluation.day - day) for day, each in known],
        )
    )
    cells, place = np.unique(cell, return_inverse=True)
    same = place * (int(category.max(initial=0)) + 1) + category
    kept = ~default_geocodes(place, age) & ~repeated(same, age)
    x_m, y_m = positions.metres(cells, evaluation.day)
    kept &= np.isfinite(x_m[place])
    return CaseSample(
        place=place[kept].astype(np.int64),
        age_days=age[kept],
        category=category[kept],
        nth=_numbered(same[kept], age[kept]),
        cells=cells,
        x_m=x_m,
        y_m=y_m,
        day=evaluation.day,
    )


def days_known(history: CaseHistory, evaluation: EvaluationTime, members: NDArray[np.bool_]) -> int:
    """Count the days of a year in which a group was in use; before its first case it was not."""
    for day in sorted(history.days):
        if members[history.day(day).category].any():
            return min(evaluation.day - day + 1, SAMPLE_DAYS)
    return 0


def _numbered(same: Ints, age: Ints) -> Ints:
    """Tell cases that agree in everything apart by a number from 0."""
    order = np.lexsort((np.arange(same.size), age, same))
    starts = np.ones(same.size, dtype=np.bool_)
    starts[1:] = (np.diff(same[order]) != 0) | (np.diff(age[order]) != 0)
    first = np.maximum.accumulate(np.where(starts, np.arange(same.size), 0))
    numbers = np.empty(same.size, dtype=np.int64)
    numbers[order] = np.arange(same.size) - first
    return numbers
