"""Live counts of cases by group and window, kept by adding and taking away what changed.

A case that changed is taken out as it was and put in as it is; nothing is ever counted anew. Each
count stands on a local day, and a window is a range of days up to today: when the day turns, days
leave and enter the windows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Final, TypeVar

import msgspec
import numpy as np

from models.cases.atoms import ATOM_INDEX, ATOMS
from models.cases.calendar import EPOCH
from models.cases.columns import NEVER, CaseColumns, Counts, Names
from models.cases.indicators import INDICATORS
from models.cases.summary import IndicatorCount
from models.cases.zone import Zone

WINDOWS: Final = ("today", "7d", "30d", "month", "year")
DIMENSIONS: Final = ("street", "community", "department", "category", "source")
KEPT_DAYS: Final = 366
# What is told of the many small groups; all indicators are told of the few large ones.
LARGE: Final = ("all", "street", "department")
CORE: Final = frozenset(
    {
        "filed",
        "closings",
        "closed_of_filed",
        "closed_of_due",
        "closed_in_time_of_due",
        "mean_hours_to_close",
    }
)
_GROWTH: Final = 64
K = TypeVar("K", int, str)


class TallyDay(msgspec.Struct, frozen=True, array_like=True):
    """Counts of one day, sparse: flat indices group × atoms + atom, and values, as int64 bytes."""

    at: bytes
    values: bytes


def window_start(window: str, day: int) -> int:
    """First day of a window that ends on a day; both counted from 1970-01-01.

    Examples
    --------
    >>> today = (date(2024, 3, 10) - EPOCH).days
    >>> [today - window_start(window, today) for window in WINDOWS]
    [0, 6, 29, 9, 69]
    """
    if window == "7d":
        return day - 6
    if window == "30d":
        return day - 29
    if window == "month":
        return (date.fromordinal(EPOCH.toordinal() + day).replace(day=1) - EPOCH).days
    if window == "year":
        return (date.fromordinal(EPOCH.toordinal() + day).replace(month=1, day=1) - EPOCH).days
    return day


class Tally:
    """Counts of all groups by day, and their sums over the windows.

    Parameters
    ----------
    zone : Zone
        Local time of the city: where its days begin.
    """

    def __init__(self, zone: Zone) -> None:
        self._zone = zone
        self.groups: dict[tuple[str, str], int] = {}  # (dimension, member) → row
        self.today = -1
        self._days: dict[int, Counts] = {}
        self._windows = {window: self._empty() for window in WINDOWS}
        self.changed: set[int] = set()  # days changed since the last checkpoint

    def _empty(self) -> Counts:
        rows = -(-max(len(self.groups), 1) // _GROWTH) * _GROWTH
        return np.zeros((rows, len(ATOMS)), dtype=np.int64)

    def add(self, cases: CaseColumns, sign: int) -> None:
        """Put cases in (`sign` 1), or take them out as they were put in (-1)."""
        if not len(cases):
            return
        rows = self._rows(cases)
        anchors, flats, weights = [], [], []
        for index, atom in enumerate(ATOMS.values()):
            anchor, weight = atom.anchor(cases), atom.weight(cases)
            some = np.flatnonzero((anchor != NEVER) & (weight != 0))
            anchors.append(anchor[some])
            flats.append(rows[some] * len(ATOMS) + index)
            weights.append(weight[some] * sign)
        day = self._zone.day(np.concatenate(anchors))
        if not len(day):
            return  # nothing of these cases counts yet
        order = np.argsort(day, kind="stable")
        flat, weight = np.concatenate(flats)[order], np.concatenate(weights)[order]
        days, first = np.unique(day[order], return_index=True)
        for number, start, end in zip(days.tolist(), first, [*first[1:], len(day)], strict=True):
            some_rows = flat[start:end]
            repeated = np.repeat(weight[start:end], some_rows.shape[1])
            self._put(number, some_rows.ravel(), repeated)

    def _put(self, day: int, flat: Counts, weights: Counts) -> None:
        """Add weights to one day and to the windows that hold it."""
        if day <= self.today - KEPT_DAYS:
            return
        self.changed.add(day)
        matrices = [self._fitting(self._days, day)]
        if day <= self.today:
            matrices += [
                self._fitting(self._windows, window)
                for window in WINDOWS
                if day >= window_start(window, self.today)
            ]
        for matrix in matrices:
            np.add.at(matrix.reshape(-1), flat, weights)

    def _fitting(self, matrices: dict[K, Counts], key: K) -> Counts:
        """Matrix of a key, with a row for every group."""
        matrix = matrices.get(key)
        if matrix is None or len(matrix) < len(self.groups):
            grown = self._empty()
            if matrix is not None:
                grown[: len(matrix)] = matrix
            matrices[key] = matrix = grown
        return matrix

    def _rows(self, cases: CaseColumns) -> Counts:
        """Rows of the groups that each case belongs to, shape (n, 1 + dimensions)."""
        rows = np.empty((len(cases), 1 + len(DIMENSIONS)), dtype=np.int64)
        rows[:, 0] = self.groups.setdefault(("all", "all"), len(self.groups))
        for column, by in enumerate(DIMENSIONS, start=1):
            members: Names = getattr(cases, by)
            rows[:, column] = [
                self.groups.setdefault((by, member), len(self.groups)) for member in members
            ]
        return rows

    def turn(self, now_ms: int) -> bool:
        """Move on to the day of an event time; never back. Tell whether the day turned."""
        day = self._zone.day_at(now_ms)
        if day <= self.today:
            return False
        self._turn_to(day)
        return True

    def _turn_to(self, day: int) -> None:
        """Sum the windows up for a new day and forget days that have left all of them."""
        self.today = day
        for past in [past for past in self._days if past <= day - KEPT_DAYS]:
            del self._days[past]
            self.changed.add(past)
        for window in WINDOWS:
            start = window_start(window, day)
            total = self._empty()
            for other, matrix in self._days.items():
                if start <= other <= day:
                    total[: len(matrix)] += matrix
            self._windows[window] = total

    def counts(self) -> Iterator[IndicatorCount]:
        """Give the indicators of all groups and windows that have any case."""
        numerator = [ATOM_INDEX[one.numerator] for one in INDICATORS.values()]
        denominator = [ATOM_INDEX[one.denominator or one.numerator] for one in INDICATORS.values()]
        scale = np.array([3600.0 if one.is_duration else 1.0 for one in INDICATORS.values()])
        codes = list(INDICATORS)
        plain = [not one.denominator for one in INDICATORS.values()]
        labels = list(self.groups)
        for window, matrix in self._windows.items():
            below = matrix[:, denominator]
            above = matrix[:, numerator] / scale
            for group, which in np.argwhere(below[: len(labels)] != 0).tolist():
                by, member = labels[group]
                if by not in LARGE and codes[which] not in CORE:
                    continue
                under = None if plain[which] else int(below[group, which])
                value = float(above[group, which])
                yield IndicatorCount(window, by, member, codes[which], value, under)

    def total(self, window: str, atom: str) -> int:
        """One count of all cases over one window."""
        row = self.groups.get(("all", "all"))
        matrix = self._windows[window]
        return 0 if row is None or row >= len(matrix) else int(matrix[row, ATOM_INDEX[atom]])

    def day_bytes(self, day: int) -> bytes | None:
        """Pack one day for a checkpoint; None where it holds nothing."""
        matrix = self._days.get(day)
        if matrix is None or not matrix.any():
            return None
        at = np.flatnonzero(matrix)
        packed = TallyDay(at.astype("<i8").tobytes(), matrix.reshape(-1)[at].tobytes())
        return msgspec.msgpack.encode(packed)

    def restore(
        self, groups: Sequence[tuple[str, str]], today: int, days: Mapping[int, bytes]
    ) -> None:
        """Load what `groups`, `today` and `day_bytes` gave."""
        self.groups = {group: row for row, group in enumerate(groups)}
        for day, data in days.items():
            packed = msgspec.msgpack.decode(data, type=TallyDay)
            matrix = self._empty()
            matrix.reshape(-1)[np.frombuffer(packed.at, "<i8")] = np.frombuffer(
                packed.values, "<i8"
            )
            self._days[day] = matrix
        if today >= 0:
            self._turn_to(today)
        self.changed.clear()
