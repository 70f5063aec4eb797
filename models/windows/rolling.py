"""Rolling means and quantiles, composed of slots.

A window of length L that ends at event time t is the sum of the L / w newest slots of width w, the
slot of t included: it covers at most L and at least L − w. Slots stand in a ring, so the memory is
fixed however far event time jumps. Sums are of integers: exact, whatever the order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.windows.blob import Fields, block_range, blocks_of, pack, unpack
from models.windows.growth import grown, room_for
from models.windows.rows import Rows
from models.windows.sketch import Histogram

_NEVER: Final = -(2**40)
_ONE: Final = np.uint32(1)
_SUMS_BLOB: Final = ("<u2", "<u4", "<i8")
_HISTOGRAM_BLOB: Final = ("<u2", "<u2", "<u4")


@dataclass(frozen=True, slots=True)
class Window:
    """A rolling window: its name on the wall, its length, and the width of its slots."""

    name: str
    length_ms: int
    slot_ms: int


MEAN_WINDOWS: Final = (
    Window("mean_5min", 300_000, 30_000),
    Window("mean_1h", 3_600_000, 120_000),
    Window("mean_24h", 86_400_000, 1_800_000),
    Window("mean_7d", 7 * 86_400_000, 4 * 3_600_000),
)
P95_WINDOW: Final = Window("p95_24h", 86_400_000, 4 * 3_600_000)


class RollingSums:
    """Count and sum of each series over one rolling window.

    Parameters
    ----------
    window : Window
    ahead_ms : int
        How far the newest event may lie ahead of the end that `totals` is asked for.

    Examples
    --------
    >>> sums = RollingSums(Window("mean_5min", 300_000, 30_000), ahead_ms=60_000)
    >>> times_ms = np.array([0, 299_999, 300_000])
    >>> sums.add(Rows.of(np.array([0, 0, 1]), np.array([5, 7, 9]), times_ms))
    >>> counts, totals = sums.totals(end_ms=300_000, size=2)
    >>> counts.tolist(), totals.tolist()  # the reading at 0 has left the window
    ([1, 1], [7, 9])
    """

    def __init__(self, window: Window, ahead_ms: int) -> None:
        self.window = window
        self._in_window = window.length_ms // window.slot_ms
        self._slots = self._in_window + -(-ahead_ms // window.slot_ms)
        self._head = _NEVER  # number of the newest slot
        self._counts = np.zeros((self._slots, room_for(0)), np.uint32)
        self._sums = np.zeros((self._slots, room_for(0)), np.int64)
        self._dirty = np.zeros((self._slots, 1), np.bool_)
        self._saved: set[tuple[int, ...]] = set()

    def add(self, rows: Rows) -> None:
        """Add rows; those that have left the ring are passed over."""
        self._move_to(rows.last_ms // self.window.slot_ms)
        oldest = self._head - self._slots + 1
        if rows.first_ms // self.window.slot_ms < oldest:
            inside = rows.times_ms >= oldest * self.window.slot_ms
            if not inside.any():
                return
            rows = rows.where(inside)
        self._reach(rows.size)
        first, last = rows.first_ms // self.window.slot_ms, rows.last_ms // self.window.slot_ms
        flat = rows.series
        if first == last:
            flat = flat + first % self._slots * self._counts.shape[1]
        else:
            numbers = rows.times_ms // self.window.slot_ms
            flat = flat + numbers % self._slots * self._counts.shape[1]
        np.add.at(self._counts.reshape(-1), flat, _ONE)
        np.add.at(self._sums.reshape(-1), flat, rows.wide)
        touched = np.arange(first, last + 1) % self._slots
        self._dirty[touched[:, np.newaxis], rows.blocks] = True

    def totals(self, end_ms: int, size: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Count and sum over the window that ends at `end_ms`, both of shape (size,)."""
        end = end_ms // self.window.slot_ms
        first = max(end - self._in_window, self._head - self._slots) + 1
        rows = np.arange(first, min(end, self._head) + 1) % self._slots
        width = min(size, self._counts.shape[1])
        counts, sums = np.zeros(size, np.int64), np.zeros(size, np.int64)
        for row in rows:
            counts[:width] += self._counts[row, :width]
            sums[:width] += self._sums[row, :width]
        return counts, sums

    def _move_to(self, number: int) -> None:
        if number <= self._head:
            return
        stale = np.arange(max(self._head + 1, number - self._slots + 1), number + 1) % self._slots
        self._counts[stale], self._sums[stale] = 0, 0
        self._dirty[stale] = True
        self._head = number

    def _reach(self, size: int) -> None:
        if size <= self._counts.shape[1]:
            return
        room = room_for(size)
        self._counts, self._sums = grown(self._counts, room), grown(self._sums, room)
        blocks = block_count(room)
        if blocks > self._dirty.shape[1]:
            self._dirty = grown(self._dirty, blocks)

    def changes(self) -> Fields:
        """Parts changed since the last call, by (row of the ring, block); None: empty now."""
        fields: Fields = {}
        for row, block in np.argwhere(self._dirty).tolist():
            start, end = block_range(block, self._counts.shape[1])
            inside = np.flatnonzero(self._counts[row, start:end])
            if inside.size:
                at = start + inside
                arrays = (inside.astype(np.uint16), self._counts[row, at], self._sums[row, at])
                fields[row, block] = pack(arrays)
            elif (row, block) in self._saved:
                fields[row, block] = None
        self._dirty[:] = False
        self._saved |= fields.keys()
        self._saved -= {key for key, blob in fields.items() if blob is None}
        return fields

    def load(self, row: int, block: int, blob: bytes) -> None:
        """Take in one part that `changes` gave."""
        inside, counts, sums = unpack(blob, _SUMS_BLOB)
        start, _ = block_range(block, 2**62)
        at = inside.astype(np.int64) + start
        self._reach(int(at.max()) + 1)
        self._counts[row, at], self._sums[row, at] = counts, sums
        self._saved.add((row, block))

    def dump(self) -> int:
        """Give the number of the newest slot, for `restore`."""
        return self._head

    def restore(self, head: int) -> None:
        """Set the number of the newest slot; the parts come by `load`."""
        self._head = head


