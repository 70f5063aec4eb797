"""How far all partitions have come."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from models.district.horizon import Horizon
from models.feeds.frame import IDLE


def test_nothing_is_known_until_each_partition_has_spoken() -> None:
    horizon = Horizon()
    horizon.hear(0, 2, 100, 100)
    assert horizon.value_ms == 0
    horizon.hear(1, 2, 60, 60)
    assert horizon.value_ms == 60


def test_it_goes_forward_only_except_from_idle_back_to_a_time() -> None:
    horizon = Horizon()
    horizon.hear(0, 1, 100, 100)
    horizon.hear(0, 1, 50, 50)
    assert horizon.value_ms == 100
    horizon.hear(0, 1, IDLE, 120)
    assert horizon.value_ms == 120
    horizon.hear(0, 1, 130, 130)
    assert horizon.value_ms == 130


def test_an_idle_partition_holds_nobody_up() -> None:
    horizon = Horizon()
    horizon.hear(0, 2, IDLE, 10)
    horizon.hear(1, 2, 70, 70)
    assert horizon.value_ms == 70


def test_a_feed_that_wakes_stays_where_it_is_until_all_have_named_a_time() -> None:
    horizon = Horizon()
    for partition in range(3):
        horizon.hear(partition, 3, IDLE, 100)
    assert horizon.value_ms == 100
    horizon.hear(0, 3, 900, 900)
    horizon.hear(1, 3, IDLE, 100)  # it has not heard yet that the feed woke
    horizon.hear(2, 3, 300, 300)
    assert horizon.value_ms == 0
    horizon.hear(1, 3, 200, 200)
    assert horizon.value_ms == 200


def test_a_waking_that_only_one_partition_heard_of_ends_with_it() -> None:
    horizon = Horizon()
    horizon.hear(0, 2, IDLE, 100)
    horizon.hear(1, 2, IDLE, 100)
    horizon.hear(0, 2, 500, 500)
    assert horizon.value_ms == 0
    horizon.hear(0, 2, IDLE, 600)
    assert horizon.value_ms == 600
    horizon.hear(0, 2, 700, 700)
    assert horizon.value_ms == 0
    horizon.hear(1, 2, 650, 650)
    assert horizon.value_ms == 650


def test_a_partition_beyond_those_there_are_is_not_waited_for() -> None:
    horizon = Horizon()
    for partition, watermark_ms in enumerate((40, 70, 10)):
        horizon.hear(partition, 3, watermark_ms, watermark_ms)
    horizon.hear(0, 2, 90, 90)
    assert horizon.value_ms == 70


@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from([10, 20, 30, IDLE]))))
def test_no_partition_that_named_a_time_last_is_ever_passed(heard: list[tuple[int, int]]) -> None:
    horizon, last = Horizon(), dict[int, int]()
    for partition, watermark_ms in heard:
        horizon.hear(partition, 3, watermark_ms, min(watermark_ms, 40))
        last[partition] = max(watermark_ms, last.get(partition, 0) % IDLE)
        assert horizon.value_ms <= min(last.values())
        copy = msgspec.msgpack.decode(msgspec.msgpack.encode(horizon), type=Horizon)
        assert copy == horizon
