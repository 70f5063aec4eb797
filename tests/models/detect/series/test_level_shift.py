"""References that stand still while something lasts, and shifts of level that are named."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.detect.contract import Floats
from models.detect.series.blocks import bounds, padded
from models.detect.series.level_shift import ACCEPTED_LEAST, Levels, LevelShift
from models.detect.series.score import score_states_and_onsets

BEGIN = 3000


def noise(n: int = 6000, seed: int = 1) -> Floats:
    return np.random.default_rng(seed).normal(size=n)


def levels(values: Floats) -> Levels:
    whole = Levels(padded(values))
    for span in bounds(values.size):
        whole.observe(*span)
    return whole


def shifts(values: Floats) -> tuple[LevelShift, ...]:
    return score_states_and_onsets(values).shifts


@pytest.mark.parametrize("step", [5.0, -5.0])
def test_a_step_that_stays_is_named_once_with_its_beginning_and_both_levels(step: float) -> None:
    values = noise()
    values[BEGIN:] += step
    (shift,) = shifts(values)
    assert abs(shift.since - BEGIN) < 20
    assert shift.row - shift.since >= ACCEPTED_LEAST
    assert shift.before == pytest.approx(0, abs=0.1)
    assert shift.after == pytest.approx(step, abs=0.2)


def test_state_lasts_until_the_level_is_accepted_and_no_longer() -> None:
    values = noise()
    values[BEGIN:] += 5
    scores = score_states_and_onsets(values)
    accepted = scores.shifts[0].row
    calm = float(np.quantile(scores.anomaly[500:BEGIN], 0.99))
    assert float(np.median(scores.anomaly[BEGIN : accepted + 1])) > calm
    assert float(scores.anomaly[accepted - 100 : accepted].mean()) > calm
    assert float(np.median(scores.anomaly[accepted + 50 :])) < calm


def test_what_passes_is_no_shift_and_is_not_learned() -> None:
    values = noise()
    values[BEGIN : BEGIN + 450] += 8
    whole = levels(values)
    assert not whole.shifts
    kept = whole.before(values.size).reference
    assert np.mean((kept >= BEGIN) & (kept < BEGIN + 450)) < 0.02


@pytest.mark.parametrize(
    "values",
    [
        noise(),
        np.sin(np.arange(6000) / 288 * 2 * np.pi) + 0.1 * noise(),
        np.random.default_rng(2).poisson(0.3, 6000).astype(np.float64),
        np.cumsum(np.random.default_rng(2).poisson(5, 6000)).astype(np.float64),
        np.full(6000, 7.0),
        np.full(6000, np.nan),
    ],
)
def test_no_shift_where_no_level_changes_for_good(values: Floats) -> None:
    assert not levels(values).shifts


def test_a_shift_in_a_gap_begins_with_the_value_after_it() -> None:
    values = noise()
    values[2500:BEGIN] = np.nan
    values[BEGIN:] += 6
    (shift,) = shifts(values)
    assert shift.since == BEGIN


@given(
    arrays(np.float64, st.integers(0, 300), elements=st.sampled_from([0.0, 1.0, 50.0, np.nan])),
    st.integers(0, 2500),
)
def test_shifts_of_a_prefix_are_those_known_by_then(ending: Floats, cut: int) -> None:
    values = np.concatenate([np.tile([0.0, 1.0], 500), np.full(900, 20.0), ending])
    whole = levels(values).shifts
    known = [shift for shift in levels(values[:cut]).shifts if shift.row < cut]
    assert known == [shift for shift in whole if shift.row < cut]


def test_each_column_names_its_own_shift() -> None:
    table = np.column_stack([noise(seed=1), noise(seed=2)])
    table[BEGIN:, 1] += 6
    assert [shift.column for shift in shifts(table)] == [1]
