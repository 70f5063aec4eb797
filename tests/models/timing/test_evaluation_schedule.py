"""Evaluations become possible one by one, and share out what one look a day may err."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.timing.evaluation_schedule import EVALUATION_HOURS, EvaluationSchedule, spent
from models.timing.units import HOUR_MS

DAY = 16_000
NEW_YORK = ZoneInfo("America/New_York")


def test_nothing_is_due_before_the_first_case_and_while_nobody_knows_how_far_all_are() -> None:
    schedule = EvaluationSchedule(ZoneInfo("UTC"), 0)
    assert not schedule.is_due(10**15, lambda: None)
    assert not schedule.is_due(0, lambda: DAY)
    assert schedule.number == 0


def test_an_evaluation_is_due_from_the_millisecond_on_at_which_its_cases_are_known() -> None:
    schedule = EvaluationSchedule(ZoneInfo("UTC"), 5)
    at_ms = (DAY * 24 + 6 + 5) * HOUR_MS
    assert not schedule.is_due(at_ms - 1, lambda: DAY)
    assert schedule.is_due(at_ms, lambda: DAY)
    assert (schedule.next.day, schedule.next.hour, schedule.next.at_ms) == (DAY, 6, at_ms)


def test_a_day_has_four_evaluations_of_which_the_last_closes_it() -> None:
    schedule = EvaluationSchedule(ZoneInfo("UTC"), 0)
    schedule.number = DAY * 4
    seen = []
    for _ in range(5):
        seen.append((schedule.next.day, schedule.next.hour, schedule.next.is_closing))
        schedule.number += 1
    hours = [(DAY, hour, hour == 24) for hour in EVALUATION_HOURS]
    assert seen == [*hours, (DAY + 1, 6, False)]


def test_a_later_first_day_does_not_move_a_schedule_that_has_begun() -> None:
    schedule = EvaluationSchedule(ZoneInfo("UTC"), 0)
    assert schedule.is_due(10**15, lambda: DAY)
    assert schedule.is_due(10**15, lambda: DAY + 9)
    assert schedule.next.day == DAY


@given(st.integers(4 * 10_000, 4 * 25_000), st.integers(0, 72))
def test_evaluations_follow_each_other_also_where_clocks_are_set(number: int, delay_h: int) -> None:
    schedule = EvaluationSchedule(NEW_YORK, delay_h)
    schedule.number = number
    before = schedule.next
    schedule.number += 1
    step_h = (schedule.next.at_ms - before.at_ms) / HOUR_MS
    assert step_h in {5, 6, 7}


@pytest.mark.parametrize("p_value", [0.001, 0.05])
def test_all_looks_of_a_day_err_as_often_together_as_one_may(p_value: float) -> None:
    at = np.array([p_value])
    limits = [p_value * p_value / spent(at, is_closing=hour == 24)[0] for hour in EVALUATION_HOURS]
    assert sum(limits) == pytest.approx(p_value)
    assert spent(np.array([0.9]), is_closing=False)[0] == 1
