"""Farrington Flexible: its seasonal factor, its threshold, outbreaks and thin histories."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.quality.methods.farrington import _seasonal_level, farrington

Floats = NDArray[np.float64]


def simulated(n: int, weeks: int = 320, seed: int = 1) -> Floats:
    random = np.random.default_rng(seed)
    mean = 10 * np.exp(0.4 * np.cos(2 * np.pi * np.arange(weeks) / 52))
    return random.negative_binomial(mean, 0.5, (n, weeks)).astype(float)  # phi 2


def test_seasonal_factor_has_the_window_and_nine_more_levels() -> None:
    level = _seasonal_level(np.arange(104), 78, 52)
    assert (level[:52] == level[52:]).all()
    assert np.flatnonzero(level[:52] == 0).tolist() == [23, 24, 25, 26, 27, 28, 29]  # 26 +- 3
    assert np.bincount(level[:52]).tolist() == [7, 5, 5, 5, 5, 5, 5, 5, 5, 5]


def test_false_alarms_are_few_and_p_values_even() -> None:
    counts = simulated(400)
    weeks = [farrington(counts, week) for week in (300, 307, 314)]
    p = np.concatenate([week.p_value for week in weeks])
    assert 0.45 < p.mean() < 0.55
    assert 0.003 < np.mean([week.alarm.mean() for week in weeks]) < 0.02


def test_outbreak_alarms_at_once_and_does_not_hide_itself() -> None:
    counts = simulated(30)
    counts[:, 300:304] += 25
    found = [farrington(counts, week) for week in range(300, 304)]
    assert all(week.alarm.mean() > 0.95 for week in found)
    np.testing.assert_array_equal(found[-1].expected, farrington(simulated(30), 303).expected)


def test_season_is_followed() -> None:
    counts = simulated(100)
    at_peak, at_low = farrington(counts, 312), farrington(counts, 286)
    assert at_peak.expected.mean() == pytest.approx(10 * np.exp(0.4), rel=0.1)
    assert at_low.expected.mean() == pytest.approx(10 * np.exp(-0.4), rel=0.1)


def test_under_five_cases_in_four_weeks_is_no_alarm() -> None:
    counts = np.zeros((2, 320))
    counts[0, 300], counts[1, 300] = 4, 5
    judged = farrington(counts, 300)
    assert judged.alarm.tolist() == [False, True]
    assert (judged.p_value < 0.01).all()


def test_later_weeks_change_nothing() -> None:
    counts = simulated(5)
    np.testing.assert_array_equal(
        farrington(counts[:, :301], 300).p_value, farrington(counts, 300).p_value
    )


def test_unknown_weeks_are_left_out() -> None:
    counts = simulated(4)
    counts[0, 100:140] = np.nan
    counts[1, 300] = np.nan
    judged = farrington(counts, 300)
    assert np.isfinite(judged.expected).all()
    assert judged.expected[0] == pytest.approx(farrington(simulated(4), 300).expected[0], rel=0.25)
    assert (judged.p_value[1], judged.alarm[1]) == (1.0, False)


def test_one_series_is_judged_as_among_many() -> None:
    counts = simulated(300)
    crowd, alone = farrington(counts, 300), farrington(counts[222:223], 300)
    assert crowd.p_value[222] == pytest.approx(alone.p_value[0], rel=1e-8)


def test_too_little_history_is_told() -> None:
    assert farrington(simulated(1), 78).expected.shape == (1,)
    with pytest.raises(ValueError, match="week 77 has 51 usable weeks before it, needs 52"):
        farrington(simulated(1), 77)
