"""The life of one warning: what raises, moves and ends it, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.catalog import DropRule
from models.messages.anomalies import Anomaly
from models.messages.warnings import Level, Reason, WarningChange
from models.warnings.lifecycle import (
    SILENCE_MS,
    AlarmState,
    LifecycleDecision,
    decide,
    level_at,
    level_held,
)
from tests.models.warnings.warning_things import (
    CELL,
    NEIGHBOUR,
    PANE_MS,
    RULE,
    anomaly,
    tick_ms,
)

Pane = Sequence[Anomaly]


def live(*panes: Pane) -> tuple[AlarmState, list[LifecycleDecision | None]]:
    """Take panes through a life, one after the other."""
    state, verdicts = AlarmState(), list[LifecycleDecision | None]()
    for number, anomalies in enumerate(panes):
        state, verdict = decide(state, RULE, anomalies, tick_ms(number))
        verdicts.append(verdict)
    return state, verdicts


def scores(*values: float) -> tuple[AlarmState, list[LifecycleDecision | None]]:
    """One cell with these scores; under the lowest release it is inactive."""
    return live(*([anomaly(n, value, active=value >= 2)] for n, value in enumerate(values)))


def test_one_pane_over_a_level_is_not_enough() -> None:
    state, verdicts = scores(5, 0, 5)
    assert verdicts == [None, None, None]
    assert state.level is None


def test_raised_after_as_many_panes_in_a_row_as_the_rule_asks() -> None:
    state, verdicts = scores(5, 7)
    assert verdicts == [
        None,
        LifecycleDecision(WarningChange.RAISED, Reason.SUSTAINED, Level.YELLOW),
    ]
    assert state.opened_ms == anomaly(0, 5).start_ms


def test_a_value_under_the_minimum_never_warns() -> None:
    _, verdicts = live(*([anomaly(n, 20, observed=RULE.minimum - 0.1)] for n in range(9)))
    assert verdicts == [None] * 9


def test_a_value_that_is_too_low_is_no_excess() -> None:
    _, verdicts = live(*([anomaly(n, -20)] for n in range(9)))
    assert verdicts == [None] * 9


def drop_rule() -> DropRule:
    cases = {"kind": "drops", "detector": "drops", "metric": "cases", "minimum": 10}
    return DropRule(**{**RULE.model_dump(), **cases, "raise_after": 1, "clear_after": 1})


@pytest.mark.parametrize(("observed", "is_raised"), [(0, True), (50, True), (50.5, False)])
def test_of_a_drop_the_minimum_is_of_the_cases_that_are_missing(
    observed: float, is_raised: bool
) -> None:
    told = anomaly(0, 20, observed=observed)  # 60 are expected
    _, verdict = decide(AlarmState(), drop_rule(), [told], tick_ms(0))
    assert (verdict is not None) == is_raised


def test_a_drop_that_is_mentioned_no_more_ends_without_an_all_clear() -> None:
    rule, day = drop_rule(), 96
    told = anomaly(0, 20, observed=5)
    state, raised = decide(AlarmState(), rule, [told], tick_ms(0))
    state, held = decide(state, rule, [told], tick_ms(day))
    _, ended = decide(state, rule, [], tick_ms(2 * day))
    assert (raised is not None, held) == (True, None)
    assert ended == LifecycleDecision(WarningChange.CLEARED, Reason.NO_DATA, Level.RED)


def test_a_level_begins_at_a_share_of_its_score_where_nobody_can_be_compared_with() -> None:
    rule = RULE.model_copy(update={"alone": 0.5})

    def last(region: float | None) -> LifecycleDecision | None:
        state, verdict = AlarmState(), None
        for number in range(2):
            panes = [anomaly(number, 3, region=region)]  # the rule begins at 4
            state, verdict = decide(state, rule, panes, tick_ms(number))
        return verdict

    assert last(region=55.0) is None
    assert last(region=None) == LifecycleDecision(
        WarningChange.RAISED, Reason.SUSTAINED, Level.YELLOW
    )


def test_level_goes_up_at_once() -> None:
    _, verdicts = scores(5, 5, 15)
    assert verdicts[-1] == LifecycleDecision(WarningChange.LEVEL_UP, Reason.HIGHER, Level.RED)


def test_level_holds_down_to_its_release_and_falls_under_it() -> None:
    _, verdicts = scores(15, 15, 7.0, 6.9)
    assert verdicts[2] is None  # 14 × 0.5 = 7 still holds
    assert verdicts[3] == LifecycleDecision(WarningChange.LEVEL_DOWN, Reason.LOWER, Level.ORANGE)


def test_cleared_after_as_many_calm_panes_in_a_row_as_the_rule_asks() -> None:
    _, verdicts = scores(5, 5, 0, 0, 3, 0, 0, 0)
    assert verdicts[2:7] == [None] * 5  # 3 still holds blue and breaks the row
    assert verdicts[7] == LifecycleDecision(WarningChange.CLEARED, Reason.NORMAL, Level.BLUE)


def test_a_cell_that_is_not_spoken_of_after_its_return_to_normal_is_calm() -> None:
    _, verdicts = live([anomaly(0, 5)], [anomaly(1, 5)], [anomaly(2, 1, active=False)], [], [])
    assert verdicts[-1] == LifecycleDecision(WarningChange.CLEARED, Reason.NORMAL, Level.BLUE)


def test_after_it_is_cleared_a_life_begins_anew() -> None:
    state, verdicts = scores(5, 5, 0, 0, 0, 5)
    assert verdicts[5] is None
    assert state.level is None
    assert state.cells[CELL].hot == 1


def test_a_cell_joins_once_it_was_hot_for_long_enough() -> None:
    both = [[anomaly(n, 5), anomaly(n, 5, NEIGHBOUR)] for n in (2, 3)]
    state, verdicts = live([anomaly(0, 5)], [anomaly(1, 5)], *both)
    assert verdicts[2] is None
    assert verdicts[3] == LifecycleDecision(WarningChange.UPDATED, Reason.JOINED, Level.BLUE)
    assert all(run.member for run in state.cells.values())


def test_a_stranger_neither_holds_nor_lifts_a_warning() -> None:
    panes = [
        [anomaly(0, 5)],
        [anomaly(1, 5)],
        [anomaly(2, 0, active=False), anomaly(2, 20, NEIGHBOUR)],
        [],
        [anomaly(4, 20, NEIGHBOUR)],
    ]
    _, verdicts = live(*panes)
    # The stranger was silent in pane 3: its second hot pane makes it a member, and red.
    assert verdicts[2] is None
    assert verdicts[4] == LifecycleDecision(WarningChange.LEVEL_UP, Reason.HIGHER, Level.RED)


def test_silence_neither_raises_nor_clears() -> None:
    state, _ = scores(5, 5)
    for pane in range(2, 2 + SILENCE_MS // PANE_MS - 1):
        state, verdict = decide(state, RULE, [], tick_ms(pane), silent=[CELL])
        assert verdict is None
        assert state.level is Level.BLUE


def test_a_warning_nobody_hears_of_ends_without_saying_that_all_is_well() -> None:
    state, _ = scores(5, 5)
    late = tick_ms(1) + SILENCE_MS
    state, verdict = decide(state, RULE, [], late, silent=[CELL])
    assert verdict == LifecycleDecision(WarningChange.CLEARED, Reason.NO_DATA, Level.BLUE)
    assert state.is_empty


def test_calm_panes_are_only_counted_when_heard() -> None:
    state, _ = scores(5, 5, 0)
    for pane in range(3, 9):
        state, verdict = decide(state, RULE, [], tick_ms(pane), silent=[CELL])
        assert verdict is None
    assert state.calm == 1


def test_an_hourly_station_is_judged_by_its_own_panes() -> None:
    state, verdicts = AlarmState(), list[LifecycleDecision | None]()
    for pane in range(9):
        heard = pane % 4 == 0
        told = [anomaly(pane, 5)] if heard else []
        state, verdict = decide(state, RULE, told, tick_ms(pane), () if heard else [CELL])
        verdicts.append(verdict)
    assert [n for n, verdict in enumerate(verdicts) if verdict] == [4]


@pytest.mark.parametrize(
    ("score", "level"),
    [(3.99, None), (4, Level.BLUE), (6, Level.YELLOW), (13.9, Level.ORANGE), (99, Level.RED)],
)
def test_a_level_begins_at_its_score(score: float, level: Level | None) -> None:
    assert level_at(RULE, score) is level


def test_held_is_never_above_the_current_level() -> None:
    assert level_held(RULE, Level.YELLOW, 100) is Level.YELLOW
    assert level_held(RULE, Level.RED, 1.9) is None


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
    """Live through panes: each cell has a score, is silent (None), or is not spoken of."""
    state, lived = AlarmState(), list[tuple[AlarmState, LifecycleDecision | None, AlarmState]]()
    for number, told in enumerate(panes):
        anomalies = [
            anomaly(number, score, cell, active=abs(score) >= 2)
            for cell, score in told.items()
            if score is not None
        ]
        silent = [cell for cell, score in told.items() if score is None]
        before = state
        state, verdict = decide(before, RULE, anomalies, tick_ms(number), silent)
        lived.append((before, verdict, state))
    return lived


@given(steps)
def test_every_change_continues_the_one_before(panes: list[dict[str, float | None]]) -> None:
    level: Level | None = None
    for _, verdict, after in walk(panes):
        if verdict is None:
            assert after.level is level
            continue
        match verdict.change:
            case WarningChange.RAISED:
                assert level is None
            case WarningChange.LEVEL_UP:
                assert level is not None
                assert verdict.level > level
            case WarningChange.LEVEL_DOWN:
                assert level is not None
                assert verdict.level < level
            case WarningChange.UPDATED | WarningChange.CLEARED:
                assert verdict.level is level
        level = None if verdict.change is WarningChange.CLEARED else verdict.level
        assert after.level is level


@given(steps)
def test_no_level_is_left_while_it_is_held(panes: list[dict[str, float | None]]) -> None:
    for before, verdict, after in walk(panes):
        if (
            verdict is None
            or verdict.change is not WarningChange.LEVEL_DOWN
            or before.level is None
        ):
            continue
        best = max(run.score for run in after.cells.values() if run.member)
        assert best < dict(zip(Level, (4, 6, 9, 14), strict=True))[before.level] * RULE.release


@given(steps)
def test_a_repeated_pane_changes_nothing(panes: list[dict[str, float | None]]) -> None:
    for number, (_, _, after) in enumerate(walk(panes)):
        again = decide(after, RULE, [anomaly(number, 20)], tick_ms(number))
        assert again == (after, None)


@given(steps)
def test_a_life_goes_on_from_its_saved_state(panes: list[dict[str, float | None]]) -> None:
    for before, verdict, after in walk(panes):
        saved = msgspec.msgpack.decode(msgspec.msgpack.encode(before), type=AlarmState)
        assert saved == before
        assert (verdict is None) or after != before
