"""Sums of counts over windows that end today, kept by adding: nothing is ever summed anew by case.

Each count stands on a local day. A day is kept sparse, since of thousands of groups few have a case
on it; the windows are dense, since they are what is read. When the day turns, days leave and enter
the windows.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.cases.columns import Counts
from models.timing.calendar import EPOCH
from models.timing.zone import Times

WINDOWS: Final = ("today", "7d", "30d", "month", "year")
KEPT_DAYS: Final = 366
_ROWS_AT_ONCE: Final = 64
_LOOSE: Final = 256  # entries of a day that may lie unsorted


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


class _Packed(msgspec.Struct, frozen=True, array_like=True):
    """One day as it stands in a checkpoint: places and values as int64 bytes."""

    at: bytes
    values: bytes


class _Day:
    """Sparse sums of one day: sorted places and their values, and what was added since."""

    def __init__(self) -> None:
        self._at: Counts = np.zeros(0, dtype=np.int64)
        self._values: Counts = np.zeros(0, dtype=np.int64)
        self._loose: list[tuple[Counts, Counts]] = []
        self._loose_entries = 0

    def add(self, at: Counts, values: Counts) -> None:
        """Add values at places that may repeat."""
        self._loose.append((at, values))
        self._loose_entries += len(at)
        if self._loose_entries > max(_LOOSE, len(self._at) // 2):
            self.compacted()

    def compacted(self) -> tuple[Counts, Counts]:
        """Give the places whose value is not 0, sorted, and their values."""
        if self._loose:
            parts = [(self._at, self._values), *self._loose]
            at, values = (np.concatenate(part) for part in zip(*parts, strict=True))
            places, which = np.unique(at, return_inverse=True)
            sums = np.zeros(len(places), dtype=np.int64)
            np.add.at(sums, which, values)
            self._at, self._values = places[sums != 0], sums[sums != 0]
            self._loose, self._loose_entries = [], 0
        return self._at, self._values


class WindowSums:
    """Sums by row and column, over the windows that end today.

    Parameters
    ----------
    width : int
        Columns.

    Attributes
    ----------
    today : int
        Last day of the windows, counted from 1970-01-01; -1 before the first.
    changed : set of int
        Days changed since the last checkpoint; whoever saves them empties it.
    """

    def __init__(self, width: int) -> None:
        self.width = width
        self.today = -1
        self.changed: set[int] = set()
        self._days: dict[int, _Day] = {}
        self._windows = {window: self._empty(0) for window in WINDOWS}

    def _empty(self, rows: int) -> Counts:
        return np.zeros((-(-rows // _ROWS_AT_ONCE) * _ROWS_AT_ONCE, self.width), dtype=np.int64)

    def add(self, day: Times, row: Counts, column: Counts, weight: Counts) -> None:
        """Add weights, each on its day; all of shape (n,). Days long past are left out."""
        kept = day > self.today - KEPT_DAYS
        day, at, weight = day[kept], (row * self.width + column)[kept], weight[kept]
        if not len(day):
            return
        for window in WINDOWS:
            start = window_start(window, self.today)
            inside = (day >= start) & (day <= self.today)
            self._add_to_window(window, at[inside], weight[inside])
        order = np.argsort(day, kind="stable")
        days, first = np.unique(day[order], return_index=True)
        parts = (np.split(values[order], first[1:]) for values in (at, weight))
        for number, *part in zip(days.tolist(), *parts, strict=True):
            self._days.setdefault(number, _Day()).add(*part)
            self.changed.add(number)

    def _add_to_window(self, window: str, at: Counts, weight: Counts) -> None:
        if not len(at):
            return
        matrix = self._windows[window]
        rows = int(at.max()) // self.width + 1
        if rows > len(matrix):
            grown = self._empty(rows)
            grown[: len(matrix)] = matrix
            self._windows[window] = matrix = grown
        np.add.at(matrix.reshape(-1), at, weight)

    def turn_to(self, day: int) -> None:
        """Move the windows on to a day, and forget days that have left all of them."""
        self.today = day
        for past in [past for past in self._days if past <= day - KEPT_DAYS]:
            del self._days[past]
            self.changed.add(past)
        for window in WINDOWS:
            self._windows[window] = self._empty(0)
            start = window_start(window, day)
            for other, sums in self._days.items():
                if start <= other <= day:
                    self._add_to_window(window, *sums.compacted())

    def rewind_to(self, day: int) -> bool:
        """Move the windows back to a day; return whether days of theirs had been let go.

        If so, all days are: a case must not be taken out of a day that does not know it.
        """
        has_lost = window_start("year", day) <= self.today - KEPT_DAYS
        if has_lost:
            self.changed |= self._days.keys()
            self._days.clear()
        self.turn_to(min(day, self.today))
        return has_lost

    def window(self, window: str) -> NDArray[np.int64]:
        """Give the sums over a window, shape (rows used or more, width)."""
        return self._windows[window]

    def over(self, days: Iterable[int]) -> Counts:
        """Sum some days, which need not end today; shape (rows used or more, width)."""
        parts = [self._days[day].compacted() for day in days if day in self._days]
        if not parts:
            return self._empty(0)
        at, values = (np.concatenate(part) for part in zip(*parts, strict=True))
        matrix = self._empty(int(at.max(initial=-1)) // self.width + 1)
        np.add.at(matrix.reshape(-1), at, values)
        return matrix

    def day_bytes(self, day: int) -> bytes | None:
        """Pack one day for a checkpoint; None where it holds nothing."""
        sums = self._days.get(day)
        at, values = (None, None) if sums is None else sums.compacted()
        if at is None or values is None or not len(at):
            return None
        return msgspec.msgpack.encode(
            _Packed(at.astype("<i8").tobytes(), values.astype("<i8").tobytes())
        )

    def restore(self, today: int, days: Iterable[tuple[int, bytes]]) -> None:
        """Load what `today` and `day_bytes` gave."""
        for day, data in days:
            packed = msgspec.msgpack.decode(data, type=_Packed)
            at, values = (np.frombuffer(part, "<i8") for part in (packed.at, packed.values))
            self._days.setdefault(day, _Day()).add(at, values)
        if today >= 0:
            self.turn_to(today)
        self.changed.clear()
