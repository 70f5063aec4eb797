"""Likelihood ratios by hand, by SaTScan, and turned round."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.detect.clusters.likelihood import (
    Likelihood,
    bernoulli_llr,
    largest_weights,
    poisson_llr,
)
from tests.models.detect.clusters import exhaustive


def test_poisson_ratio_by_hand() -> None:
    by_hand = 6 * np.log(3) + 44 * np.log(44 / 48)
    assert poisson_llr(np.array(6.0), np.array(2.0), 50.0) == pytest.approx(by_hand)
    assert poisson_llr(np.array(50.0), np.array(10.0), 50.0) == pytest.approx(50 * np.log(5))
    assert poisson_llr(np.array(2.0), np.array(2.0), 50.0) == 0


def test_poisson_ratio_is_that_of_satscan_for_leukaemia_in_new_york_state() -> None:
    """106 of 552 cases among 119,050 of 1,057,673 people, as smerc's tests quote SaTScan."""
    expected = 552 * 119_050 / 1_057_673
    assert poisson_llr(np.array(106.0), np.array(expected), 552) == pytest.approx(
        14.780276, abs=5e-4
    )


@given(total=st.integers(2, 60), data=st.data())
def test_bernoulli_ratio_is_that_of_the_binomial_likelihoods(
    total: int, data: st.DataObject
) -> None:
    cases = data.draw(st.integers(1, total))
    people = data.draw(st.integers(1, total))
    count = data.draw(st.integers(max(0, people - (total - cases)), min(cases, people)))
    plain = exhaustive.bernoulli(count, people, cases, total)
    found = bernoulli_llr(np.array(float(count)), np.array(float(people)), cases, total)
    assert found == pytest.approx(plain, abs=1e-9)


@given(bar=st.floats(0.01, 30), cases=st.integers(2, 80), controls=st.integers(0, 80))
def test_largest_weight_is_where_the_ratio_reaches_the_bar(
    bar: float, cases: int, controls: int
) -> None:
    total = float(cases + controls)
    likelihoods: list[tuple[Likelihood, float]] = [
        (lambda c, w: poisson_llr(c, w, float(cases)), 1.0),
        (lambda c, w: bernoulli_llr(c, w, float(cases), total), total / cases),
    ]
    for llr, ratio in likelihoods:
        largest = largest_weights(llr, bar, cases, ratio)
        count = np.arange(cases + 1, dtype=np.float64)
        known = largest > 0
        assert (llr(count[known], largest[known] * (1 - 1e-9)) >= bar * (1 - 1e-6)).all()
        assert (llr(count[known], largest[known] * (1 + 1e-6)) <= bar * (1 + 1e-6)).all()
        assert (np.diff(largest[known]) >= 0).all()
        assert largest[0] < 0
