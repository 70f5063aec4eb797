"""Watermark of a feed from those of its raw partitions."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from models.feeds.frame import IDLE
from models.windows.watermark import Watermark

NEVER = -IDLE  # what ingest sends for a partition that has given nothing yet


def hear(mark: Watermark, partition: int, ms: int, *, partitions: int = 2, origin: int = 1) -> None:
    mark.hear(origin=origin, raw_partition=partition, raw_partitions=partitions, watermark_ms=ms)


def test_is_unknown_until_every_raw_partition_was_heard() -> None:
    mark = Watermark()
    assert mark.value is None
    hear(mark, 0, 5000)
    assert mark.value is None
    assert mark.announced_ms == 0
    hear(mark, 1, 7000)
    assert mark.value == 5000


def test_is_unknown_while_a_partition_that_is_not_idle_never_had_an_event() -> None:
    mark = Watermark()
    hear(mark, 0, 5000)
    hear(mark, 1, NEVER)
    assert mark.value is None
    hear(mark, 1, IDLE)
    assert mark.value == 5000


def test_is_the_lowest_and_idle_partitions_hold_nobody_up() -> None:
    mark = Watermark()
    hear(mark, 0, 5000)
    hear(mark, 1, IDLE)
    assert mark.value == 5000
    hear(mark, 0, IDLE)
    assert mark.value == IDLE


def test_stays_where_it_was_when_an_idle_partition_comes_back_behind() -> None:
    mark = Watermark()
    hear(mark, 0, 9000)
    hear(mark, 1, IDLE)
    hear(mark, 1, 2000)
    assert mark.value == 9000
    hear(mark, 1, 9500)
    hear(mark, 0, 9800)
    assert mark.value == 9500


def test_a_repeated_older_message_changes_nothing() -> None:
    mark = Watermark()
    hear(mark, 0, 9000)
    hear(mark, 1, 9000)
    hear(mark, 0, 4000)
    assert mark.value == 9000


def test_an_added_partition_must_be_heard_before_the_feed_moves_on() -> None:
    mark = Watermark()
    hear(mark, 0, 5000)
    hear(mark, 1, 5000)
    hear(mark, 0, 9000, partitions=3)
    assert mark.value is None
    hear(mark, 2, 6000, partitions=3)
    hear(mark, 1, 9000, partitions=2)  # sent before the partition was added
    assert mark.value == 6000


def test_a_topic_made_anew_is_heard_afresh_and_never_moves_back() -> None:
    mark = Watermark()
    hear(mark, 0, 9000)
    hear(mark, 1, 9000)
    hear(mark, 0, 100, origin=2)
    assert mark.value is None
    hear(mark, 1, 100, origin=2)
    assert mark.value == 9000
    hear(mark, 0, 9900, origin=2)
    hear(mark, 1, 9800, origin=2)
    assert mark.value == 9800


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from([NEVER, 10, 20, 30, IDLE]))))
def test_finite_values_never_move_back_and_a_dump_continues_alike(
    heard: list[tuple[int, int]],
) -> None:
    mark, last = Watermark(), -1
    for partition, ms in heard:
        hear(mark, partition, ms, partitions=3)
        copy = Watermark()
        copy.restore(mark.dump())
        assert (copy.value, copy.reached_ms) == (mark.value, mark.reached_ms)
        mark = copy
        if mark.value not in (None, IDLE):
            assert mark.value is not None and mark.value >= last
            last = mark.value
