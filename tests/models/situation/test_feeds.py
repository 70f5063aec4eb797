"""Reports on the raw partitions of a feed: its sums, its mode and state, and rates made of them."""

from __future__ import annotations

import pytest

from config.catalog import Feed
from config.place import SituationLimits
from models.messages.feed_health import FeedHealth
from models.situation.feed_state import FeedState
from models.situation.feeds import FeedView
from models.situation.snapshot import FeedNow
from tests.streams.agents.district import dongcheng

LIMITS = SituationLimits()
NOW_MS = 1_800_000_000_000
THEN_MS = 1_271_401_530_000  # 2010


def health(partition: int, published_ms: int, accepted: int, **more: object) -> FeedHealth:
    fields: dict[str, object] = {
        "feed": "dust",
        "raw_partition": partition,
        "raw_partitions": 2,
        "published_ms": published_ms,
        "position": 90,
        "end": 100,
        "sent_ms": published_ms,
        "last_event_ms": published_ms - 5,
        "arrived_ms": published_ms - 5,
        "received_ms": published_ms - 5,
        "watermark_ms": 0,
        "accepted": accepted,
        "rejected": 2,
        "reasons": {"empty": 2},
    }
    return FeedHealth(**(fields | more))  # type: ignore[arg-type]


def replay(partition: int, published_ms: int, sent_ms: int, **more: object) -> FeedHealth:
    fields = {"mode": "replay", "run": "replay-1", "sent_ms": sent_ms, "last_event_ms": sent_ms}
    return health(partition, published_ms, 1, **(fields | more))


@pytest.fixture
def dust() -> Feed:
    return dongcheng().feeds["dust"]


def now_of(view: FeedView, feed: Feed, now_ms: int = NOW_MS) -> FeedNow:
    view.observe([feed.name], now_ms)
    return view.now(feed, now_ms, LIMITS)


def test_a_feed_is_the_sum_of_its_raw_partitions(dust: Feed) -> None:
    view = FeedView()
    view.apply(health(0, 1_000, 500))
    view.apply(health(1, 1_000, 300))
    view.apply(health(0, 3_000, 900))
    now = now_of(view, dust, 3_000)
    assert (now.accepted, now.rejected, now.lag_records) == (1200, 4, 20)
    assert now.reasons == {"empty": 4}
    assert (now.last_event_ms, now.arrived_ms, now.published_ms) == (2_995, 2_995, 1_000)
    assert now.rate_per_s == (1200 - 500) / 2
    assert view.count("accepted", {"dust"}) == 1200
    assert view.count("accepted", {"cases"}) == 0


def test_a_feed_that_never_spoke_has_no_times(dust: Feed) -> None:
    now = now_of(FeedView(), dust)
    assert (now.last_event_ms, now.published_ms, now.rate_per_s) == (0, 0, 0.0)
    assert (now.state, now.age_s) == (FeedState.NEVER, None)


def test_a_rate_looks_back_over_seconds_only(dust: Feed) -> None:
    view = FeedView()
    for second in range(100):
        view.apply(health(0, second * 1_000, second * 100 if second < 50 else 5_000))
    assert now_of(view, dust).rate_per_s == 0.0


# --- live and replay --------------------------------------------------------------------------


def test_a_live_feed_is_judged_by_the_wall_clock_however_old_it_is(dust: Feed) -> None:
    view = FeedView()
    silent = health(0, NOW_MS, 1, arrived_ms=NOW_MS - 41 * 60_000, received_ms=NOW_MS - 41 * 60_000)
    view.apply(silent)
    now = now_of(view, dust)
    assert (now.mode, now.state, now.age_s) == ("live", FeedState.STALE, 41 * 60)
    assert (view.mode(), view.clock_ms(NOW_MS)) == ("live", NOW_MS)


def test_a_replay_is_judged_by_the_clock_of_its_run(dust: Feed) -> None:
    view = FeedView()
    view.apply(replay(0, NOW_MS, THEN_MS))
    view.apply(replay(0, NOW_MS, THEN_MS + 170_000, feed="hazard"))
    view.apply(replay(0, NOW_MS, THEN_MS + 10**9, feed="cases", run="another"))
    now = now_of(view, dust)
    assert (now.mode, now.state, now.age_s) == ("replay", FeedState.LATE, 170)
    assert (view.mode(), view.clock_ms(NOW_MS)) == ("replay", THEN_MS + 10**9)


def test_one_live_feed_makes_the_wall_live(dust: Feed) -> None:
    view = FeedView()
    view.apply(replay(0, NOW_MS, THEN_MS))
    view.apply(health(0, NOW_MS, 1, feed="hazard"))
    assert now_of(view, dust).mode == "replay"
    assert (view.mode(), view.clock_ms(NOW_MS)) == ("live", NOW_MS)