def block_count(room: int) -> int:
    """How many blocks `room` series fill."""
    return len(range(0, room, block_range(0, 2**62)[1]))


class RollingQuantiles:
    """Histogram of each series over one rolling window, fed by closed panes.

    It takes a closed pane as one addition, so it costs nothing per reading; the quantile is
    therefore that of the closed panes.

    Parameters
    ----------
    window : Window
    """

    def __init__(self, window: Window) -> None:
        self.window = window
        self._in_window = window.length_ms // window.slot_ms
        self._slots: dict[int, Histogram] = {}
        self._dirty: set[tuple[int, int]] = set()
        self._saved: set[tuple[int, int]] = set()
        self._gone: list[tuple[int, int]] = []
        self._cached: tuple[int, int, NDArray[np.float64]] | None = None

    def merge(self, start_ms: int, histogram: Histogram) -> None:
        """Add a pane that has just closed and starts at `start_ms`."""
        number = start_ms // self.window.slot_ms
        self._slot(number).merge(histogram)
        used = np.flatnonzero(histogram.counts.any(axis=0))
        self._dirty |= {(number, block) for block in blocks_of(used)}
        self._cached = None
        self._forget(max(self._slots) - self._in_window - 1)

    def add(self, rows: Rows) -> None:
        """Add rows that came after their pane was closed."""
        for number, part in rows.by_slot(self.window.slot_ms):
            self._slot(number).add(part.series, part.wide)
            self._dirty |= {(number, block) for block in part.blocks}
        self._cached = None

    def quantile(self, share: float, end_ms: int, size: int) -> NDArray[np.float64]:
        """Quantile over the window that ends at `end_ms`, shape (size,); NaN where empty.

        Slots that have left the window are forgotten.
        """
        end = end_ms // self.window.slot_ms
        if self._cached is None or self._cached[:2] != (end, size):
            self._forget(end - self._in_window)
            total = Histogram()
            for number in sorted(self._slots):
                if number <= end:
                    total.merge(self._slots[number])
            values = total.quantiles(np.arange(size), (share,))[0]
            self._cached = (end, size, values)
        return self._cached[2]

    def _slot(self, number: int) -> Histogram:
        return self._slots.setdefault(number, Histogram())

    def _forget(self, last: int) -> None:
        for number in [n for n in self._slots if n <= last]:
            del self._slots[number]
        self._gone += [part for part in self._saved if part[0] <= last]
        self._saved = {part for part in self._saved if part[0] > last}
        self._dirty = {part for part in self._dirty if part[0] > last}

    def changes(self) -> Fields:
        """Parts changed since the last call, by (slot, block); None: gone."""
        fields: Fields = dict.fromkeys(self._gone)
        for number, block in sorted(self._dirty):
            histogram = self._slots[number]
            start, end = block_range(block, histogram.counts.shape[1])
            fields[number, block] = pack(histogram.entries(start, end))
        self._saved |= self._dirty
        self._dirty.clear()
        self._gone.clear()
        return fields

    def load(self, number: int, block: int, blob: bytes) -> None:
        """Take in one part that `changes` gave."""
        bins, series, counts = unpack(blob, _HISTOGRAM_BLOB)
        self._slot(number).put(block_range(block, 2**62)[0], bins, series, counts)
        self._saved.add((number, block))


def means(
    counts: NDArray[np.int64], sums: NDArray[np.int64], resolutions: NDArray[np.float64]
) -> NDArray[Any]:
    """Mean of each series in units; NaN where nothing was counted. All of shape (n,)."""
    quotient = np.full(counts.size, np.nan)
    np.divide(sums, counts, out=quotient, where=counts > 0)
    return quotient * resolutions
