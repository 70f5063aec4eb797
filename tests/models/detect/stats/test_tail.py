"""Tail probabilities against sums of the distributions themselves."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from models.detect.stats.tail import cauchy_combination, lower_tail, quantile, upper_tail


def poisson_mid_p(count: int, mean: float) -> float:
    """Sum the Poisson probabilities by hand."""
    below = sum(math.exp(-mean) * mean**k / math.factorial(k) for k in range(count))
    here = math.exp(-mean) * mean**count / math.factorial(count)
    return 1 - below - here / 2


def one(value: float) -> np.ndarray:
    return np.array([value])


@pytest.mark.parametrize(("count", "mean"), [(0, 0.5), (1, 0.5), (4, 2.0), (9, 3.5), (20, 20.0)])
def test_without_dispersion_it_is_poisson(count: int, mean: float) -> None:
    assert upper_tail(one(count), one(mean), one(1))[0] == pytest.approx(
        poisson_mid_p(count, mean), rel=0.01
    )


def test_dispersed_tail_is_the_sum_of_negative_binomial_terms() -> None:
    mean, phi, count = 6.0, 2.5, 14
    size, success = mean / (phi - 1), 1 / phi

    def term(k: int) -> float:
        choose = math.lgamma(k + size) - math.lgamma(size) - math.lgamma(k + 1)
        return math.exp(choose + size * math.log(success) + k * math.log(1 - success))

    expected = sum(term(k) for k in range(count + 1, 400)) + term(count) / 2
    assert upper_tail(one(count), one(mean), one(phi))[0] == pytest.approx(expected, rel=1e-9)


@given(mean=st.floats(0.01, 1000), phi=st.floats(1, 20), count=st.integers(0, 500))
def test_more_cases_are_never_likelier(mean: float, phi: float, count: int) -> None:
    p, rarer = upper_tail(np.array([count, count + 1.0]), one(mean), one(phi))
    assert 0 <= rarer <= p <= 1


def test_quantile_is_passed_as_rarely_as_it_says() -> None:
    draws = np.random.default_rng(1).negative_binomial(5, 0.25, 100_000)  # mean 15, phi 4
    upper = quantile(0.99, one(15.0), one(4.0))[0]
    assert 0.005 < (draws > upper).mean() <= 0.01


@given(st.floats(1e-9, 1 - 1e-6))
def test_equal_p_values_combine_to_themselves(p: float) -> None:
    assert cauchy_combination([one(p), one(p)])[0] == pytest.approx(p, rel=1e-6)


def test_one_strong_p_value_is_enough_and_a_zero_breaks_nothing() -> None:
    strong = cauchy_combination([one(1e-6), one(0.7)])[0]
    assert strong == pytest.approx(2e-6, rel=0.01)
    assert 0 <= cauchy_combination([one(0.0), one(1.0)])[0] < 1e-6


@pytest.mark.parametrize(
    ("count", "mean", "phi"), [(0, 8, 1.5), (3, 12, 2), (9, 9, 4), (40, 60, 3)]
)
def test_the_lower_tail_is_that_of_scipy(count: int, mean: float, phi: float) -> None:
    known = stats.nbinom(mean / (phi - 1), 1 / phi)
    expected = known.cdf(count - 1) + known.pmf(count) / 2
    assert lower_tail(one(count), one(mean), one(phi))[0] == pytest.approx(expected, rel=1e-9)


def test_the_lower_tail_keeps_its_digits_far_out() -> None:
    expected = stats.nbinom(200 / 0.5, 1 / 1.5).pmf(0) / 2  # what 1 − upper_tail would call 0
    assert lower_tail(one(0), one(200), one(1.5))[0] == pytest.approx(expected, rel=1e-9)
    assert 0 < expected < 1e-60


@given(mean=st.floats(0.01, 1000), phi=st.floats(1, 20), count=st.integers(0, 500))
def test_both_tails_are_the_whole(mean: float, phi: float, count: int) -> None:
    at = one(count), one(mean), one(phi)
    assert lower_tail(*at)[0] + upper_tail(*at)[0] == pytest.approx(1, abs=1e-9)


def test_a_low_quantile_is_undercut_as_rarely_as_it_says() -> None:
    draws = np.random.default_rng(2).negative_binomial(20, 0.4, 100_000)  # mean 30, phi 2.5
    low = quantile(0.01, one(30.0), one(2.5))[0]
    assert 0.004 < (draws < low).mean() <= 0.01
