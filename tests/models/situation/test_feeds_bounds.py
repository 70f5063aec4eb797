"""A feed's figures field by field, and rates and times left from just inside and just outside."""

from __future__ import annotations

import pytest

from config.catalog import Feed
from config.place import SituationLimits
from models.situation.feed_state import FeedState
from models.situation.feeds import RATE_OVER_MS, FeedView
from models.situation.snapshot import FeedNow
from tests.models.situation.test_feeds import NOW_MS, THEN_MS, health, now_of, replay
from tests.streams.agents.district import dongcheng

LIMITS = SituationLimits()
SECOND_MS = 1000


@pytest.fixture
def dust() -> Feed:
    return dongcheng().feeds["dust"]


def two_partitions() -> FeedView:
    view = FeedView()
    bounds = {"sources_beyond": 3, "ids_beyond": 4, "departed_sources": 5}
    bounds |= {"unregistered_sources": 6}
    named = {"departed": {"x": 9, "y": -8}, "unregistered": {"z": 2}}
    first = {"late": 1, "duplicates": 2, "rejected": 3, "reasons": {"b": 1, "a": 5}, "left_s": 2.5}
    second = {"late": 10, "duplicates": 20, "rejected": 30, "reasons": {"a": 6}, "left_s": 1.0}
    second |= {"departed": {"w": 11}, **bounds}
    times = {"last_event_ms": NOW_MS - 50, "arrived_ms": NOW_MS - 40, "received_ms": NOW_MS - 30}
    view.apply(health(0, NOW_MS - 2_000, 100, **first, records_s=4.0, end=95, raw_partitions=2))
    view.apply(health(1, NOW_MS, 1000, **(second | times), records_s=8.0, position=120))
    view.apply(health(0, NOW_MS - 1_000, 150, **(first | bounds | named), records_s=5.0, end=95))
    view.apply(health(0, NOW_MS, 7, feed="cases", raw_partitions=1))
    view.observe(["dust", "cases"], NOW_MS)
    return view


def test_each_figure_of_a_feed_is_the_sum_or_the_newest_of_its_partitions(dust: Feed) -> None:
    assert two_partitions().now(dust, NOW_MS, LIMITS) == FeedNow(
        feed="dust",
        title=dust.title,
        mode="live",
        state=FeedState.CURRENT,
        is_broken_off=False,
        age_s=0.04,
        last_event_ms=NOW_MS - 50,
        arrived_ms=NOW_MS - 40,
        expected_interval_s=60,
        rate_per_s=(1150 - 100) / 1,  # from the first report to the last
        read_per_s=13.0,
        left_s=2.5,
        lag_records=5,
        accepted=1150,
        rejected=33,
        late=11,
        duplicates=22,
        published_ms=NOW_MS - 1_000,
        reasons={"a": 11, "b": 1},
        departed={"w": 11, "x": 9, "y": -8},
        departed_sources=10,
        unregistered={"z": 2},
        unregistered_sources=12,
        beyond={"sensors": 6, "ids": 8},
    )


def test_counters_are_summed_over_the_feeds_that_are_asked_for() -> None:
    view = two_partitions()
    wanted = {"accepted": 1150, "rejected": 33, "late": 11, "duplicates": 22}
    assert {field: view.count(field, {"dust"}) for field in wanted} == wanted
    assert view.count("accepted", {"dust", "cases"}) == 1157
    assert view.count("accepted", set()) == 0
    assert view.lag_records() == 5 + 10
    assert (view.last_event_ms("dust"), view.last_event_ms("gas")) == (NOW_MS - 50, 0)


def test_a_feed_that_never_spoke_has_zeros(dust: Feed) -> None:
    assert now_of(FeedView(), dust) == FeedNow(
        feed="dust",
        title=dust.title,
        mode="live",
        state=FeedState.NEVER,
        is_broken_off=False,
        age_s=None,
        last_event_ms=0,
        arrived_ms=0,
        expected_interval_s=60,
        rate_per_s=0.0,
        read_per_s=0.0,
        left_s=0.0,
        lag_records=0,
        accepted=0,
        rejected=0,
        late=0,
        duplicates=0,
        published_ms=0,
        reasons={},
        beyond={"sensors": 0, "ids": 0},
    )


