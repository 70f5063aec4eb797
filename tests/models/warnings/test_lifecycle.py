"""The life of one warning: what raises, moves and ends it, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.catalog import DropRule, LimitRule
from config.levels import LEAST_DAYS
from models.messages.evidence import CountEvidence
from models.messages.signals import CountSignal, Signal
from models.messages.warnings import Level, Reason, WarningChange
from models.warnings.levels import level_at, rating
from models.warnings.lifecycle import AlarmState, LifecycleDecision, decide
from models.warnings.streaks import SILENCE_MS
from tests.models.warnings.warning_things import (
    CELL,
    FLAPPING,
    LIMIT,
    LIMITS,
    NEIGHBOUR,
    PANE_MS,
    RULE,
    STREET,
    over,
    reading,
    tick_ms,
)

Pane = Sequence[Signal]


def live(*panes: Pane) -> tuple[AlarmState, list[LifecycleDecision | None]]:
    """Take panes through a life, one after the other."""
    state, decisions = AlarmState(), list[LifecycleDecision | None]()
    for number, signals in enumerate(panes):
        state, decision = decide(state, LIMIT, signals, tick_ms(number))
        decisions.append(decision)
    return state, decisions


def scores(*values: float) -> tuple[AlarmState, list[LifecycleDecision | None]]:
    """One cell with these scores; under the lowest release it is inactive."""
    return live(*([over(n, value, active=value >= 2)] for n, value in enumerate(values)))


def test_one_pane_over_a_level_is_not_enough() -> None:
    state, decisions = scores(5, 0, 5)
    assert decisions == [None, None, None]
    assert state.level is None


def test_raised_after_as_many_panes_in_a_row_as_the_rule_asks() -> None:
    state, decisions = scores(5, 7)
    assert decisions == [
        None,
        LifecycleDecision(WarningChange.RAISED, Reason.SUSTAINED, Level.YELLOW),
    ]
    assert state.opened_ms == over(0, 5).start_ms


def drop_rule() -> DropRule:
    cases = {"kind": "drops", "detector": "drops", "metric": "cases", "minimum": 10}
    return DropRule(**{**RULE.model_dump(), **cases, "raise_after": 1, "clear_after": 1})


def drop(observed: float) -> CountSignal:
    """Of 60 cases that were expected."""
    return CountSignal(
        id="d",
        feed="cases",
        metric="cases",
        area=over(0, 5).area.of(STREET),
        subject=f"{STREET}/all",
        start_ms=tick_ms(0),
        width_s=86_400,
        severity=200.0,
        active=True,
        direction="below",
        group="all",
        evidence=CountEvidence(
            observed=observed, expected=60, low=40, high=80, baseline_n=365, clears_at=40
        ),
    )


@pytest.mark.parametrize(("observed", "is_raised"), [(0, True), (50, True), (50.5, False)])
def test_of_a_drop_the_minimum_is_of_the_cases_that_are_missing(
    observed: float, is_raised: bool
) -> None:
    _, decision = decide(AlarmState(), drop_rule(), [drop(observed)], tick_ms(0))
    assert (decision is not None) == is_raised


def test_a_drop_that_is_mentioned_no_more_ends_without_an_all_clear() -> None:
    rule, day = drop_rule(), 96
    state, raised = decide(AlarmState(), rule, [drop(5)], tick_ms(0))
    state, held = decide(state, rule, [drop(5)], tick_ms(day))
    _, ended = decide(state, rule, [], tick_ms(2 * day))
    assert (raised is not None, held) == (True, None)
    assert ended == LifecycleDecision(WarningChange.CLEARED, Reason.NO_DATA, Level.RED)


def test_a_run_of_readings_warns_at_once_since_it_is_rated_as_a_run() -> None:
    _, decision = decide(AlarmState(), RULE, [reading(0, 61)], tick_ms(0))
    assert decision == LifecycleDecision(WarningChange.RAISED, Reason.SUSTAINED, Level.YELLOW)


@pytest.mark.parametrize("severity", [0.0, LEAST_DAYS - 0.1])
def test_what_chance_brings_more_often_than_once_in_thirty_days_warns_nobody(
    severity: float,
) -> None:
    often = RULE.model_copy(update={"levels": {"blue": 0.1}})
    assert rating(often, reading(0, severity)).reached == 0
    assert rating(often, reading(0, LEAST_DAYS)).reached == Level.BLUE


def test_an_open_warning_is_held_by_the_newest_pane_alone() -> None:
    state, _ = decide(AlarmState(), RULE, [reading(0, 61)], tick_ms(0))
    for pane in range(1, 6):  # the run is broken, its newest pane would make one of 30 days
        state, decision = decide(state, RULE, [reading(pane, 0, newest=30)], tick_ms(pane))
        assert (decision, state.level) == (None, Level.YELLOW)


def test_level_goes_up_at_once() -> None:
    _, decisions = scores(5, 5, 15)
    assert decisions[-1] == LifecycleDecision(WarningChange.LEVEL_UP, Reason.HIGHER, Level.RED)


def test_level_holds_down_to_its_release_and_falls_under_it() -> None:
    _, decisions = scores(15, 15, 7.0, 6.9)
    assert decisions[2] is None  # 14 × 0.5 = 7 still holds
    assert decisions[3] == LifecycleDecision(WarningChange.LEVEL_DOWN, Reason.LOWER, Level.ORANGE)


def test_cleared_after_as_many_normal_panes_in_a_row_as_the_rule_asks() -> None:
    _, decisions = scores(5, 5, 0, 0, 3, 0, 0, 0)
    assert decisions[2:7] == [None] * 5  # 3 still holds blue and breaks the row
    assert decisions[7] == LifecycleDecision(WarningChange.CLEARED, Reason.NORMAL, Level.BLUE)


def test_a_cell_without_a_signal_after_its_return_to_normal_stays_so() -> None:
    _, decisions = live([over(0, 5)], [over(1, 5)], [over(2, 1, active=False)], [], [])
    assert decisions[-1] == LifecycleDecision(WarningChange.CLEARED, Reason.NORMAL, Level.BLUE)


def test_after_it_is_cleared_a_life_begins_anew() -> None:
    state, decisions = scores(5, 5, 0, 0, 0, 5)
    assert decisions[5] is None
    assert state.level is None
    assert state.cells[CELL].above_count == 1


def test_a_cell_joins_once_it_was_above_for_long_enough() -> None:
    both = [[over(n, 5), over(n, 5, NEIGHBOUR)] for n in (2, 3)]
    state, decisions = live([over(0, 5)], [over(1, 5)], *both)
    assert decisions[2] is None
    assert decisions[3] == LifecycleDecision(WarningChange.UPDATED, Reason.JOINED, Level.BLUE)
    assert all(run.in_warning for run in state.cells.values())


def test_a_stranger_neither_holds_nor_lifts_a_warning() -> None:
    panes = [
        [over(0, 5)],
        [over(1, 5)],
        [over(2, 0, active=False), over(2, 20, NEIGHBOUR)],
        [],
        [over(4, 20, NEIGHBOUR)],
    ]
    _, decisions = live(*panes)
    # The stranger was silent in pane 3: its second pane above makes it a member, and red.
    assert decisions[2] is None
    assert decisions[4] == LifecycleDecision(WarningChange.LEVEL_UP, Reason.HIGHER, Level.RED)


def test_silence_neither_raises_nor_clears() -> None:
    state, _ = scores(5, 5)
    for pane in range(2, 2 + SILENCE_MS // PANE_MS - 1):
        state, decision = decide(state, LIMIT, [], tick_ms(pane), silent=[CELL])
        assert decision is None
        assert state.level is Level.BLUE


def test_a_warning_without_values_ends_without_saying_that_all_is_well() -> None:
    state, _ = scores(5, 5)
    late = tick_ms(1) + SILENCE_MS
    state, decision = decide(state, LIMIT, [], late, silent=[CELL])
    assert decision == LifecycleDecision(WarningChange.CLEARED, Reason.NO_DATA, Level.BLUE)
    assert state.is_empty(LIMIT)


def test_normal_panes_only_count_where_there_is_a_value() -> None:
    state, _ = scores(5, 5, 0)
    for pane in range(3, 9):
        state, decision = decide(state, LIMIT, [], tick_ms(pane), silent=[CELL])
        assert decision is None
    assert state.normal_count == 1


def test_an_hourly_station_is_judged_by_its_own_panes() -> None:
    state, decisions = AlarmState(), list[LifecycleDecision | None]()
    for pane in range(9):
        has_value = pane % 4 == 0
        changes = [over(pane, 5)] if has_value else []
        state, decision = decide(state, LIMIT, changes, tick_ms(pane), () if has_value else [CELL])
        decisions.append(decision)
    assert [n for n, decision in enumerate(decisions) if decision] == [4]


@pytest.mark.parametrize(
    ("score", "level"),
    [(3.99, None), (4, Level.BLUE), (6, Level.YELLOW), (13.9, Level.ORANGE), (99, Level.RED)],
)
def test_a_level_begins_at_its_score(score: float, level: Level | None) -> None:
    assert (level_at(LIMITS.levels, score) or None) == level


steps = st.lists(
    st.dictionaries(
        st.sampled_from([CELL, NEIGHBOUR]),
        st.one_of(st.floats(-20, 20), st.none()),
    ),
    max_size=20,
)


def walk(
    panes: list[dict[str, float | None]],
) -> list[tuple[AlarmState, LifecycleDecision | None, AlarmState]]:
    """Live through panes: each cell has a score, is silent (None), or has no signal."""
    state, lived = AlarmState(), list[tuple[AlarmState, LifecycleDecision | None, AlarmState]]()
    for number, changes in enumerate(panes):
        signals = [
            over(number, score, cell, active=score >= 2)
            for cell, score in changes.items()
            if score is not None
        ]
        silent = [cell for cell, score in changes.items() if score is None]
        before = state
        state, decision = decide(before, LIMIT, signals, tick_ms(number), silent)
        lived.append((before, decision, state))
    return lived


@given(steps)
def test_every_change_continues_the_one_before(panes: list[dict[str, float | None]]) -> None:
    level: Level | None = None
    for _, decision, after in walk(panes):
        if decision is None:
            assert after.level is level
            continue
        match decision.change:
            case WarningChange.RAISED:
                assert level is None
            case WarningChange.LEVEL_UP:
                assert level is not None
                assert decision.level > level
            case WarningChange.LEVEL_DOWN:
                assert level is not None
                assert decision.level < level
            case WarningChange.UPDATED | WarningChange.CLEARED:
                assert decision.level is level
        level = None if decision.change is WarningChange.CLEARED else decision.level
        assert after.level is level


@given(steps)
def test_no_level_is_left_while_it_is_held(panes: list[dict[str, float | None]]) -> None:
    for before, decision, after in walk(panes):
        if (
            decision is None
            or decision.change is not WarningChange.LEVEL_DOWN
            or before.level is None
        ):
            continue
        best = max(run.holds for run in after.cells.values() if run.in_warning)
        assert best < before.level


@given(steps)
def test_a_repeated_pane_changes_nothing(panes: list[dict[str, float | None]]) -> None:
    for number, (_, _, after) in enumerate(walk(panes)):
        again = decide(after, LIMIT, [over(number, 20)], tick_ms(number))
        assert again == (after, None)


@given(steps)
def test_a_life_goes_on_from_its_saved_state(panes: list[dict[str, float | None]]) -> None:
    for before, decision, after in walk(panes):
        saved = msgspec.msgpack.decode(msgspec.msgpack.encode(before), type=AlarmState)
        assert saved == before
        assert (decision is None) or after != before


def flap(values: Sequence[float], rule: LimitRule = FLAPPING) -> list[LifecycleDecision]:
    """Take one cell's values through a life and give what was said."""
    state, said = AlarmState(), list[LifecycleDecision]()
    for number, value in enumerate(values):
        state, decision = decide(
            state, rule, [over(number, value, active=value >= 2)], tick_ms(number)
        )
        said += [decision] if decision else []
    return said


