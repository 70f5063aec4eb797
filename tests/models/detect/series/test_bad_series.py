"""What unlike series get: sparse, binary, counting, broken off, far too large."""

from __future__ import annotations

import numpy as np
import pytest

from models.detect.contract import Floats
from models.detect.series.score import SeriesScores, score_states_and_onsets

N = 3000
AT = 2000


def scored(values: Floats) -> SeriesScores:
    scores = score_states_and_onsets(values)
    for given in (scores.anomaly, scores.onset):
        assert given.shape == (len(values),)
        assert ((given >= 0) & (given < 1)).all()
    return scores


def called(values: Floats) -> list[int]:
    return np.flatnonzero(scored(values).onset >= 0.5).tolist()


def noise() -> Floats:
    return np.random.default_rng(3).normal(size=N)


def sparse() -> Floats:
    random = np.random.default_rng(3)
    return np.where(random.random(N) < 0.03, random.poisson(2, N) + 1.0, 0.0)


def counter() -> Floats:
    return np.cumsum(np.random.default_rng(3).poisson(5, N)).astype(np.float64)


def test_constant_says_nothing_until_it_steps() -> None:
    values = np.full(N, 7.0)
    assert not scored(values).anomaly.any()
    values[AT:] = 9
    assert called(values)[0] == AT
    (shift,) = scored(values).shifts
    assert (shift.since, shift.before, shift.after) == (AT, 7, 9)


def test_burst_stands_out_of_a_sparse_series() -> None:
    values = sparse()
    values[AT : AT + 10] += 12
    assert AT <= int(scored(values).anomaly.argmax()) < AT + 30


def test_single_events_of_a_sparse_series_are_mostly_no_calls() -> None:
    values = sparse()
    assert len(called(values)) < 0.15 * np.count_nonzero(values)


@pytest.mark.parametrize("period", [0, 50])
def test_binary_series_is_called_where_it_sticks(period: int) -> None:
    random = np.random.default_rng(3)
    on = np.arange(N) % period < period / 2 if period else random.random(N) < 0.3
    values = on.astype(np.float64)
    assert len(called(values)) <= 3
    values[AT : AT + 200] = 1
    assert AT <= int(scored(values).anomaly.argmax()) < AT + 220


def test_counter_is_calm_and_its_reset_is_one_call() -> None:
    values = counter()
    assert called(values) == []
    values[AT:] -= values[AT]
    assert called(values) == [AT]


def test_counter_that_resets_regularly_is_soon_no_news() -> None:
    values = counter()
    for reset in range(300, N, 300):
        values[reset:] -= values[reset]
    assert not [row for row in called(values) if row > N // 2]


def test_gap_of_months_is_no_event_and_neither_is_its_end() -> None:
    values = noise()
    values[1000:1900] = np.nan
    scores = scored(values)
    assert scores.onset[1000:2000].max() < 0.5
    assert scores.anomaly[1000:2000].max() < 0.4


def test_shift_behind_a_gap_is_seen_as_soon_as_a_few_values_are_known() -> None:
    values = noise()
    values[1000:1900] = np.nan
    values[1900:] += 6
    first = next(row for row in called(values) if row >= 1000)
    assert 1900 <= first < 1920


@pytest.mark.parametrize("far", [1e300, -1e300])
def test_value_far_beyond_all_is_the_highest_and_breaks_nothing(far: float) -> None:
    values = noise()
    values[AT] = far
    assert int(scored(values).anomaly.argmax()) == AT


def test_infinite_value_is_a_missing_one() -> None:
    values, missing = noise(), noise()
    values[AT], missing[AT] = np.inf, np.nan
    assert np.array_equal(scored(values).anomaly, scored(missing).anomaly)


@pytest.mark.parametrize("rows", [0, 1, 3])
def test_few_rows_are_not_judged(rows: int) -> None:
    scores = scored(np.arange(rows, dtype=np.float64) ** 9)
    assert not scores.anomaly.any()
    assert not scores.onset.any()
    assert scores.shifts == ()


def test_column_without_a_value_among_others_changes_no_range() -> None:
    table = np.column_stack([noise(), np.full(N, np.nan), np.full(N, 4.0)])
    table[AT : AT + 20, 0] += 12
    assert AT <= int(scored(table).anomaly.argmax()) < AT + 40
