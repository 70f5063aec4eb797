"""Clocks that go back because a person said so: once, as far as asked, and on from there."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np
import pytest

from models.messages.frames import IDLE
from models.messages.rewinds import Rewind
from models.timing.downstream_watermark import DownstreamWatermark
from models.timing.evaluation_schedule import EVALUATION_HOURS, EvaluationSchedule
from models.timing.rewound import Rewound
from models.timing.source_clocks import NEVER, SourceClocks
from models.timing.units import DAY_MS, HOUR_MS
from models.timing.watermark import Watermark
from tests.models.timing.test_source_clocks import NOW_MS
from tests.models.timing.test_watermark import observe

FAR_MS = NOW_MS + 400 * DAY_MS
UTC = ZoneInfo("UTC")


def order(watermark_ms: int, asked_ms: int, partition: int = 0, origin: int = 0) -> Rewind:
    return Rewind(
        feed="dust",
        origin=origin,
        partition=partition,
        partitions=2,
        watermark_ms=watermark_ms,
        asked_ms=asked_ms,
    )


def test_an_order_is_obeyed_once_by_each_clock() -> None:
    rewound = Rewound()
    given = [("a", 5), ("a", 5), ("a", 4), ("b", 4), ("a", 6), ("b", 4), ("c", 0), ("c", 1)]
    obeyed = [rewound.obey(clock, asked_ms) for clock, asked_ms in given]
    assert obeyed == [True, False, False, True, True, False, False, True]
    assert rewound.newest_ms == {"a": 6, "b": 4, "c": 1}


def rewind(mark: Watermark, partition: int, ms: int, asked_ms: int, origin: int = 1) -> bool:
    """Rewind as asked for after all times of these tests; `asked_ms` only orders the askings."""
    return mark.rewind(order(ms, FAR_MS + asked_ms, partition, origin))


def test_a_partition_goes_back_and_takes_the_feed_with_it() -> None:
    mark = Watermark()
    observe(mark, 0, 9_000)
    observe(mark, 1, 9_500)
    assert not rewind(mark, 0, 100, 50, origin=2)
    assert mark.value == 9_000
    assert rewind(mark, 0, 100, 50)
    assert (mark.value, mark.reached_ms) == (100, 100)
    observe(mark, 0, 300)
    assert mark.value == 300
    assert not rewind(mark, 0, 100, 50)  # it comes again after a crash
    assert not rewind(mark, 0, 100, 49)
    assert mark.value == 300
    assert rewind(mark, 1, 200, 50)  # each partition by itself
    assert mark.value == 200
    assert rewind(mark, 0, 9_999, 51)  # never forward
    assert mark.value == 200
    restored = Watermark()
    restored.restore(mark.dump())
    assert not rewind(restored, 0, 1, 51)
    assert rewind(restored, 0, 1, 52)


def test_a_partition_that_goes_back_while_others_are_awaited_bounds_the_feed() -> None:
    mark = Watermark()
    observe(mark, 0, 9_000, partitions=1)
    observe(mark, 0, 9_100, partitions=2)  # another one is to be heard first
    assert rewind(mark, 0, 500, 1)
    assert mark.reached_ms == 500
    observe(mark, 1, 700)
    assert mark.value == 500
    fresh = Watermark()
    observe(fresh, 0, 9_000)
    assert rewind(fresh, 1, 500, 1)  # of which nothing is known
    observe(fresh, 1, 600)
    assert fresh.value == 600


def test_a_partition_in_doubt_that_goes_back_is_known() -> None:
    mark = Watermark()
    for ms in (5_000, IDLE):
        observe(mark, 0, ms)
        observe(mark, 1, ms)
    observe(mark, 0, 8_000, at_ms=1)
    assert rewind(mark, 1, 100, 5)
    observe(mark, 1, IDLE, at_ms=2)  # no doubt of it is left: it is idle at once
    assert mark.value == 8_000


def test_the_watermark_of_all_partitions_goes_back_with_one() -> None:
    horizon = DownstreamWatermark()
    for partition, ms in enumerate((9_000, 8_000)):
        horizon.observe(partition, 2, ms, ms)
    assert horizon.rewind(order(100, 5_000))
    assert (horizon.value_ms, horizon.newest_ms) == (100, 100)
    assert not horizon.rewind(order(50, 5_000))
    assert horizon.value_ms == 100
    assert horizon.rewind(order(300, 8_000, partition=1))
    assert horizon.watermarks == {0: 100, 1: 300}
    horizon.observe(0, 2, 200, 200)
    assert (horizon.value_ms, horizon.newest_ms) == (200, 200)
    assert horizon.rewind(order(900, 8_000))  # newer, and never forward
    assert (horizon.value_ms, horizon.newest_ms) == (200, 200)


def test_the_newest_pane_stays_where_it_was_lived() -> None:
    horizon = DownstreamWatermark()
    horizon.observe(0, 1, IDLE, 9_000)
    assert horizon.rewind(order(100, 9_000))
    assert horizon.newest_ms == 9_000
    assert horizon.rewind(order(100, 9_001, partition=1))
    assert horizon.newest_ms == 9_000
    unknown = DownstreamWatermark()
    assert unknown.rewind(order(100, 500, partition=1))
    assert unknown.watermarks == {1: 0}


def test_sources_go_back_to_a_front_and_move_it_from_there() -> None:
    clocks = SourceClocks(9, 600_000)
    names, times = ["a", "b", "c"], np.array([FAR_MS, FAR_MS, FAR_MS])
    _, front_ms = clocks.advance(names, times, times, NEVER)
    assert front_ms == FAR_MS
    clocks.rewind(NOW_MS, NOW_MS + HOUR_MS)
    assert clocks.front_ms == NOW_MS
    later = np.array([NOW_MS + HOUR_MS + n for n in (1, 2, 3, 20_000)])
    _, front_ms = clocks.advance([*names, "a"], later, later, NOW_MS)
    assert front_ms == clocks.front_ms == later[2]
    before = clocks.dump()
    clocks.rewind(FAR_MS, FAR_MS)  # nothing lies later: nothing changes
    assert clocks.dump() == before


def test_a_room_that_was_made_in_the_future_is_made_again() -> None:
    clocks = SourceClocks(1, 600_000)
    for at_ms in (FAR_MS, FAR_MS + 1):
        clocks.advance(["a", "b"], np.full(2, at_ms), np.full(2, at_ms), NEVER)
    asked_ms = NOW_MS
    clocks.rewind(NOW_MS, asked_ms)
    later_ms = asked_ms + 2 * DAY_MS
    for step in range(3):
        at = np.full(1, later_ms + step * 10_000)
        clocks.advance(["b"], at, at, NOW_MS)
    assert clocks.unregistered(()).keys() == {"b"}  # a has been silent since: b has its place


@pytest.mark.parametrize(("ahead_ms", "is_moved"), [(0, False), (1, True)])
def test_a_schedule_goes_back_where_it_lies_more_than_a_day_in_the_future(
    ahead_ms: int, is_moved: bool
) -> None:
    schedule = EvaluationSchedule(UTC, delay_h=2)
    schedule.number = 4 * 20_000 + 1
    asked_ms = schedule.next.at_ms - DAY_MS - ahead_ms
    day = 15_000
    schedule.rewind(day * DAY_MS + 14 * HOUR_MS, asked_ms)
    if is_moved:  # 12 o'clock and two hours are past, 18 o'clock is next
        assert (schedule.next.day, schedule.next.hour) == (day, 18)
    else:
        assert schedule.number == 4 * 20_000 + 1
    schedule.number = 4 * 20_000
    schedule.rewind(day * DAY_MS + 9 * HOUR_MS, day * DAY_MS)
    assert (schedule.next.day, schedule.next.hour) == (day, 12)
    empty = EvaluationSchedule(UTC, delay_h=2)
    empty.rewind(day * DAY_MS, 0)
    assert empty.number == 0


def test_a_schedule_goes_on_by_one_and_over_years_without_a_case() -> None:
    schedule = EvaluationSchedule(UTC, delay_h=0)
    per_day = len(EVALUATION_HOURS)
    schedule.number = 1000 * per_day
    schedule.follow(2000 * DAY_MS, [900, 1000, 1001, 1500])
    assert schedule.number == 1000 * per_day + 1
    schedule.follow(2000 * DAY_MS, [900, 1000, 1500, 1600])  # of the gap only the end
    assert schedule.number == (1500 - 366) * per_day
    schedule.follow(1200 * DAY_MS, [1500])  # not past what was reached
    assert schedule.number == (1500 - 366) * per_day + 1
    schedule.number = 1000 * per_day
    schedule.follow(2000 * DAY_MS + 1, [])
    assert schedule.number == (2000 - 366) * per_day
    schedule.number = 1000 * per_day
    schedule.follow(1367 * DAY_MS, [1367])
    assert schedule.number == 1001 * per_day
