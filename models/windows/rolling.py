"""Rolling means and quantiles, composed of slots.

A window of length L that ends at event time t is the sum of the L / w newest slots of width w, the
slot of t included: it covers at most L and at least L − w. Sums are of integers: exact, whatever
the order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.windows.blocks import Fields, block_range, blocks_of, pack, unpack
from models.windows.ring import SlotRing
from models.windows.rows import Rows
from models.windows.sketch import Histogram

_HISTOGRAM_BLOB: Final = ("<u2", "<u2", "<u4")


@dataclass(frozen=True, slots=True)
class Window:
    """A rolling window: its name on the wall, its length, and the width of its slots."""

    name: str
    length_ms: int
    slot_ms: int

    @property
    def slots(self) -> int:
        """How many slots make the window."""
        return self.length_ms // self.slot_ms

    def span(self, end_ms: int) -> tuple[int, int]:
        """Event times [first, after) of the slots of the window that ends at `end_ms`."""
        after = end_ms // self.slot_ms + 1
        return (after - self.slots) * self.slot_ms, after * self.slot_ms


MEAN_WINDOWS: Final = (
    Window("mean_5min", 300_000, 30_000),
    Window("mean_1h", 3_600_000, 120_000),
    Window("mean_24h", 86_400_000, 1_800_000),
    Window("mean_7d", 7 * 86_400_000, 4 * 3_600_000),
)
P95_WINDOW: Final = Window("p95_24h", 86_400_000, 4 * 3_600_000)


@dataclass(frozen=True, slots=True)
class Totals:
    """Count and sum of each series over one window, both of shape (size,)."""

    counts: NDArray[np.int64]
    sums: NDArray[np.int64]

    def means(self, resolutions: NDArray[np.float64]) -> NDArray[np.float64]:
        """Mean of each series in units, shape (size,); NaN where nothing was counted."""
        quotient = np.full(self.counts.size, np.nan)
        np.divide(self.sums, self.counts, out=quotient, where=self.counts > 0)
        return quotient * resolutions


class RollingSums:
    """Count and sum of each series over several rolling windows.

    A reading stands in one slot of one ring: in the finest that still holds its time. What leaves a
    ring is added to the next one as a whole slot, so a reading costs one addition, however many
    windows there are.

    Parameters
    ----------
    windows : sequence of Window
        The shortest first; the slots of each are made of whole slots of the one before.
    ahead_ms : int
        How far the newest event may lie ahead of the end that `totals` is asked for.

    Attributes
    ----------
    rings : dict of str to SlotRing
        By the name of their window.

    Examples
    --------
    >>> sums = RollingSums((Window("5min", 300_000, 30_000), Window("1h", 3_600_000, 60_000)), 0)
    >>> times_ms = np.array([0, 299_999, 300_000])
    >>> sums.add(Rows.of(np.array([0, 0, 1]), np.array([5, 7, 9]), times_ms))
    >>> short, long = sums.totals(end_ms=300_000, size=2)
    >>> short.sums.tolist(), long.sums.tolist()  # the reading at 0 has left the first window
    ([7, 9], [12, 9])
    """

    def __init__(self, windows: Sequence[Window], ahead_ms: int) -> None:
        self._windows = tuple(windows)
        self.rings = {
            window.name: SlotRing(window.slot_ms, window.slots + -(-ahead_ms // window.slot_ms))
            for window in windows
        }
        self._fine_to_coarse = list(self.rings.values())

    def add(self, rows: Rows) -> None:
        """Add rows; those that have left the coarsest ring are passed over."""
        self._move_to(rows.last_ms)
        for ring in self._fine_to_coarse:
            if rows.first_ms >= ring.from_ms:
                ring.add(rows)
                return
            is_inside = rows.times_ms >= ring.from_ms
            if is_inside.any():
                ring.add(rows.where(is_inside))
                rows = rows.where(~is_inside)

    def _move_to(self, time_ms: int) -> None:
        """Begin the slots of this time; the coarse ones first, so that they can take in others."""
        coarser: list[SlotRing] = []
        for ring in reversed(self._fine_to_coarse):
            for slot in ring.move_to(time_ms):
                holder = next((one for one in coarser if slot.start_ms >= one.from_ms), None)
                if holder is not None:
                    holder.merge(slot)
            coarser.insert(0, ring)

    def rewind(self, last_ms: int) -> None:
        """Forget the rows of an event time that cannot have come yet."""
        for ring in self._fine_to_coarse:
            ring.rewind(last_ms)

    def totals(self, end_ms: int, size: int) -> list[Totals]:
        """Count and sum over each window that ends at `end_ms`, both of shape (size,)."""
        counts, sums = np.zeros(size, np.int64), np.zeros(size, np.int64)
        first_ms = after_ms = 0
        found, finer = [], list[SlotRing]()
        for window, ring in zip(self._windows, self._fine_to_coarse, strict=True):
            # A longer window is the shorter one and what lies before and after it.
            shorter = (first_ms, after_ms)
            first_ms, after_ms = window.span(end_ms)
            for one in finer:
                one.sum_into(counts, sums, first_ms, shorter[0])
                one.sum_into(counts, sums, shorter[1], after_ms)
            ring.sum_into(counts, sums, first_ms, after_ms)
            finer.append(ring)
            found.append(Totals(counts.copy(), sums.copy()))
        return found


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
        self._forget(max(self._slots) - self.window.slots - 1)

    def add(self, rows: Rows) -> None:
        """Add rows that came after their pane was closed."""
        for number, part in rows.by_slot(self.window.slot_ms):
            self._slot(number).add(part.series, part.wide)
            self._dirty |= {(number, block) for block in part.blocks}
        self._cached = None

    def rewind(self, last_ms: int) -> None:
        """Forget the slots that begin later than a time."""
        last = last_ms // self.window.slot_ms
        for number in [n for n in self._slots if n > last]:
            del self._slots[number]
        self._gone += [part for part in self._saved if part[0] > last]
        self._saved = {part for part in self._saved if part[0] <= last}
        self._dirty = {part for part in self._dirty if part[0] <= last}
        self._cached = None

    def quantile(self, share: float, end_ms: int, size: int) -> NDArray[np.float64]:
        """Quantile over the window that ends at `end_ms`, shape (size,); NaN where empty.

        Slots that have left the window are forgotten.
        """
        end = end_ms // self.window.slot_ms
        if self._cached is None or self._cached[:2] != (end, size):
            self._forget(end - self.window.slots)
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
