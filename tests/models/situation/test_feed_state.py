"""The state of a feed: by the wall clock when live, by its own clock in a replay."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.place import SituationLimits
from models.situation.feed_state import FeedFacts, FeedState, age_s, feed_state, is_broken_off

LIMITS = SituationLimits()
NOW_MS = 1_800_000_000_000
THEN_MS = 1_271_401_530_000  # 2010


def feed(silent_s: float = 0, **changes: object) -> FeedFacts:
    """A live feed of one record a minute, silent for so long."""
    at_ms = NOW_MS - int(silent_s * 1000)
    base = FeedFacts(
        expected_interval_s=60,
        allowed_lateness_s=600,
        last_event_ms=at_ms,
        arrived_ms=at_ms,
        received_ms=at_ms,
    )
    return msgspec.structs.replace(base, **changes)


def state(one: FeedFacts, replay_ms: int = 0) -> FeedState:
    return feed_state(one, NOW_MS, replay_ms, LIMITS)


@pytest.mark.parametrize(
    ("silent_s", "expected"),
    [
        (0, FeedState.CURRENT),
        (90, FeedState.CURRENT),
        (91, FeedState.LATE),
        (180, FeedState.LATE),
        (181, FeedState.STALE),
        (13 * 60, FeedState.STALE),  # silent from 21:12 to 21:25
        (41 * 60, FeedState.STALE),
        (10 * 365 * 86_400, FeedState.STALE),  # as old as a replay would be
    ],
)
def test_a_live_feed_goes_late_then_stale_by_the_wall_clock(
    silent_s: int, expected: FeedState
) -> None:
    assert state(feed(silent_s)) is expected


def test_old_data_that_keep_coming_are_stale_past_the_allowed_lateness() -> None:
    old = feed(last_event_ms=NOW_MS - 781_000)
    assert age_s(old, NOW_MS, 0) == 181
    assert state(old) is FeedState.STALE
    assert state(feed(last_event_ms=NOW_MS - 600_000)) is FeedState.CURRENT


def test_an_event_ahead_of_the_wall_clock_hides_no_silence() -> None:
    ahead = feed(181, last_event_ms=NOW_MS + 10**9)
    assert state(ahead) is FeedState.STALE


def test_a_report_of_an_older_version_is_judged_by_event_time() -> None:
    assert state(feed(181, arrived_ms=0, received_ms=0)) is FeedState.STALE


def test_a_replay_is_judged_by_its_own_clock() -> None:
    replay = feed(is_replay=True, last_event_ms=THEN_MS)
    assert state(replay, THEN_MS) is FeedState.CURRENT
    assert state(replay, THEN_MS + 91_000) is FeedState.LATE  # its other feeds went on
    assert state(replay, THEN_MS + 181_000) is FeedState.STALE
    assert state(msgspec.structs.replace(replay, arrived_ms=NOW_MS - 10**9), THEN_MS) is (
        FeedState.CURRENT  # slower than real time
    )


@pytest.mark.parametrize(
    ("received_s", "is_ended", "expected"),
    [
        (15, False, FeedState.CURRENT),
        (16, False, FeedState.STALE),  # broken off
        (16, True, FeedState.ENDED),
        (10**7, True, FeedState.ENDED),
    ],
)
def test_a_replay_that_no_longer_marks_its_records_was_broken_off_unless_it_ended(
    received_s: int, is_ended: bool, expected: FeedState
) -> None:
    received_ms = NOW_MS - received_s * 1000
    one = feed(is_replay=True, is_ended=is_ended, last_event_ms=THEN_MS, received_ms=received_ms)
    assert state(one, THEN_MS) is expected


def test_nothing_received_is_never_and_no_report_is_unheard() -> None:
    nothing = feed(last_event_ms=0, arrived_ms=0)
    assert state(nothing) is FeedState.NEVER
    assert state(msgspec.structs.replace(nothing, is_reported=False)) is FeedState.UNHEARD
    assert state(feed(is_reported=False, is_replay=True, is_ended=True)) is FeedState.UNHEARD


def test_a_backlog_explains_old_data() -> None:
    assert state(feed(3600, is_behind=True)) is FeedState.CATCHING_UP
    assert state(feed(is_behind=True, is_reported=False)) is FeedState.UNHEARD


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.booleans(), st.booleans())
def test_a_longer_silence_is_never_a_calmer_state(
    silent_s: int, more_s: int, is_replay: bool, is_ended: bool
) -> None:
    order = (FeedState.CURRENT, FeedState.ENDED, FeedState.LATE, FeedState.STALE)
    changes = {"is_replay": is_replay, "is_ended": is_ended}
    before = state(feed(silent_s, **changes), NOW_MS)
    after = state(feed(silent_s + more_s, **changes), NOW_MS)
    assert order.index(after) >= order.index(before)


@given(st.integers(0, 2 * NOW_MS), st.integers(0, 2 * NOW_MS), st.booleans())
def test_the_age_of_a_live_feed_never_depends_on_the_clock_of_a_replay(
    event_ms: int, arrived_ms: int, is_reported: bool
) -> None:
    one = feed(last_event_ms=event_ms, arrived_ms=arrived_ms, is_reported=is_reported)
    assert state(one, 0) is state(one, NOW_MS)
    age = age_s(one, NOW_MS, 0)
    assert (age is None) == (event_ms == arrived_ms == 0)
    assert age is None or age >= 0


def test_the_age_is_the_older_of_arrival_and_event_past_the_lateness() -> None:
    quiet = feed(last_event_ms=NOW_MS - 650_000, arrived_ms=NOW_MS - 40_000)
    assert age_s(quiet, NOW_MS, 0) == 50
    assert age_s(msgspec.structs.replace(quiet, arrived_ms=NOW_MS - 60_000), NOW_MS, 0) == 60
    ahead = feed(last_event_ms=NOW_MS + 5_000, arrived_ms=NOW_MS + 5_000)
    assert age_s(ahead, NOW_MS, 0) == 0


def test_an_older_report_without_an_arrival_is_judged_by_its_event_time_alone() -> None:
    old = feed(last_event_ms=NOW_MS - 100_000, arrived_ms=0)
    assert age_s(old, NOW_MS, 0) == 100
    assert age_s(feed(last_event_ms=NOW_MS + 1, arrived_ms=0), NOW_MS, 0) == 0
    arrived = feed(last_event_ms=0, arrived_ms=NOW_MS - 1_000)
    assert age_s(arrived, NOW_MS, 0) == NOW_MS / 1000 - 600


def test_the_age_in_a_replay_is_how_far_its_clock_is_past_the_newest_event() -> None:
    one = feed(is_replay=True, last_event_ms=THEN_MS)
    assert age_s(one, NOW_MS, THEN_MS + 1_500) == 1.5
    assert age_s(one, NOW_MS, THEN_MS - 1) == 0


@pytest.mark.parametrize(
    ("is_replay", "is_ended", "received_ms", "wanted"),
    [
        (True, False, NOW_MS - 15_000, False),
        (True, False, NOW_MS - 15_001, True),
        (True, True, NOW_MS - 15_001, False),
        (False, False, NOW_MS - 15_001, False),
    ],
)
def test_only_a_replay_that_did_not_end_can_break_off(
    is_replay: bool, is_ended: bool, received_ms: int, wanted: bool
) -> None:
    one = feed(is_replay=is_replay, is_ended=is_ended, received_ms=received_ms)
    assert is_broken_off(one, NOW_MS) is wanted
