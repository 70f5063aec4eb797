"""How far all partitions have come."""

from __future__ import annotations

from random import Random

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from models.messages.frames import IDLE
from models.timing.downstream_watermark import DownstreamWatermark


def test_nothing_is_known_until_each_partition_has_spoken() -> None:
    horizon = DownstreamWatermark()
    horizon.hear(0, 2, 100, 100)
    assert horizon.value_ms == 0
    horizon.hear(1, 2, 60, 60)
    assert horizon.value_ms == 60


def test_it_goes_forward_only_except_from_idle_back_to_a_time() -> None:
    horizon = DownstreamWatermark()
    horizon.hear(0, 1, 100, 100)
    horizon.hear(0, 1, 50, 50)
    assert horizon.value_ms == 100
    horizon.hear(0, 1, IDLE, 120)
    assert horizon.value_ms == 120
    horizon.hear(0, 1, 130, 130)
    assert horizon.value_ms == 130


def test_an_idle_partition_holds_nobody_up() -> None:
    horizon = DownstreamWatermark()
    horizon.hear(0, 2, IDLE, 10)
    horizon.hear(1, 2, 70, 70)
    assert horizon.value_ms == 70


def test_a_feed_that_wakes_stays_where_it_is_until_all_have_named_a_time() -> None:
    horizon = DownstreamWatermark()
    for partition in range(3):
        horizon.hear(partition, 3, IDLE, 100)
    assert horizon.value_ms == 100
    horizon.hear(0, 3, 900, 900)
    horizon.hear(1, 3, IDLE, 100)  # it has not heard yet that the feed woke
    horizon.hear(2, 3, 300, 300)
    assert horizon.value_ms == 0
    horizon.hear(1, 3, 200, 200)
    assert horizon.value_ms == 200


def test_a_partition_that_is_through_before_another_begins_is_not_judged_alone() -> None:
    horizon = DownstreamWatermark()
    horizon.hear(0, 2, IDLE, 100)
    horizon.hear(1, 2, IDLE, 100)
    for watermark_ms in (500, 600, IDLE):
        horizon.hear(0, 2, watermark_ms, 600)
        assert horizon.value_ms == 0
    horizon.hear(1, 2, 400, 400)
    assert horizon.value_ms == 400
    horizon.hear(1, 2, IDLE, 550)
    assert horizon.value_ms == 600
    horizon.hear(1, 2, 700, 700)
    assert horizon.value_ms == 0, "that was the next waking"


def test_a_partition_beyond_those_there_are_is_not_waited_for() -> None:
    horizon = DownstreamWatermark()
    for partition, watermark_ms in enumerate((40, 70, 10)):
        horizon.hear(partition, 3, watermark_ms, watermark_ms)
    horizon.hear(0, 2, 90, 90)
    assert horizon.value_ms == 70


@given(
    st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=4), min_size=1, max_size=4),
    st.integers(1, 4),
    st.randoms(),
)
def test_replays_one_after_the_other_pass_nobody(
    goes: list[list[int]], partitions: int, random: Random
) -> None:
    """Every partition names the times of every go and then falls idle, each at its own pace."""
    horizon, last = DownstreamWatermark(), dict.fromkeys(range(partitions), 0)
    for at in range(len(goes)):
        left = {n: [100 * at + t for t in sorted(goes[at])] for n in range(partitions)}
        while left:
            n = random.choice(sorted(left))
            last[n] = left[n].pop(0)
            horizon.hear(n, partitions, last[n], last[n])
            assert horizon.value_ms <= min(last.values())
            if not left[n]:
                del left[n]
                horizon.hear(n, partitions, IDLE, last[n])
                assert horizon.value_ms <= min(last.values())
            horizon = msgspec.msgpack.decode(
                msgspec.msgpack.encode(horizon), type=DownstreamWatermark
            )
        assert horizon.value_ms == 100 * at + max(goes[at])


def test_before_the_first_message_nothing_is_known() -> None:
    horizon = DownstreamWatermark()
    assert (horizon.value_ms, horizon.partitions, horizon.newest_ms) == (0, 0, 0)


def test_a_feed_that_is_idle_stands_at_its_newest_pane() -> None:
    horizon = DownstreamWatermark()
    horizon.hear(0, 1, IDLE, 90)
    horizon.hear(0, 1, IDLE, 40)
    assert (horizon.value_ms, horizon.newest_ms) == (90, 90)


def test_who_falls_idle_leaves_its_time_to_the_others_and_may_come_back_behind() -> None:
    horizon = DownstreamWatermark()
    horizon.hear(0, 2, 100, 100)
    horizon.hear(1, 2, 60, 60)
    horizon.hear(1, 2, IDLE, 60)
    assert horizon.value_ms == 100
    horizon.hear(1, 2, 30, 30)
    assert horizon.value_ms == 30
    assert horizon.doubted == set()
    assert horizon.watermarks == {0: 100, 1: 30}
