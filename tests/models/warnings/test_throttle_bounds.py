"""The bucket of flood control, and what is published of whom, from just inside and outside."""

from __future__ import annotations

import msgspec
import pytest

from config.place import AlarmBudget
from models.messages.warnings import Level, Reason, Suppression, WarningChange
from models.timing.units import HOUR_MS
from models.warnings.throttle import share_of
from tests.models.warnings.test_throttle import (
    NOTHING,
    TWO,
    shown,
    suppressed,
    throttled,
    warning,
)


def test_a_bucket_fills_with_its_own_time_and_never_over_its_burst() -> None:
    state, _ = throttled(NOTHING, [warning("a")], 5 * HOUR_MS, TWO)
    assert (state.throttle.now_ms, state.throttle.tokens) == (5 * HOUR_MS, 1.0)
    half, _ = throttled(state, [], 5 * HOUR_MS + HOUR_MS // 2, TWO)
    assert (half.throttle.now_ms, half.throttle.tokens) == (5 * HOUR_MS + HOUR_MS // 2, 1.5)
    full, _ = throttled(state, [], 99 * HOUR_MS, TWO)
    assert full.throttle.tokens == TWO.burst
    back, _ = throttled(half, [], HOUR_MS, TWO)
    assert back.throttle == half.throttle


def test_an_empty_bucket_is_not_a_new_one() -> None:
    state, _ = throttled(NOTHING, [warning("a"), warning("b")], 0, TWO)
    assert state.throttle.tokens == 0.0
    _, (late,) = throttled(state, [warning("c")], 0, TWO)
    assert late.suppressed is Suppression.THROTTLED


def test_many_small_steps_of_time_make_the_same_room_as_one_large_one() -> None:
    budget = AlarmBudget(per_hour=10, burst=1)
    state, _ = throttled(NOTHING, [warning("a")], 0, budget)
    for step in range(1, 61):  # six minutes in sixty steps: one tenth of an hour
        state, _ = throttled(state, [], step * 6_000, budget)
    _, (shown_now,) = throttled(state, [warning("b")], 360_000, budget)
    assert not shown_now.suppressed


def test_equals_pass_in_the_order_of_their_names() -> None:
    one = AlarmBudget(per_hour=1, burst=1)
    _, published = throttled(NOTHING, [warning("b"), warning("a")], 0, one)
    assert (shown(published), suppressed(published)) == (["a"], ["b"])


def test_red_takes_no_room_from_others() -> None:
    flood = [warning("red", Level.RED), warning("a"), warning("b"), warning("c")]
    state, published = throttled(NOTHING, flood, 0, TWO)
    assert (shown(published), suppressed(published)) == (["red", "a", "b"], ["c"])
    assert state.throttle.tokens == 0.0


def test_what_is_published_first_are_the_changes_then_what_was_released() -> None:
    state, _ = throttled(NOTHING, [warning(name) for name in "dcba"], 0, TWO)
    grown = warning("b", change=WarningChange.UPDATED)
    state, published = throttled(state, [grown], 2 * HOUR_MS, TWO)
    assert [(each.id, each.reason, each.updated_ms) for each in published] == [
        ("b", Reason.SUSTAINED, 1),
        ("c", Reason.RELEASED, 2 * HOUR_MS),
        ("d", Reason.RELEASED, 2 * HOUR_MS),
    ]
    assert [each.change for each in published[1:]] == [WarningChange.RAISED] * 2
    assert state.throttle.tokens == 0.0
    assert not any(each.suppressed for each in state.standing.values())


def test_what_is_inhibited_costs_nothing_and_is_released_with_the_others() -> None:
    state, _ = throttled(NOTHING, [warning("a")], 0, TWO, inhibited_by="feed")
    assert state.throttle.tokens == TWO.burst
    assert state.standing["a"].inhibited_by == "feed"
    state, (free,) = throttled(state, [], 0, TWO)
    assert (free.suppressed, free.inhibited_by) == (Suppression.NONE, "")
    assert free.reason is Reason.RELEASED
    assert state.throttle.tokens == TWO.burst - 1


def test_an_end_keeps_why_its_warning_was_kept_back() -> None:
    for cause, why in (("feed", Suppression.INHIBITED), ("", Suppression.THROTTLED)):
        flood = [warning(name) for name in "abc"]
        state, _ = throttled(NOTHING, flood, 0, TWO, inhibited_by=cause)
        end = warning("c", change=WarningChange.CLEARED)
        _, (ended,) = throttled(state, [end], 1, TWO, inhibited_by=cause)
        assert (ended.suppressed, ended.inhibited_by) == (why, cause)
        assert ended.change is WarningChange.CLEARED
    state, _ = throttled(NOTHING, [warning("a")], 0, TWO)
    seen = warning("a", change=WarningChange.CLEARED)
    _, (ended,) = throttled(state, [seen], 1, TWO, inhibited_by="feed")
    assert (ended.suppressed, ended.inhibited_by) == (Suppression.NONE, "")


def test_an_end_of_what_never_stood_is_told_and_costs_nothing() -> None:
    state, (ended,) = throttled(NOTHING, [warning("x", change=WarningChange.CLEARED)], 0, TWO)
    assert (ended.suppressed, ended.change) == (Suppression.NONE, WarningChange.CLEARED)
    assert state.throttle.tokens == TWO.burst


def test_a_change_of_a_warning_that_is_seen_stays_what_it_is_and_costs_nothing() -> None:
    state, _ = throttled(NOTHING, [warning("a"), warning("b")], 0, TWO)
    up = warning("a", Level.ORANGE, change=WarningChange.LEVEL_UP)
    _, (told,) = throttled(state, [up], 1, TWO)
    assert (told.change, told.suppressed) == (WarningChange.LEVEL_UP, Suppression.NONE)


def test_a_held_warning_that_turns_red_is_raised() -> None:
    state, _ = throttled(NOTHING, [warning(name) for name in "abc"], 0, TWO)
    worse = warning("c", Level.RED, change=WarningChange.LEVEL_UP)
    _, (told,) = throttled(state, [worse], 1, TWO)
    assert (told.change, told.suppressed) == (WarningChange.RAISED, Suppression.NONE)


def test_the_state_before_is_never_changed() -> None:
    state, _ = throttled(NOTHING, [warning(name) for name in "abc"], 0, TWO)
    saved = msgspec.msgpack.encode(state)
    throttled(state, [warning("d"), warning("a", change=WarningChange.CLEARED)], HOUR_MS, TWO)
    assert msgspec.msgpack.encode(state) == saved


@pytest.mark.parametrize(("rules", "burst"), [(1, 10.0), (4, 2.5), (10, 1.0), (11, 1.0)])
def test_each_rule_of_an_owner_may_show_one_at_least(rules: int, burst: float) -> None:
    assert share_of(AlarmBudget(per_hour=6, burst=10), rules) == AlarmBudget(
        per_hour=6 / rules, burst=burst
    )
