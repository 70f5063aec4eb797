"""Highest applied raw offsets."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.messages.origin import Origin
from models.windows.applied import AppliedOffsets


def take(
    applied: AppliedOffsets,
    offsets: list[int],
    *,
    street: str = "110101001",
    feed: str = "dust",
    origin: int = 1,
    partition: int = 0,
) -> list[bool]:
    mask = applied.take(
        street=street,
        feed=feed,
        origin=Origin(origin, partition, 4, watermark_ms=0, ingested_ms=0),
        offsets=np.array(offsets, np.int64),
    )
    return [bool(is_new) for is_new in mask]


def test_rows_up_to_the_highest_offset_are_old() -> None:
    applied = AppliedOffsets()
    assert take(applied, [3, 3, 5]) == [True, True, True]
    assert take(applied, [3, 5, 6]) == [False, False, True]
    assert take(applied, [6]) == [False]


def test_offset_zero_is_new_and_no_rows_are_none() -> None:
    applied = AppliedOffsets()
    assert take(applied, []) == []
    assert take(applied, [0]) == [True]


@pytest.mark.parametrize(
    "other",
    [{"street": "110101002"}, {"feed": "noise"}, {"partition": 1}],
    ids=lambda o: next(iter(o)),
)
def test_streets_feeds_and_raw_partitions_are_counted_apart(other: dict[str, str]) -> None:
    applied = AppliedOffsets()
    take(applied, [7])
    assert take(applied, [7], **other) == [True]  # type: ignore[arg-type]
    assert take(applied, [7]) == [False]


def test_a_raw_topic_made_anew_starts_from_zero() -> None:
    applied = AppliedOffsets()
    take(applied, [90], partition=0)
    take(applied, [90], partition=1)
    assert take(applied, [0], partition=0, origin=2) == [True]
    assert take(applied, [0, 1], partition=1, origin=2) == [True, True]
    assert take(applied, [0], partition=0, origin=2) == [False]


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1), st.integers(0, 9)), max_size=30))
def test_every_row_is_new_exactly_once_also_over_a_dump(rows: list[tuple[int, int, int]]) -> None:
    applied, highest = AppliedOffsets(), dict[tuple[int, int], int]()
    for street, partition, offset in rows:
        copy = AppliedOffsets()
        copy.restore(applied.dump())
        applied = copy
        expected = offset > highest.get((street, partition), -1)
        assert take(applied, [offset], street=f"11010100{street}", partition=partition) == [
            expected
        ]
        highest[street, partition] = max(offset, highest.get((street, partition), -1))


def test_a_message_of_many_streets_counts_each_apart() -> None:
    applied = AppliedOffsets()
    take(applied, [5], street="110101002")
    mask = applied.take_all(
        streets=("110101001", "110101002"),
        of=np.array([0, 1, 1, 0]),
        feed="dust",
        origin=Origin(1, 0, 4, watermark_ms=0, ingested_ms=0),
        offsets=np.array([3, 5, 6, 6]),
    )
    assert mask.tolist() == [True, False, True, True]
    assert take(applied, [6, 7], street="110101001") == [False, True]
    assert take(applied, [6, 7], street="110101002") == [False, True]