@pytest.mark.parametrize(
    ("last_ms", "rate"), [(RATE_OVER_MS, 900 / 10.001), (RATE_OVER_MS + 1, 400 / 10.001)]
)
def test_a_rate_looks_back_over_ten_seconds_to_the_millisecond(
    dust: Feed, last_ms: int, rate: float
) -> None:
    view = FeedView()
    for at_ms, accepted in ((-1, 0), (0, 500), (last_ms, 900)):
        view.apply(health(0, NOW_MS + at_ms, accepted))
    assert now_of(view, dust, NOW_MS + last_ms).rate_per_s == pytest.approx(rate)


def test_a_rate_over_steps_is_from_the_oldest_within_ten_seconds(dust: Feed) -> None:
    view = FeedView()
    for second, accepted in enumerate((0, 100, 150, 160)):
        view.apply(health(0, NOW_MS + second * 6 * SECOND_MS, accepted))
    # at 18 s the report at 12 s is within, and the one at 6 s begins the line
    assert now_of(view, dust, NOW_MS + 18_000).rate_per_s == 60 / 12


def test_counts_that_fall_and_clocks_that_stand_give_no_rate(dust: Feed) -> None:
    view = FeedView()
    view.apply(health(0, NOW_MS, 500))
    assert now_of(view, dust).rate_per_s == 0.0
    view.apply(health(0, NOW_MS, 900))
    assert now_of(view, dust).rate_per_s == 0.0
    view.apply(health(0, NOW_MS + 2_000, 100))  # a raw topic made anew
    assert now_of(view, dust, NOW_MS + 2_000).rate_per_s == 0.0


# --- live and replay --------------------------------------------------------------------------


def test_a_feed_whose_newest_records_are_of_both_is_a_replay(dust: Feed) -> None:
    view = FeedView()
    view.apply(replay(0, NOW_MS, THEN_MS, received_ms=NOW_MS))
    view.apply(health(1, NOW_MS, 1, received_ms=NOW_MS))
    assert now_of(view, dust).mode == "replay"
    view.apply(health(1, NOW_MS, 1, received_ms=NOW_MS + 1))
    assert now_of(view, dust).mode == "live"


@pytest.mark.parametrize("seen", [{"received_ms": 5}, {"arrived_ms": 5}])
def test_whoever_was_heard_at_all_decides_whether_the_wall_is_live(
    seen: dict[str, int],
) -> None:
    view = FeedView()
    view.apply(replay(0, NOW_MS, THEN_MS))
    silent = {"received_ms": 0, "arrived_ms": 0}
    view.apply(health(0, NOW_MS, 0, feed="hazard", **silent))
    assert view.mode() == "replay"
    view.apply(health(0, NOW_MS, 0, feed="hazard", **(silent | seen)))
    assert view.mode() == "live"
    assert FeedView().mode() == "live"


def test_only_the_partitions_of_a_replay_say_whether_it_has_ended(dust: Feed) -> None:
    view = FeedView()
    view.apply(replay(0, NOW_MS, THEN_MS, is_ended=True, received_ms=NOW_MS))
    view.apply(health(1, NOW_MS, 1, received_ms=NOW_MS - 9))
    assert now_of(view, dust).state is FeedState.ENDED


def test_the_clock_of_a_replay_is_that_of_all_feeds_of_its_run(dust: Feed) -> None:
    view = FeedView()
    view.apply(replay(0, NOW_MS, THEN_MS))
    view.apply(health(0, NOW_MS, 1, feed="hazard", sent_ms=NOW_MS, run="replay-1"))
    view.apply(replay(0, NOW_MS, THEN_MS + 60_000, feed="cases"))
    view.apply(replay(0, NOW_MS, THEN_MS + 999_000, feed="gas", run="other"))
    assert now_of(view, dust).age_s == 60


def test_a_replay_is_broken_off_by_the_newest_of_its_marks(dust: Feed) -> None:
    view = FeedView()
    view.apply(replay(0, NOW_MS, THEN_MS, received_ms=NOW_MS - 99_000))
    view.apply(replay(1, NOW_MS, THEN_MS, received_ms=NOW_MS - 15_000))
    assert not now_of(view, dust).is_broken_off
    view.apply(replay(1, NOW_MS, THEN_MS, received_ms=NOW_MS - 15_001))
    assert now_of(view, dust).is_broken_off


# --- reports that wait to be applied ----------------------------------------------------------