def test_what_comes_and_goes_is_reported_once_and_then_unsteady() -> None:
    said = flap([10, 0, 0] * 16 + [0] * 9)
    assert [(each.change, each.reason) for each in said] == [
        (WarningChange.RAISED, Reason.SUSTAINED),
        (WarningChange.CLEARED, Reason.NORMAL),
        (WarningChange.RAISED, Reason.UNSTEADY),
        (WarningChange.CLEARED, Reason.NORMAL),
    ]


def test_what_comes_again_after_the_window_is_a_new_warning() -> None:
    window = FLAPPING.flap_window_min * 60_000 // PANE_MS
    normal = [0.0] * (window + 3)
    reasons = [each.reason for each in flap([10, *normal, 10]) if each.change == "raised"]
    assert reasons == [Reason.SUSTAINED, Reason.SUSTAINED]


def test_without_a_window_each_time_is_a_new_warning() -> None:
    rule = FLAPPING.model_copy(update={"flap_window_min": 0})
    said = flap([10, 0, 0] * 4, rule)
    assert [each.reason for each in said if each.change == "raised"] == [Reason.SUSTAINED] * 4


def test_an_unsteady_warning_rises_but_does_not_fall() -> None:
    said = flap([5, 0, 0, 5, 15, 5, 5, 5])
    assert [(each.change, each.level) for each in said][2:] == [
        (WarningChange.RAISED, Level.BLUE),
        (WarningChange.LEVEL_UP, Level.RED),
    ]


def test_a_warning_stays_open_for_its_least_time() -> None:
    rule = FLAPPING.model_copy(update={"min_open_min": 120})
    said = flap([10, *[0.0] * 12], rule)
    assert [each.change for each in said] == [WarningChange.RAISED, WarningChange.CLEARED]
    states = [flap([10, *[0.0] * n], rule) for n in (7, 8)]
    assert [len(each) for each in states] == [1, 2]


@given(st.lists(st.sampled_from([0.0, 3.0, 5.0, 10.0, 20.0]), max_size=60))
def test_within_one_window_there_is_at_most_one_new_warning(values: list[float]) -> None:
    rule = FLAPPING.model_copy(update={"flap_window_min": 10_000})
    raised = [each.reason for each in flap(values, rule) if each.change == "raised"]
    assert raised.count(Reason.SUSTAINED) <= 1
    assert raised[1:] == [Reason.UNSTEADY] * len(raised[1:])
