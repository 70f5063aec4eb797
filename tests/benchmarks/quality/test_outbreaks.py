"""The simulated outbreaks are what the paper describes."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.quality.outbreaks import PAST, SCENARIOS, TESTED, WEEKS, Scenario, simulate


def test_scenarios_are_42_and_all_different() -> None:
    assert len(set(SCENARIOS)) == len(SCENARIOS) == 42
    assert {scenario.harmonics for scenario in SCENARIOS} == {0, 1, 2}


def test_mean_by_hand() -> None:
    plain = Scenario(level=1.0, trend=0.002, cosine=0.3, sine=-0.2, phi=2, harmonics=0)
    np.testing.assert_allclose(plain.mean(), np.exp(1 + 0.002 * np.arange(1, WEEKS + 1)))
    seasonal = Scenario(level=1.0, trend=0.0, cosine=0.3, sine=-0.2, phi=2, harmonics=2)
    week = 13  # a quarter of a year: cos 0 and sin 1, then cos -1 and sin 0
    assert seasonal.mean()[week - 1] == pytest.approx(np.exp(1 - 0.2 - 0.3))


def test_same_seed_same_series() -> None:
    one, two, other = simulate(1, 5), simulate(1, 5), simulate(1, 6)
    np.testing.assert_array_equal(one.counts, two.counts)
    assert (one.counts != other.counts).any()


def test_counts_have_the_mean_and_dispersion_of_their_scenario() -> None:
    simulated = simulate(30, 1)
    calm = simulated.counts - simulated.outbreak
    assert (calm >= 0).all()
    ratio = calm.sum(axis=1) / simulated.mean.sum(axis=1)
    assert ratio.mean() == pytest.approx(1, abs=0.02)
    pearson = ((calm - simulated.mean) ** 2 / simulated.mean).mean(axis=1)
    assert np.median(pearson / simulated.phi) == pytest.approx(1, abs=0.05)


def test_outbreaks_lie_in_the_past_and_one_in_the_tested_weeks() -> None:
    simulated = simulate(5, 2)
    assert (simulated.outbreak[:, : PAST[0]] == 0).all()
    assert (simulated.outbreak[:, TESTED:].sum(axis=1) > 0).mean() > 0.9
    assert (simulated.outbreak[:, PAST[0] : TESTED].sum(axis=1) > 0).all()
