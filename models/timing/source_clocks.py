"""How far the time of a raw partition has come, as many sources say and not the newest of one.

In live mode an event time counts at most up to the moment at which its record arrived, and the
front of the partition is a quantile over the sources active recently: a quarter of them, and at
least one, may be ahead without moving it. It is found anew at certain records and not with each of
them; which ones depends on the records alone, so that the same records give the same front however
they are cut into batches.

References
----------
Akidau et al., The Dataflow Model, VLDB 2015, section 2.3: a heuristic watermark.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from itertools import repeat
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.timing.units import DAY_MS, HOUR_MS

_SHARE_AHEAD: Final = 4  # one of so many sources may be ahead
_YOUNG: Final = 64  # rows; until then the front is found anew whenever their number has doubled
_SOON_MS: Final = 1000  # arrival time after which it is found anew …
_SOON_ROWS: Final = 100  # … once so many rows have come
_SURELY_MS: Final = 10_000  # arrival time after which it is, however few rows there were
_ROOM_MS: Final = HOUR_MS  # arrival time between two tries to make room
_GONE_MS: Final = DAY_MS  # a source that has not reported for so long makes room
_LONGEST_NAME: Final = 80
AHEAD_MS: Final = 30_000  # a clock further ahead of the arrival of its record departs
NEVER: Final = -(2**62)
_OTHERS: Final = 0  # number of all sources beyond the bound together

Ints = NDArray[np.int64]


class SourceClocksState(msgspec.Struct, kw_only=True):
    """What is saved of `SourceClocks`."""

    names: list[str] = []
    newest_ms: bytes = b""
    arrived_ms: bytes = b""
    ahead_ms: bytes = b""
    counts: bytes = b""
    rows: int = 0
    since: int = 0
    stamp_ms: int = 0
    room_ms: int = 0
    beyond: int = 0
    is_short: bool = False


class SourceClocks:
    """Newest event time of each source of one raw partition.

    Parameters
    ----------
    most : int
        Sources that are told apart; all others are one.
    window_ms : int
        Arrival time for which a source that has gone silent is still asked.

    Attributes
    ----------
    beyond : int
        Rows of sources beyond the bound.
    """

    def __init__(self, most: int, window_ms: int) -> None:
        self._most, self._window_ms = most, window_ms
        self._numbers: dict[str, int] = {}
        self._newest_ms: Ints = np.full(64, NEVER, np.int64)
        self._arrived_ms: Ints = np.full(64, NEVER, np.int64)
        self._ahead_ms: Ints = np.zeros(64, np.int64)
        self._counts: Ints = np.zeros(64, np.int64)
        self._rows = self._since = self._stamp_ms = self._room_ms = 0
        self._is_short = False  # a source was refused a number of its own
        self.beyond = 0

    def __len__(self) -> int:
        """Give the number of sources that are told apart."""
        return len(self._numbers)

    def advance(
        self, names: Sequence[str], times_ms: Ints, arrived_ms: Ints, front_ms: int
    ) -> tuple[Ints, int]:
        """Take in live rows, in their order.

        Parameters
        ----------
        names : sequence of str, length n
            Their sources.
        times_ms, arrived_ms : ndarray, shape (n,), int64
            Event time of each row, and when its record arrived (0: not known), epoch milliseconds.
        front_ms : int
            The front before them.

        Returns
        -------
        ndarray, shape (n,), int64
            The front as it stood before each row.
        int
            The front after them; it never moves back.
        """
        stamps = np.maximum.accumulate(arrived_ms) if arrived_ms.size else arrived_ms
        is_known = arrived_ms > 0
        shown_ms = np.where(is_known, np.minimum(times_ms, arrived_ms), times_ms)
        ahead_ms = np.where(is_known, times_ms - arrived_ms, 0)
        fronts, first = np.empty(len(names), np.int64), 0
        while first < len(names):
            end, is_due = self._next_look(stamps, first)
            fronts[first:end] = front_ms
            part = slice(first, end)
            sources = self._locate(names[part])
            np.maximum.at(self._newest_ms, sources, shown_ms[part])
            self._counts += np.bincount(sources, minlength=self._counts.size)
            self._arrived_ms[sources], self._ahead_ms[sources] = stamps[part], ahead_ms[part]
            self._rows, self._since = self._rows + end - first, self._since + end - first
            if is_due:
                front_ms = max(front_ms, self._evaluation(int(stamps[end - 1])))
            first = end
        return fronts, front_ms

    def _next_look(self, stamps: Ints, first: int) -> tuple[int, bool]:
        """End of the rows up to the next one after which the front is found, and whether it is."""
        left = stamps[first:]
        end = left.size + 1
        if self._rows < _YOUNG:
            end = (1 << self._rows.bit_length()) - self._rows
        soon = int(np.searchsorted(left, self._stamp_ms + _SOON_MS)) + 1
        surely = int(np.searchsorted(left, self._stamp_ms + _SURELY_MS)) + 1
        end = min(end, surely, max(soon, _SOON_ROWS - self._since))
        return (first + end, True) if end <= left.size else (stamps.size, False)

    def _evaluation(self, stamp_ms: int) -> int:
        """Find the front; forget silent sources when the table is full."""
        self._since, self._stamp_ms = 0, stamp_ms
        front_ms = self.front_ms
        if self._is_short and stamp_ms >= self._room_ms + _ROOM_MS:
            self._make_room(stamp_ms)
        return front_ms

    @property
    def front_ms(self) -> int:
        """The front as it is now; `NEVER` before the first row."""
        recent = self._newest_ms[self._arrived_ms >= self._arrived_ms.max() - self._window_ms]
        place = recent.size - 1 - (0 if recent.size == 1 else max(1, recent.size // _SHARE_AHEAD))
        return int(np.partition(recent, place)[place]) if self._rows else NEVER

    def _locate(self, names: Sequence[str]) -> Ints:
        """Numbers of sources; new ones get theirs."""
        get = self._numbers.get
        found = np.fromiter(map(get, names, repeat(-1)), np.int64, len(names))
        missing = np.flatnonzero(found < 0).tolist()
        for row in missing:
            number = found[row] = self._number(names[row][:_LONGEST_NAME])
            self.beyond += number == _OTHERS
        return found

    def _number(self, name: str) -> int:
        number = self._numbers.get(name)
        if number is not None:
            return number
        if len(self._numbers) >= self._most:
            self._is_short = True
            return _OTHERS
        number = self._numbers[name] = len(self._numbers) + 1
        if number >= self._newest_ms.size:
            self._grow(2 * self._newest_ms.size)
        return number

    def _grow(self, room: int) -> None:
        def grown(array: Ints, fill: int) -> Ints:
            return np.append(array, np.full(room - array.size, fill, np.int64))

        self._newest_ms = grown(self._newest_ms, NEVER)
        self._arrived_ms = grown(self._arrived_ms, NEVER)
        self._ahead_ms, self._counts = grown(self._ahead_ms, 0), grown(self._counts, 0)

    def _make_room(self, stamp_ms: int) -> None:
        """Forget the sources that have not reported for a day."""
        self._room_ms, self._is_short = stamp_ms, False
        kept = [
            (name, number)
            for name, number in self._numbers.items()
            if self._arrived_ms[number] >= stamp_ms - _GONE_MS
        ]
        at = np.array([_OTHERS, *(number for _, number in kept)], np.int64)
        for array in (self._newest_ms, self._arrived_ms, self._ahead_ms, self._counts):
            array[: at.size] = array[at]
        self._counts[at.size :] = 0
        self._newest_ms[at.size :] = self._arrived_ms[at.size :] = NEVER
        self._numbers = {name: place for place, (name, _) in enumerate(kept, start=1)}

    def rewind(self, front_ms: int, asked_ms: int) -> None:
        """Go back to a front; nothing arrived later than the moment this was asked for."""
        np.minimum(self._newest_ms, front_ms, out=self._newest_ms)
        np.minimum(self._arrived_ms, asked_ms, out=self._arrived_ms)
        self._stamp_ms = min(self._stamp_ms, asked_ms)
        self._room_ms = min(self._room_ms, asked_ms)

    def departed(self, front_ms: int, lateness_ms: int) -> dict[str, int]:
        """Name the recently active sources whose clock departs.

        Parameters
        ----------
        front_ms : int
        lateness_ms : int
            A source further behind the front than this is late with all it says.

        Returns
        -------
        dict of str to int
            By source: milliseconds ahead of its record's arrival, or, negative, behind the front.
        """
        since_ms = self._arrived_ms.max() - self._window_ms
        found: dict[str, int] = {}
        ahead = self._ahead_ms > AHEAD_MS
        behind = self._newest_ms < front_ms - lateness_ms
        departs = (ahead | behind) & (self._arrived_ms >= since_ms)
        if self._rows and departs[: len(self._numbers) + 1].any():
            for name, number in self._numbers.items():
                if departs[number]:
                    late_ms = int(self._newest_ms[number]) - front_ms
                    found[name] = int(self._ahead_ms[number]) if ahead[number] else late_ms
        return found

    def unregistered(self, known: Container[str]) -> dict[str, int]:
        """Rows of the sources that are not among the known ones."""
        rows = self._counts
        return {n: int(rows[at]) for n, at in self._numbers.items() if n not in known}

    def dump(self) -> SourceClocksState:
        """Give everything as plain values."""
        size = len(self._numbers) + 1
        return SourceClocksState(
            names=list(self._numbers),
            newest_ms=self._newest_ms[:size].tobytes(),
            arrived_ms=self._arrived_ms[:size].tobytes(),
            ahead_ms=self._ahead_ms[:size].tobytes(),
            counts=self._counts[:size].tobytes(),
            rows=self._rows,
            since=self._since,
            stamp_ms=self._stamp_ms,
            room_ms=self._room_ms,
            beyond=self.beyond,
            is_short=self._is_short,
        )

    def restore(self, state: SourceClocksState) -> None:
        """Become what `dump` described."""
        self._numbers = {name: place for place, name in enumerate(state.names, start=1)}
        size = len(state.names) + 1
        if size > self._newest_ms.size:
            self._grow(2 * size)
        if state.newest_ms:
            self._newest_ms[:size] = np.frombuffer(state.newest_ms, np.int64)
            self._arrived_ms[:size] = np.frombuffer(state.arrived_ms, np.int64)
            self._ahead_ms[:size] = np.frombuffer(state.ahead_ms, np.int64)
            self._counts[:size] = np.frombuffer(state.counts, np.int64)
        self._rows, self._since, self._stamp_ms = state.rows, state.since, state.stamp_ms
        self._room_ms, self.beyond = state.room_ms, state.beyond
        self._is_short = state.is_short
