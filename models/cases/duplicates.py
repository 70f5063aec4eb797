"""Is a new case the same as an open one? Offered to people with a score; nothing is merged.

Two cases may be one where they are of the same class, near each other, and the earlier was still
open and not older than such cases usually stay so. What is offered follows from the open cases
alone, so neither the order of their steps nor a restart changes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import cos, floor, isfinite, radians
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.cases.table import OpenCaseTable
from models.messages.street_summaries import PossibleDuplicate
from models.timing.units import DAY_MS, MINUTE_MS

NEAR_M: Final = 50.0
WITHIN_MS: Final = 7 * DAY_MS
_METRE_PER_DEGREE: Final = 111_195.0  # on a sphere of 6,371 km; over 50 m the difference is 0.2 m
_NONE: Final = -1
_SPAN: Final = 1 << 24  # more than there are squares around the Earth
_WIDER: Final = 1.01  # what is near is then never two squares away, whatever is rounded
_PLACE: Final = np.dtype(
    [
        ("square", "<i8"),
        ("category", "<i4"),
        ("began", "<i8"),
        ("lon", "<f8"),
        ("lat", "<f8"),
        ("narrowing", "<f8"),  # length of a degree of longitude over one of latitude
        ("original", "<i4"),  # row of the case that this one likeliest repeats
        ("score", "<f8"),
    ]
)
_NOWHERE: Final = (_NONE, 0, 0, 0.0, 0.0, 0.0, _NONE, float(_NONE))
_KEYS: Final = ["open", "category", "began", "lon", "lat"]  # columns of the table
Rows = NDArray[np.int64]
Scores = NDArray[np.float64]


class DuplicateIndex:
    """Open cases by class and place, and of each the likeliest earlier one that it may repeat.

    Places are looked up by squares a little wider than `near_m`, so a case is only compared with
    those of its own square and of the eight around it.

    Parameters
    ----------
    table : OpenCaseTable
        All cases; `observe` is called with every row that changes.
    near_m : float
        Largest distance, metres.
    within_ms : int
        Longest time between the beginnings of both.
    """

    def __init__(
        self, table: OpenCaseTable, near_m: float = NEAR_M, within_ms: int = WITHIN_MS
    ) -> None:
        self._table = table
        self._near_m, self._within_ms = near_m, within_ms
        self._size = _WIDER * near_m / _METRE_PER_DEGREE
        self._places: NDArray[Any] = np.zeros(0, dtype=_PLACE)
        self._rows_in: dict[tuple[int, int], tuple[int, ...]] = {}  # (square, class) → rows

    def __len__(self) -> int:
        """Open cases that may repeat another one."""
        return int(np.count_nonzero(self._places["original"] != _NONE))

    def observe(self, rows: Sequence[int]) -> None:
        """Update cases that are new, have moved, or are over."""
        self._fit()
        columns, at = self._table.columns, list(rows)
        cases = zip(*(columns[key][at].tolist() for key in _KEYS), strict=True)
        for row, case in zip(rows, cases, strict=True):
            place = self._place(*case)
            known = self._places[row].item()
            if place == known[: len(place)]:
                continue
            if known[0] != _NONE:
                self._leave(row)
            if place[0] != _NONE:
                self._arrive(row, place)

    def candidates(self, case: str) -> list[PossibleDuplicate]:
        """Find the open cases that an open case may repeat, the likeliest first.

        Empty where the case is not open, has no coordinates, or is not known.
        """
        row = self._table.row_of(case)
        if row is None or row >= len(self._places) or self._places["square"][row] == _NONE:
            return []
        others = self._around(row)
        is_alike = self._compare(row, others)[0] >= 0
        found = [self._pair(row, other) for other in others[is_alike].tolist()]
        return sorted(found, key=lambda one: (-one.score, one.original))

    def newest(self, most: int) -> list[PossibleDuplicate]:
        """Give the open cases that began last among those that may repeat one, newest first."""
        rows = np.flatnonzero(self._places["original"] != _NONE)
        began = self._places["began"][rows]
        if len(rows) > most:
            rows = rows[began >= np.partition(began, -most)[-most]]
        pairs = [self._pair(row, int(self._places["original"][row])) for row in rows.tolist()]
        return sorted(pairs, key=lambda one: (-one.reported_ms, one.case))[:most]

    def _fit(self) -> None:
        """Have a place for every row of the table."""
        missing = self._table.capacity - len(self._places)
        if missing:
            self._places = np.append(self._places, np.full(missing, np.array(_NOWHERE, _PLACE)))

    def _place(
        self, is_open: bool, category: int, began: int, lon: float, lat: float
    ) -> tuple[Any, ...]:
        """Where a case belongs: all of `_PLACE` but what is found by comparing."""
        if not is_open or not (isfinite(lon) and isfinite(lat)):
            return _NOWHERE[:-2]
        north = floor(lat / self._size)
        square = self._square(north, self._east(north, lon))
        return square, category, began, lon, lat, cos(radians(lat))

    def _east(self, north: int, lon: float) -> int:
        """Give the number of a square in its row; all squares are about as wide as high."""
        return floor(lon * max(cos(radians(north * self._size)), 0.01) / self._size)

    @staticmethod
    def _square(north: int, east: int) -> int:
        return north % _SPAN * _SPAN + east % _SPAN

    def _arrive(self, row: int, place: tuple[Any, ...]) -> None:
        self._places[row] = (*place, *_NOWHERE[-2:])
        others = self._around(row)
        key = place[0], place[1]
        self._rows_in[key] = (*self._rows_in.get(key, ()), row)
        if len(others):
            earlier, later = self._compare(row, others)
            self._choose(row, earlier, others)
            self._offer(row, later, others)

    def _leave(self, row: int) -> None:
        """Take a case out; the ones that might have repeated it look for another."""
        others = self._around(row)
        key = int(self._places["square"][row]), int(self._places["category"][row])
        left = tuple(one for one in self._rows_in.pop(key) if one != row)
        if left:
            self._rows_in[key] = left
        self._places[row] = _NOWHERE
        for orphan in others[self._places["original"][others] == row].tolist():
            around = self._around(orphan)
            self._choose(orphan, self._compare(orphan, around)[0], around)

    def _around(self, row: int) -> Rows:
        """Rows of the same class in the square of a case and the eight around it, but its own."""
        category = int(self._places["category"][row])
        found: list[int] = []
        for square in self._squares(
            float(self._places["lon"][row]), float(self._places["lat"][row])
        ):
            found += self._rows_in.get((square, category), ())
        return np.array([other for other in found if other != row], dtype=np.int64)

    def _squares(self, lon: float, lat: float) -> Iterator[int]:
        middle = floor(lat / self._size)
        for north in (middle - 1, middle, middle + 1):
            east = self._east(north, lon)
            for step in (-1, 0, 1):
                yield self._square(north, east + step)

    def _choose(self, row: int, scores: Scores, others: Rows) -> None:
        """Find the case that one likeliest repeats; `scores` are those of the earlier ones."""
        best = scores.max(initial=_NONE)
        chosen = _NONE
        if best >= 0:
            chosen = min(others[scores == best].tolist(), key=self._table.case_at)
        self._places["original"][row], self._places["score"][row] = chosen, best

    def _offer(self, row: int, scores: Scores, others: Rows) -> None:
        """Let later cases repeat this one where it is likelier than what they have."""
        known = self._places["score"][others]
        case = self._table.case_at(row)
        for at in np.flatnonzero((scores >= 0) & (scores >= known)).tolist():
            place = self._places[others[at]]
            if scores[at] > known[at] or case < self._table.case_at(int(place["original"])):
                place["original"], place["score"] = row, scores[at]

    def _compare(self, row: int, others: Rows) -> tuple[Scores, Scores]:
        """Likeness of a case to earlier ones, and of later ones to it; negative where not alike.

        Both have shape (n,). Of two cases of the same moment the one with the higher number is the
        later.
        """
        age = self._places["began"][row] - self._places["began"][others]
        is_earlier = age > 0
        for at in np.flatnonzero(age == 0).tolist():
            is_earlier[at] = self._table.case_at(others[at]) < self._table.case_at(row)
        distance, age = self._distance_m(row, others, is_earlier), np.abs(age)
        score = (1 - distance / self._near_m) * (1 - age / self._within_ms)
        is_alike = (distance <= self._near_m) & (age <= self._within_ms)
        earlier = np.where(is_alike & is_earlier, score, float(_NONE))
        return earlier, np.where(is_alike & ~is_earlier, score, float(_NONE))

    def _distance_m(self, row: int, others: Rows, is_earlier: NDArray[np.bool_]) -> Scores:
        """Metres between a case and others, on the plane at the later of each two."""
        places = self._places
        north = (places["lat"][others] - places["lat"][row]) * _METRE_PER_DEGREE
        east = (places["lon"][others] - places["lon"][row]) * _METRE_PER_DEGREE
        east *= np.where(is_earlier, places["narrowing"][row], places["narrowing"][others])
        result: Scores = np.sqrt(north * north + east * east)
        return result

    def _pair(self, row: int, other: int) -> PossibleDuplicate:
        old = np.array([other])
        columns, began = self._table.columns, self._table.columns["began"]
        return PossibleDuplicate(
            case=self._table.case_at(row),
            original=self._table.case_at(other),
            cell=self._table.cell_at(row),
            category=self._table.names[columns["category"][row]],
            reported_ms=int(began[row]),
            distance_m=float(self._distance_m(row, old, np.array([True]))[0]),
            age_min=int(began[row] - began[other]) // MINUTE_MS,
            score=float(self._compare(row, old)[0][0]),
        )
