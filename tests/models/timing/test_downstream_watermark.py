"""How far all partitions have come."""

from __future__ import annotations

from random import Random

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from models.messages.frames import IDLE
from models.timing.downstream_watermark import DownstreamWatermark


def test_nothing_is_known_until_each_partition_has_spoken() -> None:
    watermark = DownstreamWatermark()
    watermark.observe(0, 2, 100, 100)
    assert watermark.value_ms == 0
    watermark.observe(1, 2, 60, 60)
    assert watermark.value_ms == 60


def test_it_goes_forward_only_except_from_idle_back_to_a_time() -> None:
    watermark = DownstreamWatermark()
    watermark.observe(0, 1, 100, 100)
    watermark.observe(0, 1, 50, 50)
    assert watermark.value_ms == 100
    watermark.observe(0, 1, IDLE, 120)
    assert watermark.value_ms == 120
    watermark.observe(0, 1, 130, 130)
    assert watermark.value_ms == 130


def test_an_idle_partition_holds_nobody_up() -> None:
    watermark = DownstreamWatermark()
    watermark.observe(0, 2, IDLE, 10)
    watermark.observe(1, 2, 70, 70)
    assert watermark.value_ms == 70


def test_a_feed_that_wakes_stays_where_it_is_until_all_have_named_a_time() -> None:
    watermark = DownstreamWatermark()
    for partition in range(3):
        watermark.observe(partition, 3, IDLE, 100)
    assert watermark.value_ms == 100
    watermark.observe(0, 3, 900, 900)
    watermark.observe(1, 3, IDLE, 100)  # it has not heard yet that the feed woke
    watermark.observe(2, 3, 300, 300)
    assert watermark.value_ms == 0
    watermark.observe(1, 3, 200, 200)
    assert watermark.value_ms == 200


def test_a_partition_that_is_through_before_another_begins_is_not_judged_alone() -> None:
    watermark = DownstreamWatermark()
    watermark.observe(0, 2, IDLE, 100)
    watermark.observe(1, 2, IDLE, 100)
    for watermark_ms in (500, 600, IDLE):
        watermark.observe(0, 2, watermark_ms, 600)
        assert watermark.value_ms == 0
    watermark.observe(1, 2, 400, 400)
    assert watermark.value_ms == 400
    watermark.observe(1, 2, IDLE, 550)
    assert watermark.value_ms == 600
    watermark.observe(1, 2, 700, 700)
    assert watermark.value_ms == 0, "that was the next waking"


def test_a_partition_beyond_those_there_are_is_not_waited_for() -> None:
    watermark = DownstreamWatermark()
    for partition, watermark_ms in enumerate((40, 70, 10)):
        watermark.observe(partition, 3, watermark_ms, watermark_ms)
    watermark.observe(0, 2, 90, 90)
    assert watermark.value_ms == 70


@given(
    st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=4), min_size=1, max_size=4),
    st.integers(1, 4),
    st.randoms(),
)
def test_replays_one_after_the_other_pass_nobody(
    goes: list[list[int]], partitions: int, random: Random
) -> None:
    """Every partition names the times of every go and then falls idle, each at its own pace."""
    watermark, last = DownstreamWatermark(), dict.fromkeys(range(partitions), 0)
    for at in range(len(goes)):
        left = {n: [100 * at + t for t in sorted(goes[at])] for n in range(partitions)}
        while left:
            n = random.choice(sorted(left))
            last[n] = left[n].pop(0)
            watermark.observe(n, partitions, last[n], last[n])
            assert watermark.value_ms <= min(last.values())
            if not left[n]:
                del left[n]
                watermark.observe(n, partitions, IDLE, last[n])
                assert watermark.value_ms <= min(last.values())
            watermark = msgspec.msgpack.decode(
                msgspec.msgpack.encode(watermark), type=DownstreamWatermark
            )
        assert watermark.value_ms == 100 * at + max(goes[at])


def test_before_the_first_message_nothing_is_known() -> None:
    watermark = DownstreamWatermark()
    assert (watermark.value_ms, watermark.partitions, watermark.newest_ms) == (0, 0, 0)


def test_a_feed_that_is_idle_stands_at_its_newest_pane() -> None:
    watermark = DownstreamWatermark()
    watermark.observe(0, 1, IDLE, 90)
    watermark.observe(0, 1, IDLE, 40)
    assert (watermark.value_ms, watermark.newest_ms) == (90, 90)


def test_who_falls_idle_leaves_its_time_to_the_others_and_may_come_back_behind() -> None:
    watermark = DownstreamWatermark()
    watermark.observe(0, 2, 100, 100)
    watermark.observe(1, 2, 60, 60)
    watermark.observe(1, 2, IDLE, 60)
    assert watermark.value_ms == 100
    watermark.observe(1, 2, 30, 30)
    assert watermark.value_ms == 30
    assert watermark.unconfirmed_after_idle == set()
    assert watermark.watermarks == {0: 100, 1: 30}
