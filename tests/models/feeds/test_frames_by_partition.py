"""Frames hold all streets of a partition, and say the same as a frame for each street."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.feeds.checked import PartitionOf, by_partition
from models.feeds.intake import Intake
from models.feeds.place import Gazetteer
from models.feeds.seen import MemorySeen
from models.messages.columns import decode
from models.messages.frames import FrameHeader
from models.windows.feed import FeedWindows
from streams.partitions import partition_of, street_partitions
from tests.models.feeds.conftest import make_feed
from tests.models.feeds.town import EAST, WEST, raw, reading, rows

PLACES = [(street, cell) for street in (WEST, EAST) for cell in ("001001", "001002")]


def intake(gazetteer: Gazetteer, partition_of: PartitionOf | None) -> Intake:
    feed = make_feed("readings")
    return Intake(
        feed, gazetteer, MemorySeen(), partition=0, partitions=1, partition_of=partition_of
    )


@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(st.sampled_from(PLACES), st.integers(0, 90)), max_size=30))
@pytest.mark.parametrize("partitions", [1, 2, 7])
def test_readings_are_the_same_and_stand_in_one_frame_a_partition(
    gazetteer: Gazetteer, partitions: int, sent: list[tuple[tuple[str, str], int]]
) -> None:
    messages = [reading(cell=street + cell, value=value) for (street, cell), value in sent]
    alone = intake(gazetteer, None).take(raw(*messages), 5)
    shared = intake(gazetteer, street_partitions(partitions)).take(raw(*messages), 5)
    assert sorted(rows(shared)) == sorted(rows(alone))
    assert shared.accepted == alone.accepted
    found: dict[int, set[str]] = defaultdict(set)
    for key, data in shared.messages:
        header, columns = decode(FrameHeader, data)
        number = partition_of(key.encode(), partitions)
        assert number not in found  # one frame each
        assert (np.diff(columns["offset"]) >= 0).all()
        found[number] = set(header.streets)
        assert {partition_of(street.encode(), partitions) for street in header.streets} == {number}
    assert set().union(*found.values()) == {street for (street, _), _ in sent}


def test_a_replayed_frame_of_two_streets_changes_nothing_and_a_new_row_of_one_counts(
    gazetteer: Gazetteer,
) -> None:
    sender = intake(gazetteer, lambda _: 0)
    first = raw(reading(cell=WEST + "001001"), reading(cell=EAST + "001001"))
    [(_, both)] = sender.take(first, 5).messages
    [(_, east)] = sender.take(raw(reading(cell=EAST + "001001"), start=2), 6).messages
    windows = FeedWindows(make_feed("readings"))
    for data, applied in ((both, 2), (both, 2), (east, 3), (both, 3), (east, 3)):
        windows.take(*decode(FrameHeader, data))
        assert windows.applied_count == applied
    assert {cell // 10**6 for cell in windows.series.cells.tolist()} == {int(WEST), int(EAST)}


def test_rows_keep_their_order_inside_a_group_and_no_rows_are_no_group() -> None:
    cells = np.array([int(EAST), int(WEST), int(EAST), int(WEST)], np.int64) * 10**6
    kept = np.array([0, 1, 2, 3])
    assert [group.tolist() for group in by_partition(cells, kept, lambda _: 3)] == [[0, 1, 2, 3]]
    streets = [group.tolist() for group in by_partition(cells, kept[1:], None)]
    assert sorted(streets) == [[1, 3], [2]]
    assert list(by_partition(cells, kept[:0], None)) == []
