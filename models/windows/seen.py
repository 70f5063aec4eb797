"""Newest event time of each series."""

from __future__ import annotations

import numpy as np

from models.windows.blob import Fields, block_range, pack, unpack
from models.windows.growth import grown, room_for
from models.windows.rows import Rows


class SeenTimes:
    """Newest event time of each series, epoch ms.

    Examples
    --------
    >>> seen = SeenTimes()
    >>> seen.see(Rows.of(np.array([0, 1, 0]), np.array([5, 5, 5]), np.array([30, 20, 10])))
    >>> seen.times_ms[:2].tolist()
    [30, 20]
    """

    def __init__(self) -> None:
        self.times_ms = np.zeros(room_for(0), np.int64)
        self._dirty: set[int] = set()

    def see(self, rows: Rows) -> None:
        """Take in the event times of some rows, in any order."""
        if rows.size > self.times_ms.size:
            self.times_ms = grown(self.times_ms, room_for(rows.size))
        np.maximum.at(self.times_ms, rows.series, rows.times_ms)
        self._dirty.update(rows.blocks)

    def changes(self) -> Fields:
        """Parts changed since the last call, by (block,)."""
        fields: Fields = {}
        for block in self._dirty:
            start, end = block_range(block, self.times_ms.size)
            fields[(block,)] = pack((self.times_ms[start:end],))
        self._dirty.clear()
        return fields

    def load(self, block: int, blob: bytes) -> None:
        """Take in one part that `changes` gave."""
        (times_ms,) = unpack(blob, ("<i8",))
        start, _ = block_range(block, 2**62)
        end = start + times_ms.size
        if end > self.times_ms.size:
            self.times_ms = grown(self.times_ms, room_for(end))
        self.times_ms[start:end] = times_ms
