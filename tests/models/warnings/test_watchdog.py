"""When the silence of the line is told, reminded of and taken back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from models.timing.units import MINUTE_MS
from models.warnings.watchdog import (
    REMIND_MS,
    LineState,
    Watch,
    heard,
    is_beat_due,
    judged,
)

NOW_MS = 1_718_000_000_000
LIMIT_MS = 5 * MINUTE_MS
FRESH = Watch(heard_ms=NOW_MS)


def test_silence_is_told_at_the_limit_and_once() -> None:
    assert judged(FRESH, NOW_MS + LIMIT_MS - 1, LIMIT_MS) == (FRESH, None)
    watch, told = judged(FRESH, NOW_MS + LIMIT_MS, LIMIT_MS)
    assert told is LineState.SILENT
    assert judged(watch, NOW_MS + LIMIT_MS + 1, LIMIT_MS) == (watch, None)


def test_silence_is_told_again_each_half_hour_until_it_is_over() -> None:
    watch, _ = judged(FRESH, NOW_MS + LIMIT_MS, LIMIT_MS)
    at_ms = NOW_MS + LIMIT_MS + REMIND_MS
    assert judged(watch, at_ms - 1, LIMIT_MS)[1] is None
    watch, told = judged(watch, at_ms, LIMIT_MS)
    assert told is LineState.SILENT
    watch, told = judged(heard(watch, at_ms, at_ms), at_ms, LIMIT_MS)
    assert told is LineState.BACK
    assert judged(watch, at_ms + 1, LIMIT_MS)[1] is None


def test_heartbeats_that_come_late_are_told_of_as_such() -> None:
    late = heard(FRESH, NOW_MS - LIMIT_MS, NOW_MS)
    assert judged(late, NOW_MS, LIMIT_MS)[1] is LineState.BEHIND
    assert judged(heard(FRESH, NOW_MS - LIMIT_MS + 1, NOW_MS), NOW_MS, LIMIT_MS)[1] is None


def test_a_clock_of_ingest_that_is_ahead_hides_no_silence() -> None:
    ahead = heard(FRESH, NOW_MS + 60 * MINUTE_MS, NOW_MS)
    assert judged(ahead, NOW_MS, LIMIT_MS)[1] is None
    assert judged(ahead, NOW_MS + LIMIT_MS, LIMIT_MS)[1] is LineState.SILENT


@given(st.lists(st.tuples(st.integers(0, 20), st.booleans()), max_size=60))
def test_what_was_told_last_is_what_is_so(steps: list[tuple[int, bool]]) -> None:
    watch, now_ms, last = FRESH, NOW_MS, LineState.BACK
    for minutes, beats in steps:
        now_ms += minutes * MINUTE_MS
        if beats:
            watch = heard(watch, now_ms, now_ms)
        watch, told = judged(watch, now_ms, LIMIT_MS)
        last = told or last
        is_silent = now_ms - watch.heard_ms >= LIMIT_MS
        assert (last is LineState.SILENT) is is_silent


@given(st.lists(st.integers(0, 400), min_size=1, max_size=50))
def test_there_is_one_heartbeat_a_minute_and_one_in_every_minute_heard(steps: list[int]) -> None:
    now_s, last_ms, minutes, beats = 1_718_000_000, 0, set[int](), list[int]()
    for seconds in steps:
        now_s += seconds
        minutes.add(now_s // 60)
        if is_beat_due(last_ms, now_s * 1000):
            last_ms = now_s * 1000
            beats.append(now_s // 60)
    assert sorted(minutes) == beats


def test_a_clock_that_was_set_back_far_does_not_stop_the_heart() -> None:
    assert not is_beat_due(NOW_MS, NOW_MS - 5 * MINUTE_MS)
    assert is_beat_due(NOW_MS, NOW_MS - 60 * MINUTE_MS)
