"""The delays, windows and bands of a warning's life, from just inside and just outside."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from models.messages.signals import Signal
from models.messages.warnings import Level, Reason, WarningChange
from models.warnings.lifecycle import AlarmState, LifecycleDecision, decide
from models.warnings.streaks import SILENCE_MS
from tests.models.warnings.warning_things import (
    CELL,
    ELSEWHERE,
    FLAPPING,
    LIMIT,
    NEIGHBOUR,
    RULE,
    START_MS,
    over,
    reading,
    tick_ms,
)

MINUTE_MS = 60_000
RAISED, CLEARED = WarningChange.RAISED, WarningChange.CLEARED


def at(
    state: AlarmState, ms: int, *signals: Signal, silent: tuple[str, ...] = (), **rule: Any
) -> tuple[AlarmState, LifecycleDecision | None]:
    """Take a pane that ends so long after the start into a life under `FLAPPING`."""
    changed = FLAPPING.model_copy(update=rule)
    return decide(state, changed, signals, START_MS + ms, silent)


def opened(value: float = 10, **rule: Any) -> AlarmState:
    """Give a warning that was raised in its first minute."""
    state, raised = at(AlarmState(), MINUTE_MS, over(0, value), **rule)
    assert raised is not None
    return state


def normal(cell: str = CELL) -> Signal:
    return over(0, 0, cell, active=False)


def test_what_is_remembered_of_a_warning_that_was_raised() -> None:
    early = over(0, 5)
    state, _ = decide(AlarmState(), LIMIT, [early], tick_ms(0))
    state, decision = decide(
        state, LIMIT, [over(1, 7), over(1, 99, NEIGHBOUR)], tick_ms(1), [ELSEWHERE]
    )
    assert decision == LifecycleDecision(RAISED, Reason.SUSTAINED, Level.YELLOW)
    assert (state.opened_ms, state.raised_ms) == (early.start_ms, tick_ms(1))
    assert (state.reported_ms, state.held_ms, state.tick_ms) == (tick_ms(1),) * 3
    assert (state.normal_count, state.cleared_ms, state.is_unsteady) == (0, 0, False)
    assert {cell: each.in_warning for cell, each in state.cells.items()} == {
        CELL: True,
        NEIGHBOUR: False,
    }


def test_the_oldest_of_those_ready_gives_the_beginning_and_the_worst_the_level() -> None:
    state, _ = decide(AlarmState(), LIMIT, [over(0, 5, NEIGHBOUR), over(0, 5)], tick_ms(0))
    quiet = msgspec.structs.replace(over(1, 20), start_ms=START_MS + 1)
    state, decision = decide(state, LIMIT, [over(1, 5, NEIGHBOUR), quiet], tick_ms(1))
    assert decision == LifecycleDecision(RAISED, Reason.SUSTAINED, Level.RED)
    assert state.opened_ms == START_MS


def test_a_pane_must_be_newer_to_count() -> None:
    state = opened()
    for ms in (MINUTE_MS - 1, MINUTE_MS):
        assert at(state, ms, normal()) == (state, None)
    assert at(state, MINUTE_MS + 1, normal())[0].tick_ms == START_MS + MINUTE_MS + 1


@pytest.mark.parametrize(("clear_after", "panes"), [(1, 1), (2, 2), (5, 5)])
def test_the_off_delay_is_in_panes_that_were_heard(clear_after: int, panes: int) -> None:
    state, count = opened(clear_after=clear_after), 0
    while state.level is not None:
        count += 1
        state, _ = at(state, (1 + count) * MINUTE_MS, normal(), clear_after=clear_after)
    assert count == panes


@pytest.mark.parametrize(("minutes", "is_over"), [(29, False), (30, True)])
def test_a_warning_is_open_for_its_least_time_to_the_minute(minutes: int, is_over: bool) -> None:
    rule: dict[str, Any] = {"min_open_min": 30, "clear_after": 1}
    state, decision = at(opened(**rule), (1 + minutes) * MINUTE_MS, normal(), **rule)
    assert (decision is not None, state.level is None) == (is_over, is_over)


def cleared(**rule: Any) -> AlarmState:
    """Give what is left of a warning that was cleared in its second minute."""
    state, decision = at(opened(clear_after=1), 2 * MINUTE_MS, normal(), clear_after=1, **rule)
    assert decision == LifecycleDecision(CLEARED, Reason.NORMAL, Level.ORANGE)
    assert state == AlarmState(
        tick_ms=START_MS + 2 * MINUTE_MS, cleared_ms=START_MS + 2 * MINUTE_MS
    )
    return state


@pytest.mark.parametrize(
    ("ms", "reason"),
    [(360 * MINUTE_MS, Reason.UNSTEADY), (360 * MINUTE_MS + 1, Reason.SUSTAINED)],
)
def test_a_warning_may_come_again_to_the_end_of_its_window(ms: int, reason: Reason) -> None:
    state, decision = at(cleared(), 2 * MINUTE_MS + ms, over(0, 10))
    assert decision == LifecycleDecision(RAISED, reason, Level.ORANGE)
    assert state.is_unsteady == (reason is Reason.UNSTEADY)


@pytest.mark.parametrize(
    ("ms", "is_empty"), [(360 * MINUTE_MS, False), (360 * MINUTE_MS + 1, True)]
)
def test_an_area_is_remembered_for_as_long_as_its_warning_may_come_again(
    ms: int, is_empty: bool
) -> None:
    state, _ = at(cleared(), 2 * MINUTE_MS + ms)
    assert state.is_empty(FLAPPING) is is_empty
    assert not opened().is_empty(FLAPPING)
    waiting, _ = decide(AlarmState(), LIMIT, [over(0, 5)], tick_ms(0))
    assert not waiting.is_empty(LIMIT)
    assert AlarmState().is_empty(FLAPPING)


@pytest.mark.parametrize(("minutes", "is_over"), [(59, False), (60, True)])
def test_an_unsteady_warning_ends_an_hour_after_it_last_held_a_level(
    minutes: int, is_over: bool
) -> None:
    state, _ = at(cleared(), 3 * MINUTE_MS, over(0, 10))
    state, _ = at(state, 10 * MINUTE_MS, over(0, 2))  # holds the lowest level
    assert state.held_ms == START_MS + 10 * MINUTE_MS
    state, _ = at(state, 11 * MINUTE_MS, normal())
    assert state.held_ms == START_MS + 10 * MINUTE_MS
    _, decision = at(state, (10 + minutes) * MINUTE_MS, normal())
    wanted = LifecycleDecision(CLEARED, Reason.NORMAL, Level.ORANGE)
    assert decision == (wanted if is_over else None)


def test_silence_ends_a_warning_after_six_hours_and_leaves_nothing_to_come_again() -> None:
    reported_ms = MINUTE_MS
    almost, decision = at(opened(), reported_ms + SILENCE_MS - 1, silent=(CELL,))
    assert (decision, almost.reported_ms) == (None, START_MS + reported_ms)
    for state in (opened(), almost):
        ended, decision = at(state, reported_ms + SILENCE_MS, silent=(CELL,))
        assert decision == LifecycleDecision(CLEARED, Reason.NO_DATA, Level.ORANGE)
        assert ended == AlarmState(tick_ms=START_MS + reported_ms + SILENCE_MS)


def test_one_member_that_is_heard_is_enough_to_be_heard() -> None:
    state, _ = at(AlarmState(), MINUTE_MS, over(0, 10), over(0, 5, NEIGHBOUR))
    state, _ = at(state, 2 * MINUTE_MS, over(0, 5, NEIGHBOUR), silent=(CELL,))
    assert (state.reported_ms, state.held_ms) == (START_MS + 2 * MINUTE_MS,) * 2
    state, decision = at(state, MINUTE_MS + SILENCE_MS, over(0, 5, NEIGHBOUR), silent=(CELL,))
    assert (decision, state.level) == (None, Level.ORANGE)  # 5 still holds it
    _, decision = at(state, 2 * MINUTE_MS + SILENCE_MS, over(0, 3, NEIGHBOUR), silent=(CELL,))
    assert decision == LifecycleDecision(WarningChange.LEVEL_DOWN, Reason.LOWER, Level.YELLOW)


@pytest.mark.parametrize(
    ("value", "level"),
    [
        (9.0, Level.ORANGE),
        (4.5, Level.ORANGE),
        (4.4, Level.YELLOW),
        (3.0, Level.YELLOW),
        (2.9, Level.BLUE),
    ],
)
def test_a_level_is_held_to_its_release_and_not_under_it(value: float, level: Level) -> None:
    state, decision = at(opened(), 2 * MINUTE_MS, over(0, value))
    assert state.level is level
    if level is Level.ORANGE:
        assert decision is None
    else:
        assert decision == LifecycleDecision(WarningChange.LEVEL_DOWN, Reason.LOWER, level)


def test_a_level_that_rises_is_told_before_the_cells_that_join() -> None:
    state, decision = at(opened(5), 2 * MINUTE_MS, over(0, 10), over(0, 5, NEIGHBOUR))
    assert decision == LifecycleDecision(WarningChange.LEVEL_UP, Reason.HIGHER, Level.ORANGE)
    assert state.cells[NEIGHBOUR].in_warning
    _, again = at(state, 3 * MINUTE_MS, over(0, 10), over(0, 20, NEIGHBOUR))
    assert again == LifecycleDecision(WarningChange.LEVEL_UP, Reason.HIGHER, Level.RED)


def test_a_level_that_falls_is_told_before_the_cells_that_join() -> None:
    _, decision = at(opened(), 2 * MINUTE_MS, over(0, 3), over(0, 5, NEIGHBOUR))
    # the neighbour, at 5, holds the orange of 9 × 0.5
    assert decision == LifecycleDecision(WarningChange.UPDATED, Reason.JOINED, Level.ORANGE)
    _, decision = at(opened(20), 2 * MINUTE_MS, over(0, 3), over(0, 5, NEIGHBOUR))
    assert decision == LifecycleDecision(WarningChange.LEVEL_DOWN, Reason.LOWER, Level.ORANGE)


def test_what_is_normal_never_moves_a_level() -> None:
    state, decision = at(opened(), 2 * MINUTE_MS, normal())
    assert (decision, state.level, state.normal_count) == (None, Level.ORANGE, 1)


@pytest.mark.parametrize(("is_grown", "ms"), [(True, 2), (False, 2)])
def test_a_member_that_has_grown_is_told(is_grown: bool, ms: int) -> None:
    more = msgspec.structs.replace(over(0, 10), grown=is_grown)
    state, decision = at(opened(), ms * MINUTE_MS, more)
    joined = LifecycleDecision(WarningChange.UPDATED, Reason.JOINED, Level.ORANGE)
    assert decision == (joined if is_grown else None)
    assert at(state, (ms + 1) * MINUTE_MS, silent=(CELL,))[1] is None  # told once
    faded = msgspec.structs.replace(over(0, 4.5), grown=True)
    assert at(opened(4.5), ms * MINUTE_MS, faded)[1] is not None
    under = msgspec.structs.replace(over(0, 3), grown=True)
    assert at(opened(4.5), ms * MINUTE_MS, under)[1] is None  # not over the lowest level


def test_an_unsteady_warning_that_has_grown_is_told_though_it_never_falls() -> None:
    state, _ = at(cleared(), 3 * MINUTE_MS, over(0, 20))
    state, decision = at(state, 4 * MINUTE_MS, over(0, 3))
    assert (decision, state.level) == (None, Level.RED)
    _, decision = at(state, 5 * MINUTE_MS, over(0, 3), over(0, 5, NEIGHBOUR))
    assert decision == LifecycleDecision(WarningChange.UPDATED, Reason.JOINED, Level.RED)


def test_readings_come_rated_as_runs_and_all_else_waits_for_as_many_as_the_rule_asks() -> None:
    assert (RULE.raise_after, RULE.on_delay) == (2, 1)
    assert (LIMIT.raise_after, LIMIT.on_delay) == (2, 2)
    for rule, panes in ((RULE, 1), (LIMIT.model_copy(update={"raise_after": 3}), 3)):
        state, told = AlarmState(), list[int]()
        for pane in range(4):
            signal = reading(pane, 90) if rule is RULE else over(pane, 9)
            state, decision = decide(state, rule, [signal], tick_ms(pane))
            told += [pane + 1] if decision else []
        assert told == [panes]