def applied(dust: Feed, *steps: tuple[int, int], left_s: float = 0.0) -> FeedNow:
    """Apply reports of (age when applied, seconds of wall clock), and give the feed at the last."""
    view = FeedView()
    for second, age_ms in steps:
        now_ms = NOW_MS + second * SECOND_MS
        view.apply(health(0, now_ms - age_ms, 1, records_s=100.0, left_s=left_s))
        view.observe(["dust"], now_ms)
    return view.now(dust, now_ms, LIMITS)


@pytest.mark.parametrize(("age_ms", "is_behind"), [(10_000, False), (10_001, True)])
def test_reports_older_than_ten_seconds_are_still_to_be_applied(
    dust: Feed, age_ms: int, is_behind: bool
) -> None:
    now = applied(dust, (0, 20_000), (1, age_ms))
    assert (now.state is FeedState.CATCHING_UP) is is_behind
    assert now.read_per_s == (pytest.approx(100.0 * 10.999) if is_behind else 100.0)


def test_the_time_left_is_the_longer_of_reading_and_applying(dust: Feed) -> None:
    steps = ((0, 60_000), (1, 58_000))  # three seconds of reports in one of wall clock
    assert applied(dust, *steps).left_s == pytest.approx(58 / 2)
    assert applied(dust, *steps, left_s=90.0).left_s == 90.0
    assert applied(dust, *steps, left_s=-1.0).left_s is None
    assert applied(dust, (0, 60_000), (1, 60_000)).left_s is None  # as fast as they come
    assert applied(dust, (0, 60_000), (1, 59_999)).left_s == pytest.approx(59_999, rel=1e-3)


@pytest.mark.parametrize(("silent_ms", "state"), [(10_000, "current"), (10_001, "unheard")])
def test_ingest_reports_while_a_new_report_came_within_ten_seconds(
    dust: Feed, silent_ms: int, state: str
) -> None:
    view = FeedView()
    view.apply(health(0, NOW_MS, 1))
    view.observe(["dust"], NOW_MS)
    view.apply(health(0, NOW_MS + 1_000, 1))
    view.observe(["dust"], NOW_MS + 1_000)
    view.observe(["dust"], NOW_MS + 1_000 + silent_ms)
    assert view.now(dust, NOW_MS + 1_000 + silent_ms, LIMITS).state == state


def test_a_feed_nobody_observed_is_not_called_silent(dust: Feed) -> None:
    view = FeedView()
    view.apply(health(0, NOW_MS, 1))
    now = view.now(dust, NOW_MS, LIMITS)
    assert (now.state, now.left_s, now.read_per_s) == (FeedState.CURRENT, 0.0, 0.0)
    assert view.now(dust, NOW_MS + 60_000, LIMITS).state is FeedState.CURRENT


def test_every_partition_must_have_been_reported_on(dust: Feed) -> None:
    view = FeedView()
    view.apply(health(0, NOW_MS, 1))
    view.apply(health(1, NOW_MS - 60_000, 1))
    view.observe(["dust"], NOW_MS)
    assert view.now(dust, NOW_MS, LIMITS).published_ms == NOW_MS - 60_000
    assert view.now(dust, NOW_MS, LIMITS).state is FeedState.CATCHING_UP


def test_one_partition_that_catches_up_is_enough(dust: Feed) -> None:
    view = FeedView()
    view.apply(health(0, NOW_MS, 1))
    view.apply(health(1, NOW_MS, 1, is_catching_up=True))
    assert now_of(view, dust).state is FeedState.CATCHING_UP


def test_a_raw_topic_is_as_wide_as_its_newest_report_says(dust: Feed) -> None:
    view = FeedView()
    view.apply(health(2, NOW_MS - 5, 7, raw_partitions=3))
    view.apply(health(0, NOW_MS, 5, raw_partitions=2))
    assert now_of(view, dust).accepted == 5
    view.apply(health(1, NOW_MS + 1, 9, raw_partitions=3))
    assert now_of(view, dust).accepted == 5 + 7 + 9


def test_the_twenty_most_told_sources_are_named(dust: Feed) -> None:
    view = FeedView()
    for partition in (0, 1):
        odd = {f"s{n:02d}": n * (-1) ** n for n in range(partition, 26, 2)}
        view.apply(health(partition, NOW_MS, 1, departed=odd, unregistered=odd))
    now = now_of(view, dust)
    assert list(now.departed) == [f"s{n:02d}" for n in range(25, 5, -1)]
    assert now.departed["s25"] == -25
    assert now.departed == now.unregistered
