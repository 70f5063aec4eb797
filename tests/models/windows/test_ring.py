"""A ring of slots: what it holds, hands on and saves."""

from __future__ import annotations

import numpy as np
import pytest

from models.windows.blocks import BLOCK
from models.windows.ring import Slot, SlotRing
from models.windows.rows import Rows


def rows_of(*readings: tuple[int, int, int]) -> Rows:
    return Rows.of(*np.array(readings, np.int64).T)


def ring_with(*readings: tuple[int, int, int]) -> SlotRing:
    ring = SlotRing(slot_ms=10, slots=3)
    ring.move_to(max(ts for _, _, ts in readings))
    ring.add(rows_of(*readings))
    return ring


def totals(ring: SlotRing, first_ms: int, end_ms: int, size: int = 2) -> list[tuple[int, int]]:
    counts, sums = np.zeros(size, np.int64), np.zeros(size, np.int64)
    ring.sum_into(counts, sums, first_ms, end_ms)
    return list(zip(counts.tolist(), sums.tolist(), strict=True))


def test_slots_leave_oldest_first_and_empty_ones_silently() -> None:
    ring = ring_with((0, 4, 5), (1, 6, 25))
    assert ring.from_ms == 0
    assert ring.move_to(24) == []
    left = ring.move_to(75)
    assert [(slot.start_ms, slot.counts[:2].tolist()) for slot in left] == [
        (0, [1, 0]),
        (20, [0, 1]),
    ]
    assert ring.from_ms == 50
    assert totals(ring, 0, 100) == [(0, 0), (0, 0)]


@pytest.mark.parametrize(
    ("first_ms", "end_ms", "expected"),
    [(20, 50, 7), (30, 50, 6), (20, 40, 3), (0, 30, 1), (50, 90, 0), (40, 30, 0), (-90, 0, 0)],
)
def test_sums_round_the_end_of_the_ring(first_ms: int, end_ms: int, expected: int) -> None:
    ring = ring_with((0, 1, 20), (0, 2, 30), (0, 4, 40))  # 30 stands in the first place again
    assert totals(ring, first_ms, end_ms)[0][1] == expected


def test_a_slot_handed_on_is_added_to_what_is_there_even_with_more_series() -> None:
    ring = ring_with((0, 1, 20))
    counts, sums = np.zeros(BLOCK + 5, np.uint32), np.zeros(BLOCK + 5, np.int64)
    counts[[0, BLOCK + 1]], sums[[0, BLOCK + 1]] = 2, -9
    ring.merge(Slot(25, counts, sums))
    found = totals(ring, 20, 30, size=BLOCK + 2)
    assert (found[0], found[1], found[BLOCK + 1]) == ((3, -8), (0, 0), (2, -9))
    assert len(ring.changes()) == 2


def test_the_field_of_a_slot_that_was_saved_is_deleted_when_it_leaves() -> None:
    ring = ring_with((0, 1, 20))
    (place,) = ring.changes()
    ring.move_to(50)
    assert ring.changes() == {place: None}
    ring.add(rows_of((0, 1, 50)))
    assert [blob is not None for blob in ring.changes().values()] == [True]


def test_a_slot_that_comes_and_goes_between_two_saves_leaves_no_field() -> None:
    ring = ring_with((0, 1, 20))
    ring.move_to(50)
    assert ring.changes() == {}