def test_a_feed_that_was_never_reported_does_not_make_a_replay_live() -> None:
    view = FeedView()
    never = {"arrived_ms": 0, "received_ms": 0, "sent_ms": 0, "last_event_ms": 0}
    view.apply(replay(0, NOW_MS, THEN_MS))
    view.apply(health(0, NOW_MS, 0, feed="hazard", **never))
    assert (view.mode(), view.clock_ms(NOW_MS)) == ("replay", THEN_MS)


def test_a_replay_has_ended_when_every_partition_of_it_says_so(dust: Feed) -> None:
    view = FeedView()
    view.apply(replay(0, NOW_MS, THEN_MS, is_ended=True))
    view.apply(replay(1, NOW_MS, THEN_MS))
    assert now_of(view, dust).state is FeedState.CURRENT
    view.apply(replay(1, NOW_MS, THEN_MS, is_ended=True))
    assert now_of(view, dust).state is FeedState.ENDED


def test_a_live_record_after_a_replay_makes_the_feed_live(dust: Feed) -> None:
    view = FeedView()
    view.apply(replay(0, NOW_MS, THEN_MS, is_ended=True, received_ms=NOW_MS - 100))
    view.apply(health(1, NOW_MS, 1, received_ms=NOW_MS - 50))
    now = now_of(view, dust)
    assert (now.mode, now.state) == ("live", FeedState.CURRENT)


def test_a_replay_without_marks_was_broken_off(dust: Feed) -> None:
    view = FeedView()
    view.apply(replay(0, NOW_MS, THEN_MS, received_ms=NOW_MS - 15_001))
    now = now_of(view, dust)
    assert (now.state, now.is_broken_off) == (FeedState.STALE, True)


# --- reports of ingest ------------------------------------------------------------------------


def test_ingest_is_silent_only_when_no_new_report_was_applied_for_ten_seconds(dust: Feed) -> None:
    view = FeedView()
    view.apply(health(0, NOW_MS, 1))
    states = {
        second: now_of(view, dust, NOW_MS + second * 1000).state for second in (0, 1, 10, 11, 60)
    }
    assert states[10] is not FeedState.UNHEARD
    assert states[11] is states[60] is FeedState.UNHEARD
    view.apply(health(0, NOW_MS + 61_000, 1))
    assert now_of(view, dust, NOW_MS + 61_000).state is FeedState.CURRENT


def test_a_worker_that_applies_old_reports_catches_up_and_ingest_is_not_silent(dust: Feed) -> None:
    """Reports of an hour ago are applied, twenty seconds of them in a second of wall clock."""
    view = FeedView()
    for second in range(30):
        view.apply(health(0, NOW_MS - 3_600_000 + second * 20_000, second, records_s=600.0))
        now = now_of(view, dust, NOW_MS + second * 1000)
        assert now.state is FeedState.CATCHING_UP
    assert now.read_per_s == pytest.approx(12_000)
    behind_s = 3_600 + 29 - 29 * 20
    assert now.left_s == pytest.approx(behind_s / 19)


def test_a_worker_that_gains_nothing_knows_no_time_left(dust: Feed) -> None:
    view = FeedView()
    for second in range(5):
        view.apply(health(0, NOW_MS - 3_600_000 + second * 1_000, second))
        now = now_of(view, dust, NOW_MS + second * 1000)
    assert (now.state, now.left_s) == (FeedState.CATCHING_UP, None)


@pytest.mark.parametrize(("left_s", "said"), [((30.0, 40.0), 40.0), ((30.0, -1.0), None)])
def test_a_backlog_of_ingest_has_the_time_of_its_slowest_partition(
    dust: Feed, left_s: tuple[float, float], said: float | None
) -> None:
    view = FeedView()
    for partition, left in enumerate(left_s):
        backlog = {"is_catching_up": True, "records_s": 6_000.0, "left_s": left}
        view.apply(health(partition, NOW_MS, 1, **backlog))
    now = now_of(view, dust)
    assert (now.state, now.read_per_s, now.left_s) == (FeedState.CATCHING_UP, 12_000, said)


def test_a_raw_topic_made_anew_with_fewer_partitions_forgets_the_others(dust: Feed) -> None:
    view = FeedView()
    view.apply(health(1, NOW_MS - 10**6, 7, raw_partitions=2))
    view.apply(health(0, NOW_MS, 5, raw_partitions=1))
    now = now_of(view, dust)
    assert (now.accepted, now.state) == (5, FeedState.CURRENT)


def test_a_feed_whose_first_records_wait_is_catching_up_and_not_never_heard(dust: Feed) -> None:
    view = FeedView()
    nothing = {"last_event_ms": 0, "arrived_ms": 0, "received_ms": 0, "position": 0}
    for partition in (0, 1):
        view.apply(health(partition, NOW_MS, 0, **nothing, end=0))
    assert view.now(dust, NOW_MS, SituationLimits()).state is FeedState.NEVER
    view.apply(health(1, NOW_MS, 0, **nothing, end=3))
    assert view.now(dust, NOW_MS, SituationLimits()).state is FeedState.CATCHING_UP
