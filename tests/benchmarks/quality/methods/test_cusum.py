"""Negative-binomial CUSUM: evidence by hand, its reset, its limits."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.quality.methods.cusum import LIMIT, cusum


def test_poisson_evidence_by_hand() -> None:
    counts, expected = np.array([[4.0, 9.0, 1.0]]), np.full((1, 3), 4.0)
    steps = [count * math.log(1.5) - 0.5 * 4 for count in (4, 9, 1)]
    level, told = 0.0, []
    for step in steps:
        level = max(level + step, 0)
        told.append(level)
    np.testing.assert_allclose(cusum(counts, expected, np.ones(1))[0], told, rtol=0.01)


def test_negative_binomial_evidence_is_the_likelihood_ratio() -> None:
    mean, phi, rise, count = 5.0, 3.0, 2.0, 12.0
    size = mean / (phi - 1)

    def log_likelihood(m: float) -> float:
        return count * math.log(m / (m + size)) - size * math.log((m + size) / size)

    told = cusum(np.array([[count]]), np.array([[mean]]), np.array([phi]), rise=rise)
    assert told[0, 0] == pytest.approx(log_likelihood(rise * mean) - log_likelihood(mean))


def test_lasting_rise_passes_the_limit_and_the_count_starts_anew() -> None:
    counts = np.full((1, 40), 20.0)
    counts[0, 20:] = 32
    evidence = cusum(counts, np.full((1, 40), 20.0), np.ones(1))[0]
    assert (evidence[:20] == 0).all()
    first = int(np.flatnonzero(evidence >= LIMIT)[0])
    assert first <= 22
    assert evidence[first + 1] < LIMIT


@given(st.lists(st.one_of(st.integers(0, 60), st.none()), min_size=2, max_size=40), st.data())
def test_evidence_is_causal_and_never_negative(
    counts: list[int | None], data: st.DataObject
) -> None:
    values = np.array([[np.nan if c is None else float(c) for c in counts]])
    cut = data.draw(st.integers(1, len(counts)))
    usual = np.full(values.shape, 10.0)
    whole = cusum(values, usual, np.array([2.0]))
    assert (whole >= 0).all()
    np.testing.assert_array_equal(
        whole[:, :cut], cusum(values[:, :cut], usual[:, :cut], np.array([2.0]))
    )


def test_unknown_period_adds_no_evidence() -> None:
    counts = np.array([[30.0, np.nan, 30.0]])
    evidence = cusum(counts, np.full((1, 3), 20.0), np.ones((1, 3)), limit=1e9)[0]
    assert evidence[1] == evidence[0] < evidence[2]


def test_fall_is_no_rise() -> None:
    with pytest.raises(ValueError, match="rise should be over 1, got 1"):
        cusum(np.ones((1, 2)), np.ones((1, 2)), np.ones(1), rise=1.0)
