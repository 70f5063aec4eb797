"""Onsets: one call an event, on one scale for all series, from earlier rows only."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.detect.contract import Floats
from models.detect.series.blocks import WARM_UP
from models.detect.series.onset import (
    ALIKE,
    APART,
    COUNTED_FROM,
    HALF,
    PRIOR_RATE,
    PRIOR_ROWS,
    RARER,
    RECORD_LEAST,
    EventRate,
    calls,
    log_return_period,
    onset_scores,
    records,
)
from models.detect.series.score import score_states_and_onsets

ANY_SCORES = arrays(np.float64, st.integers(0, 120), elements=st.floats(0, 20))


def onset(values: Floats) -> Floats:
    return score_states_and_onsets(values).onset


def noise(n: int, seed: int = 1) -> Floats:
    return np.random.default_rng(seed).normal(size=n)


@given(ANY_SCORES)
def test_a_record_is_above_all_of_its_window(scores: Floats) -> None:
    found = set(records(scores))
    for row, score in enumerate(scores):
        before = scores[max(0, row - RECORD_LEAST) : row]  # the share is shorter in a short series
        assert (row in found) == (score > 0 and (before < score).all())


@given(ANY_SCORES)
def test_event_rate_is_what_its_formula_says(scores: Floats) -> None:
    """Size 1 has the prior rate itself; the posterior lies between it and the observed rate."""
    rate, row = EventRate(), COUNTED_FROM
    for score in scores:
        row += APART + 1
        rate.observe(row, float(score) + 0.5)
    row += APART + 1
    expected = (np.sum(scores + 0.5 >= ALIKE) + PRIOR_ROWS * PRIOR_RATE) / (row + PRIOR_ROWS)
    assert rate.observe(row, 1.0) == pytest.approx(expected)


def test_records_of_one_event_are_counted_once() -> None:
    rate = EventRate()
    for row in range(1000, 1000 + APART):
        rate.observe(row, 5.0)
    later = 1000 + 3 * APART
    alone = EventRate()
    alone.observe(1000, 5.0)
    assert rate.observe(later, 4.0) == alone.observe(later, 4.0)


def test_a_larger_record_is_never_more_frequent() -> None:
    sizes = [0.001, 0.5, 1, 2, 5, 20]
    periods = []
    for size in sizes:
        scores = np.tile(np.r_[np.zeros(399), 2.0], 5)
        scores[-1] = size
        periods.append(log_return_period(scores)[-1])
    assert all(small <= large for small, large in pairwise(periods))


def test_an_event_that_recurs_is_called_rarer_the_less_it_did() -> None:
    scores = np.tile(np.r_[np.zeros(499), 3.0], 6)
    periods = log_return_period(scores)
    assert periods[499] > periods[-1] > 0


def test_what_recurs_a_little_larger_each_time_is_soon_no_news() -> None:
    steady = np.tile(np.r_[np.zeros(499), 3.0], 8)
    growing = steady * np.linspace(1, 1.2, steady.size)
    assert log_return_period(growing)[-1] < log_return_period(growing)[499] - 1


@given(arrays(np.float64, st.integers(0, 120), elements=st.floats(0, 20)))
def test_a_call_of_the_same_event_is_clearly_rarer(rarity: Floats) -> None:
    found = calls(rarity)
    assert set(found) <= set(records(rarity))
    for before, row in pairwise(found):
        assert row - before > APART or rarity[row] >= rarity[before] + RARER


def test_rows_a_call_double_where_the_score_says_so() -> None:
    assert onset_scores([np.array([HALF])])[0] == 0.5


def test_one_column_of_many_must_be_rarer_by_their_number() -> None:
    quiet = np.zeros(1)
    alone = onset_scores([np.array([8.0])])
    among = onset_scores([np.array([8.0]), *[quiet] * 7])
    assert alone[0] / (1 - alone[0]) == pytest.approx(8 * among[0] / (1 - among[0]))


@pytest.mark.parametrize("length", [0, 1, WARM_UP, WARM_UP + 1, 65, 500, 1333])
def test_onsets_of_a_prefix_are_the_prefix_of_the_onsets(length: int) -> None:
    values = noise(1400)
    values[700:720] = np.nan
    values[1100:] += 6
    assert np.array_equal(onset(values[:length]), onset(values)[:length])


@given(
    arrays(
        np.float64,
        st.tuples(st.integers(0, 90), st.integers(1, 3)),
        elements=st.one_of(st.floats(-1e9, 1e9), st.just(float("nan")), st.just(0.0)),
    ),
    st.integers(0, 90),
)
def test_any_table_gives_onsets_in_range_and_causal(values: Floats, cut: int) -> None:
    scores = onset(values)
    assert scores.shape == (len(values),)
    assert ((scores >= 0) & (scores < 1)).all()
    assert np.array_equal(onset(values[:cut]), scores[:cut])


def test_a_lasting_step_is_called_once() -> None:
    values = noise(3000)
    values[2000:] += 12
    scores = onset(values)
    called = np.flatnonzero(scores > 0.8)
    assert called.size
    assert called.min() >= 2000
    assert called.max() < 2000 + APART


def test_scale_and_place_of_a_series_do_not_matter() -> None:
    values = noise(900)
    values[700] += 9
    np.testing.assert_allclose(onset(values), onset(values * 1000 - 5e4), atol=1e-3)


@pytest.mark.parametrize("values", [np.full(900, 7.0), np.zeros(900), np.full(900, np.nan)])
def test_nothing_begins_in_a_constant_or_empty_series(values: Floats) -> None:
    assert not onset(values).any()


def test_three_rows_have_no_onset() -> None:
    assert onset(np.array([1.0, 50.0, -3.0])).tolist() == [0.0, 0.0, 0.0]


def test_a_missing_value_is_no_onset() -> None:
    values = noise(600)
    values[400] = np.nan
    assert onset(values)[400] == 0


def test_calls_on_noise_are_no_more_frequent_than_they_say() -> None:
    """Once in 1,000 rows at 0.5: 10 are expected at the most."""
    calls = [(onset(noise(3000, seed))[500:] >= 0.5).sum() for seed in range(4)]
    assert sum(calls) <= 10
