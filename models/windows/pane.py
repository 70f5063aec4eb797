"""One pane: counts, sums, extremes and quantiles of every series in one interval of event time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.windows.blocks import block_range, grown, pack, room_for, unpack
from models.windows.rows import Rows
from models.windows.sketch import Histogram

SHARES: Final = (0.5, 0.95)
_ONE: Final = np.uint32(1)
_LEAST, _MOST = np.iinfo(np.int32).min, np.iinfo(np.int32).max
_BLOB: Final = ("<u2", "<u4", "<i8", "<i4", "<i4", "<u2", "<u2", "<u4")


@dataclass(slots=True)
class Pane:
    """Sums of one interval; arrays have shape (room,) and are indexed by series.

    `sums`, `lows` and `highs` are multiples of the metric's resolution. `ingested_ms` is the wall
    clock at which the newest frame inside was received.
    """

    counts: NDArray[np.uint32] = field(default_factory=lambda: np.zeros(room_for(0), np.uint32))
    sums: NDArray[np.int64] = field(default_factory=lambda: np.zeros(room_for(0), np.int64))
    lows: NDArray[np.int32] = field(default_factory=lambda: np.full(room_for(0), _MOST, np.int32))
    highs: NDArray[np.int32] = field(default_factory=lambda: np.full(room_for(0), _LEAST, np.int32))
    histogram: Histogram = field(default_factory=Histogram)
    ingested_ms: int = 0
    revision: int = 0
    dirty: set[int] = field(default_factory=set)  # blocks changed since the last save
    saved: set[int] = field(default_factory=set)  # blocks that a save holds

    def add(self, rows: Rows) -> None:
        """Add rows, in any order."""
        self.reach(rows.size)
        np.add.at(self.counts, rows.series, _ONE)
        np.add.at(self.sums, rows.series, rows.wide)
        np.minimum.at(self.lows, rows.series, rows.values)
        np.maximum.at(self.highs, rows.series, rows.values)
        self.histogram.add(rows.series, rows.wide)
        self.dirty.update(rows.blocks)

    def reach(self, size: int) -> None:
        """Make room for `size` series."""
        if size <= self.counts.size:
            return
        room = room_for(size)
        self.counts, self.sums = grown(self.counts, room), grown(self.sums, room)
        self.lows = grown(self.lows, room, _MOST)
        self.highs = grown(self.highs, room, _LEAST)

    def quantiles(self, series: NDArray[np.int64]) -> NDArray[np.float64]:
        """p50 and p95 of the given series, shape (2, n), never outside [low, high]."""
        sketched = self.histogram.quantiles(series, SHARES)
        return np.clip(sketched, self.lows[series], self.highs[series])

    def save(self, block: int) -> bytes:
        """Pack the non-empty series of one block."""
        start, end = block_range(block, self.counts.size)
        inside = np.flatnonzero(self.counts[start:end])
        at = start + inside
        columns = (self.counts[at], self.sums[at], self.lows[at], self.highs[at])
        return pack((inside.astype(np.uint16), *columns, *self.histogram.entries(start, end)))

    def load(self, block: int, blob: bytes) -> None:
        """Take in what `save` packed."""
        inside, counts, sums, lows, highs, bins, columns, tallies = unpack(blob, _BLOB)
        start, _ = block_range(block, _MOST)
        at = inside.astype(np.int64) + start
        self.reach(int(at.max()) + 1)
        self.counts[at], self.sums[at] = counts, sums
        self.lows[at], self.highs[at] = lows, highs
        self.histogram.put(start, bins, columns, tallies)
        self.saved.add(block)
