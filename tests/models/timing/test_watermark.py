"""Watermark of a feed from those of its raw partitions."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from models.messages.frames import IDLE
from models.messages.origin import Origin
from models.messages.rewinds import Rewind
from models.timing.watermark import DOUBT_MS, Watermark

NEVER = -IDLE  # what ingest sends for a partition that has given nothing yet


def observe(
    mark: Watermark,
    partition: int,
    ms: int,
    *,
    partitions: int = 2,
    origin: int = 1,
    at_ms: int = 0,
) -> None:
    mark.observe(Origin(origin, partition, partitions, ms, at_ms))


def sleeping(reached_ms: int) -> Watermark:
    """Give the watermark of a feed of two partitions that has fallen idle."""
    mark = Watermark()
    for ms in (reached_ms, IDLE):
        observe(mark, 0, ms)
        observe(mark, 1, ms)
    assert mark.value == IDLE
    return mark


def test_is_unknown_until_every_raw_partition_reported() -> None:
    mark = Watermark()
    assert mark.value is None
    observe(mark, 0, 5000)
    assert mark.value is None
    assert mark.announced_ms == 0
    observe(mark, 1, 7000)
    assert mark.value == 5000


def test_is_unknown_while_a_partition_that_is_not_idle_never_had_an_event() -> None:
    mark = Watermark()
    observe(mark, 0, 5000)
    observe(mark, 1, NEVER)
    assert mark.value is None
    observe(mark, 1, IDLE)
    assert mark.value == 5000


def test_is_the_lowest_and_idle_partitions_hold_nobody_up() -> None:
    mark = Watermark()
    observe(mark, 0, 5000)
    observe(mark, 1, IDLE)
    assert mark.value == 5000
    observe(mark, 0, IDLE)
    assert mark.value == IDLE


def test_stays_where_it_was_when_an_idle_partition_comes_back_behind() -> None:
    mark = Watermark()
    observe(mark, 0, 9000)
    observe(mark, 1, IDLE)
    observe(mark, 1, 2000)
    assert mark.value == 9000
    observe(mark, 1, 9500)
    observe(mark, 0, 9800)
    assert mark.value == 9500


def test_a_feed_that_wakes_waits_for_the_partitions_that_have_not_reported() -> None:
    mark = sleeping(5000)
    observe(mark, 0, 80_000, at_ms=100_000)
    assert mark.value == 5000
    observe(mark, 1, 6000, at_ms=100_050)
    assert mark.value == 6000
    observe(mark, 1, 90_000, at_ms=100_100)
    assert mark.value == 80_000


def test_the_first_records_of_all_are_awaited_too() -> None:
    mark = Watermark()
    observe(mark, 0, IDLE)
    observe(mark, 1, IDLE)
    observe(mark, 0, NEVER, at_ms=100_000)  # its first records come with the watermark before them
    observe(mark, 0, 80_000, at_ms=100_100)
    assert mark.value is None
    observe(mark, 1, NEVER, at_ms=100_150)
    observe(mark, 1, 6000, at_ms=100_200)
    assert mark.value == 6000


def test_a_partition_that_stays_idle_holds_a_waking_feed_for_a_moment_only() -> None:
    mark = sleeping(5000)
    observe(mark, 0, 80_000, at_ms=100_000)
    observe(mark, 1, IDLE, at_ms=100_400)
    observe(mark, 1, IDLE, at_ms=100_400 + DOUBT_MS - 1)
    assert mark.value == 5000
    observe(mark, 1, IDLE, at_ms=100_400 + DOUBT_MS)
    assert mark.value == 80_000
    observe(mark, 0, 81_000, at_ms=200_000)
    observe(mark, 1, IDLE, at_ms=200_001)
    assert mark.value == 81_000


def test_a_clock_set_back_does_not_hold_a_feed_for_longer() -> None:
    mark = sleeping(5000)
    observe(mark, 0, 80_000, at_ms=9_000_000)
    observe(mark, 1, IDLE, at_ms=9_000_400)
    observe(mark, 1, IDLE, at_ms=1_000)
    assert mark.value == 5000
    observe(mark, 1, IDLE, at_ms=1_000 + DOUBT_MS)
    assert mark.value == 80_000


def test_a_feed_that_falls_idle_again_is_idle_once_all_have_said_so() -> None:
    mark = sleeping(5000)
    observe(mark, 0, 8000, at_ms=100_000)
    observe(mark, 0, IDLE, at_ms=110_000)
    assert mark.value == 5000
    observe(mark, 1, IDLE, at_ms=110_000)
    assert mark.value == 5000
    observe(mark, 1, IDLE, at_ms=110_000 + DOUBT_MS)
    assert mark.value == IDLE


def test_reads_a_checkpoint_that_says_nothing_of_doubts() -> None:
    mark = sleeping(5000)
    mark.restore(mark.dump()[:4])
    assert mark.value == IDLE
    observe(mark, 0, 8000)
    assert mark.value == 5000


def test_a_repeated_older_message_changes_nothing() -> None:
    mark = Watermark()
    observe(mark, 0, 9000)
    observe(mark, 1, 9000)
    observe(mark, 0, 4000)
    assert mark.value == 9000


def test_an_added_partition_must_report_before_the_feed_moves_on() -> None:
    mark = Watermark()
    observe(mark, 0, 5000)
    observe(mark, 1, 5000)
    observe(mark, 0, 9000, partitions=3)
    assert mark.value is None
    observe(mark, 2, 6000, partitions=3)
    observe(mark, 1, 9000, partitions=2)  # sent before the partition was added
    assert mark.value == 6000


def test_a_topic_made_anew_starts_afresh_and_never_moves_back() -> None:
    mark = Watermark()
    observe(mark, 0, 9000)
    observe(mark, 1, 9000)
    observe(mark, 0, 100, origin=2)
    assert mark.value is None
    observe(mark, 1, 100, origin=2)
    assert mark.value == 9000
    observe(mark, 0, 9900, origin=2)
    observe(mark, 1, 9800, origin=2)
    assert mark.value == 9800


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 2),
            st.sampled_from([NEVER, 10, 20, 30, IDLE]),
            st.integers(0, 2 * DOUBT_MS),
        )
    )
)
def test_finite_values_never_move_back_and_a_dump_continues_alike(
    seen: list[tuple[int, int, int]],
) -> None:
    mark, restored, last = Watermark(), Watermark(), -1
    for partition, ms, at_ms in seen:
        for one in (mark, restored):
            observe(one, partition, ms, partitions=3, at_ms=at_ms)
        assert restored.dump() == mark.dump()
        restored = Watermark()
        restored.restore(mark.dump())
        assert (restored.value, restored.reached_ms) == (mark.value, mark.reached_ms)
        if mark.value not in (None, IDLE):
            assert mark.value is not None and mark.value >= last
            last = mark.value


def plain_value(heard: list[tuple[int, int]], partitions: int) -> int | None:
    """Give the watermark of a feed that never fell idle as a whole, counted anew each time."""
    marks: dict[int, int] = {}
    reached = -1
    for partition, ms in heard:
        before = marks.get(partition, IDLE)
        marks[partition] = ms if IDLE in (before, ms) else max(before, ms)
        if len(marks) == partitions and min(marks.values()) != IDLE:
            reached = max(reached, min(marks.values()))
    return reached if len(marks) == partitions and reached >= 0 else None


@given(
    st.integers(1, 3),
    st.lists(st.tuples(st.integers(0, 2), st.sampled_from([NEVER, 0, 10, 20, 30, IDLE]))),
)
def test_while_one_partition_has_times_the_lowest_counts(
    partitions: int, drawn: list[tuple[int, int]]
) -> None:
    heard = [(0, 5), *((p, ms) for p, ms in drawn if p < partitions and (p or ms != IDLE))]
    mark = Watermark()
    for partition, ms in heard:
        observe(mark, partition, ms, partitions=partitions)
    wanted = plain_value(heard, partitions)
    assert mark.value == wanted
    assert mark.announced_ms == (wanted or 0)


def test_a_dump_in_the_middle_of_a_doubt_says_all() -> None:
    mark = sleeping(5000)
    observe(mark, 0, 8000, at_ms=7)
    observe(mark, 1, IDLE, at_ms=9)
    restored = Watermark()
    restored.restore(mark.dump())
    assert restored.dump() == mark.dump() != Watermark().dump()
    for one in (mark, restored):
        observe(one, 1, IDLE, at_ms=9 + DOUBT_MS - 1)
        assert one.value == 5000
        observe(one, 1, IDLE, at_ms=9 + DOUBT_MS)
        assert one.value == 8000


def test_the_first_time_of_all_is_a_value_like_any_other() -> None:
    mark = Watermark()
    observe(mark, 0, 0, partitions=1)
    assert (mark.value, mark.announced_ms, mark.reached_ms) == (0, 0, 0)
    observe(mark, 0, IDLE, partitions=1)
    assert (mark.value, mark.announced_ms) == (IDLE, IDLE)


def test_a_topic_made_anew_forgets_doubts_and_its_number_of_partitions() -> None:
    mark = sleeping(5000)
    observe(mark, 0, 8000, at_ms=10)  # partition 1 is in doubt
    observe(mark, 0, IDLE, origin=2, partitions=1, at_ms=11)
    assert mark.value == IDLE
    observe(mark, 0, 9000, origin=2, partitions=1, at_ms=12)
    assert mark.value == 9000


def test_doubt_counts_from_the_first_word_of_each_partition() -> None:
    mark = Watermark()
    for partition in range(3):
        observe(mark, partition, IDLE, partitions=3)
    observe(mark, 0, 50, partitions=3, at_ms=0)
    observe(mark, 1, IDLE, partitions=3, at_ms=100)
    observe(mark, 2, IDLE, partitions=3, at_ms=1000)
    observe(mark, 1, IDLE, partitions=3, at_ms=100 + DOUBT_MS)
    assert mark.value is None
    observe(mark, 2, IDLE, partitions=3, at_ms=1000 + DOUBT_MS - 1)
    assert mark.value is None
    observe(mark, 2, IDLE, partitions=3, at_ms=1000 + DOUBT_MS)
    assert mark.value == 50
    observe(mark, 1, 20, partitions=3, at_ms=9000)  # nobody is in doubt any more
    assert mark.value == 50


def test_an_idle_feed_is_as_far_as_the_raw_partition_that_came_furthest() -> None:
    mark = Watermark()
    assert mark.furthest_ms == -1
    for partition, ms in ((0, NEVER), (1, 9000), (2, 5000)):
        observe(mark, partition, ms, partitions=3)
    for partition in range(3):
        observe(mark, partition, IDLE, partitions=3)
    assert (mark.value, mark.reached_ms, mark.furthest_ms) == (IDLE, 5000, 9000)
    restored = Watermark()
    restored.restore(mark.dump())
    assert restored.furthest_ms == 9000
    order = Rewind(
        feed="cases", origin=1, partition=1, partitions=3, watermark_ms=4000, asked_ms=8000
    )
    assert restored.rewind(order)
    assert (restored.reached_ms, restored.furthest_ms) == (4000, 5000)


def test_a_checkpoint_that_does_not_say_how_far_each_partition_came_has_what_the_feed_reached() -> (
    None
):
    restored = Watermark()
    restored.restore(sleeping(5000).dump()[:-1])
    assert (restored.value, restored.furthest_ms) == (IDLE, 5000)
