"""EARS against pandas, and on gaps, constants and short series."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from benchmarks.quality.methods.ears import C1_LIMIT, c1, c2, c3

Floats = NDArray[np.float64]


def by_pandas(counts: Floats, gap: int) -> Floats:
    frame = pd.DataFrame(counts.T)
    past = frame.shift(1 + gap).rolling(7)
    excess: Floats = ((frame - past.mean()) / past.std().clip(lower=0.5)).to_numpy().T
    return excess


@pytest.fixture
def counts() -> Floats:
    return np.random.default_rng(1).poisson(4.0, (5, 60)).astype(float)


@pytest.mark.parametrize(("method", "gap"), [(c1, 0), (c2, 2)])
def test_pandas_agrees(counts: Floats, method: object, gap: int) -> None:
    assert callable(method)
    np.testing.assert_allclose(method(counts), by_pandas(counts, gap), atol=1e-9)


def test_c3_adds_up_three_days_of_c2(counts: Floats) -> None:
    over = np.maximum(by_pandas(counts, 2) - 1, 0)
    np.testing.assert_allclose(c3(counts)[:, 11:], (over[:, 11:] + over[:, 10:-1] + over[:, 9:-2]))


@pytest.mark.parametrize("method", [c1, c2, c3])
def test_later_counts_change_nothing(counts: Floats, method: object) -> None:
    assert callable(method)
    np.testing.assert_array_equal(method(counts[:, :33]), method(counts)[:, :33])


def test_slow_rise_shows_in_c2_more_than_in_c1() -> None:
    rise = np.array([[5.0, 4, 5, 6, 5, 4, 5, 5, 4, 8, 10, 12]])
    assert c2(rise)[0, -1] > C1_LIMIT > c1(rise)[0, -1]


@pytest.mark.parametrize("length", [0, 1, 7])
def test_short_series_is_unknown(length: int) -> None:
    assert np.isnan(c1(np.ones((2, length)))).all()


def test_constant_is_no_excess_and_a_step_is_finite() -> None:
    counts = np.zeros((1, 20))
    counts[0, 15] = 1
    assert np.nanmax(c1(counts)) == 2.0  # one case over a standard deviation of at least a half
    assert (c1(np.full((1, 20), 3.0))[:, 7:] == 0).all()


def test_unknown_period_makes_the_week_after_it_unknown(counts: Floats) -> None:
    counts[0, 30] = np.nan
    assert np.isnan(c1(counts)[0, 30:38]).all()
    assert np.isfinite(c1(counts)[0, 38:]).all()
    assert np.isfinite(c1(counts)[1:, 7:]).all()
