"""Count and sum of every series in the newest slots of event time.

Slots stand in a ring, so the memory is fixed however far event time jumps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.windows.blocks import (
    BLOCK,
    Fields,
    block_range,
    blocks_of,
    grown,
    pack,
    room_for,
    unpack,
)
from models.windows.rows import Rows

_NEVER: Final = -(2**40)
_ONE: Final = np.uint32(1)
_BLOB: Final = ("<u2", "<u4", "<i8")


@dataclass(frozen=True, slots=True)
class Slot:
    """What one slot held: where it begins, and count and sum of each series, shape (room,)."""

    start_ms: int
    counts: NDArray[np.uint32]
    sums: NDArray[np.int64]


class SlotRing:
    """The newest slots of one width.

    Parameters
    ----------
    slot_ms : int
        Width of a slot.
    slots : int
        How many there are.

    Examples
    --------
    >>> ring = SlotRing(slot_ms=10, slots=2)
    >>> ring.move_to(15)
    []
    >>> ring.add(Rows.of(np.array([0, 0, 1]), np.array([5, 7, 9]), np.array([3, 9, 15])))
    >>> (slot,) = ring.move_to(20)
    >>> slot.start_ms, slot.counts[:2].tolist(), slot.sums[:2].tolist()
    (0, [2, 0], [12, 0])
    """

    def __init__(self, slot_ms: int, slots: int) -> None:
        self._slot_ms, self._slots = slot_ms, slots
        self._head = _NEVER  # number of the newest slot
        self._counts = np.zeros((slots, room_for(0)), np.uint32)
        self._sums = np.zeros((slots, room_for(0)), np.int64)
        self._dirty = np.zeros((slots, 1), np.bool_)
        self._saved: set[tuple[int, ...]] = set()

    @property
    def from_ms(self) -> int:
        """Event time at which the oldest slot begins."""
        return (self._head - self._slots + 1) * self._slot_ms

    def move_to(self, time_ms: int) -> list[Slot]:
        """Make the slot of this time the newest, unless a newer one is; give what had to leave."""
        number = time_ms // self._slot_ms
        if number <= self._head:
            return []
        oldest = self._head - self._slots + 1
        leaving = np.arange(oldest, min(self._head, number - self._slots) + 1)
        self._head = number
        leaving = leaving[self._counts[leaving % self._slots].any(axis=1)]
        rows = leaving % self._slots
        counts, sums = self._counts[rows], self._sums[rows]
        self._counts[rows], self._sums[rows], self._dirty[rows] = 0, 0, True
        starts = (leaving * self._slot_ms).tolist()
        return [Slot(*parts) for parts in zip(starts, counts, sums, strict=True)]

    def rewind(self, last_ms: int) -> None:
        """Empty the slots that begin later than a time, and make its slot the newest again."""
        number = last_ms // self._slot_ms
        if number >= self._head:
            return
        later = np.arange(max(number, self._head - self._slots) + 1, self._head + 1) % self._slots
        self._counts[later], self._sums[later], self._dirty[later] = 0, 0, True
        self._head = number

    def add(self, rows: Rows) -> None:
        """Add rows that lie between `from_ms` and the end of the newest slot."""
        self._reach(rows.size)
        first, last = rows.first_ms // self._slot_ms, rows.last_ms // self._slot_ms
        numbers = first if first == last else rows.times_ms // self._slot_ms
        flat = rows.series + numbers % self._slots * self._counts.shape[1]
        np.add.at(self._counts.reshape(-1), flat, _ONE)
        np.add.at(self._sums.reshape(-1), flat, rows.wide)
        touched = np.arange(first, last + 1) % self._slots
        self._dirty[touched[:, np.newaxis], rows.blocks] = True

    def merge(self, slot: Slot) -> None:
        """Add a whole slot of a finer ring that lies between the same bounds."""
        used = np.flatnonzero(slot.counts)
        self._reach(int(used[-1]) + 1)
        row = slot.start_ms // self._slot_ms % self._slots
        self._counts[row, used] += slot.counts[used]
        self._sums[row, used] += slot.sums[used]
        self._dirty[row, blocks_of(used)] = True

    def sum_into(
        self, counts: NDArray[np.int64], sums: NDArray[np.int64], first_ms: int, end_ms: int
    ) -> None:
        """Add all slots of [first_ms, end_ms), whole multiples of their width, to these totals."""
        first = max(first_ms // self._slot_ms, self._head - self._slots + 1)
        after = min(end_ms // self._slot_ms, self._head + 1)
        if first >= after:
            return
        start = first % self._slots
        end = start + after - first
        width = min(counts.size, self._counts.shape[1])
        for part in (slice(start, end), slice(0, max(end - self._slots, 0))):  # round the ring
            counts[:width] += self._counts[part, :width].sum(axis=0, dtype=np.int64)
            sums[:width] += self._sums[part, :width].sum(axis=0)

    def _reach(self, size: int) -> None:
        if size <= self._counts.shape[1]:
            return
        room = room_for(size)
        self._counts, self._sums = grown(self._counts, room), grown(self._sums, room)
        blocks = len(range(0, room, BLOCK))
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
        inside, counts, sums = unpack(blob, _BLOB)
        at = inside.astype(np.int64) + block * BLOCK
        self._reach(int(at.max()) + 1)
        self._counts[row, at], self._sums[row, at] = counts, sums
        self._saved.add((row, block))

    def dump(self) -> int:
        """Give the number of the newest slot, for `restore`."""
        return self._head

    def restore(self, head: int) -> None:
        """Set the number of the newest slot; the parts come by `load`."""
        self._head = head
