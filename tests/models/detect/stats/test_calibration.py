"""p-values that hold what they promise, and corrections for many looks at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import special

from models.detect.contract import Floats
from models.detect.stats.calibration import (
    ConformalTail,
    benjamini_hochberg,
    hierarchical,
    p_to_z,
    simes,
)

P_VALUES = arrays(np.float64, st.integers(1, 40), elements=st.floats(1e-9, 1))


def normal(n: int, seed: int = 1) -> Floats:
    return np.random.default_rng(seed).normal(size=n)


@pytest.mark.parametrize("p", [0.2, 0.05, 0.01, 0.001])
def test_share_of_false_alarms_is_the_p_value(p: float) -> None:
    rank = ConformalTail()
    rank.learn(normal(200_000))
    found = np.mean(rank.p_value(normal(200_000, seed=2)) <= p)
    assert found == pytest.approx(2 * p, rel=0.3)  # p on either side


def test_tail_follows_a_power_law_past_what_was_seen() -> None:
    rank = ConformalTail()
    rank.learn(np.random.default_rng(3).pareto(3.0, 200_000) + 1)  # P(X > x) = x⁻³
    sizes = np.array([5.0, 20.0, 100.0])
    np.testing.assert_allclose(rank.p_value(sizes), sizes**-3.0, rtol=0.4)


def test_light_tail_ends_sooner_than_a_heavy_one() -> None:
    light, heavy = ConformalTail(), ConformalTail()
    light.learn(normal(100_000))
    heavy.learn(np.random.default_rng(3).standard_t(3, 100_000))
    assert light.p_value(np.array([8.0]))[0] < 1e-6
    assert heavy.p_value(np.array([8.0]))[0] > 1e-4
    assert light.p_value(np.array([0.0]))[0] == pytest.approx(0.5, abs=0.05)


def test_short_past_promises_no_more_than_its_rank() -> None:
    rank = ConformalTail()
    rank.learn(normal(39))
    assert rank.p_value(np.array([900.0]))[0] == pytest.approx(1 / 40)


@given(st.floats(1e-12, 0.5), st.floats(1e-12, 0.5))
def test_surprise_is_the_normal_quantile_with_the_sign_of_the_size(p: float, q: float) -> None:
    above, below = p_to_z(np.array([p, q]), np.array([4.0, -4.0]))
    assert above == pytest.approx(-special.ndtri(p), abs=1e-9)
    assert below == pytest.approx(special.ndtri(q), abs=1e-9)
    assert p_to_z(np.array([0.7, 1.0]), np.array([1.0, -1.0])).tolist() == [0.0, 0.0]
    assert p_to_z(np.array([1e-9]), np.array([-0.01])).tolist() == [-0.02]


@given(arrays(np.float64, 30, elements=st.floats(-100, 100)), st.floats(0, 50), st.floats(0, 50))
def test_a_greater_score_is_never_likelier(past: Floats, a: float, b: float) -> None:
    rank = ConformalTail()
    rank.learn(past)
    low, high = rank.p_value(np.array(sorted([a, b])))
    assert 0 < high <= low <= 1


def test_no_past_means_no_surprise() -> None:
    assert ConformalTail().p_value(np.array([9.0, np.nan])).tolist() == [
        1.0,
        pytest.approx(np.nan, nan_ok=True),
    ]


def test_signs_are_ranked_apart() -> None:
    rank = ConformalTail()
    rank.learn(np.abs(normal(5000)) * 3)
    up, down = rank.p_value(np.array([4.0, -4.0]))
    assert down < 0.001
    assert up > 0.1


@given(P_VALUES, st.floats(0.01, 0.3))
def test_benjamini_hochberg_follows_its_definition(p_values: Floats, rate: float) -> None:
    rejected = benjamini_hochberg(p_values, rate)
    ranked = np.sort(p_values)
    bounds = rate * np.arange(1, ranked.size + 1) / ranked.size
    assume(not np.isclose(ranked, bounds, rtol=1e-12, atol=0).any())  # rounding decides there
    limits = ranked[ranked <= bounds]
    expected = p_values <= (limits[-1] if limits.size else -1.0)
    assert np.array_equal(rejected, expected)


def test_benjamini_hochberg_keeps_the_false_share_down() -> None:
    rng = np.random.default_rng(4)
    shares = []
    for _ in range(200):
        p_values = np.r_[rng.random(900), rng.random(100) * 1e-5]
        rejected = benjamini_hochberg(p_values, 0.1)
        shares.append(rejected[:900].sum() / max(rejected.sum(), 1))
    assert np.mean(shares) < 0.1


def test_missing_p_values_are_no_hypotheses() -> None:
    assert not benjamini_hochberg(np.full(3, np.nan), 0.1).any()
    assert not benjamini_hochberg(np.zeros(0), 0.1).any()
    assert simes(np.array([np.nan])) == 1.0


@given(P_VALUES)
def test_simes_lies_between_least_and_bonferroni(p_values: Floats) -> None:
    assert p_values.min() <= simes(p_values) * (1 + 1e-12)
    assert simes(p_values) <= p_values.min() * p_values.size * (1 + 1e-12)


def test_hierarchy_finds_the_cell_and_spares_other_streets() -> None:
    rng = np.random.default_rng(6)
    codes = [f"110101{s:03}{c:03}{k:03}" for s in range(4) for c in range(3) for k in range(20)]
    p_values = dict(zip(codes, rng.uniform(0.02, 1, len(codes)).tolist(), strict=True))
    p_values[codes[70]] = 1e-7
    assert hierarchical(p_values, (6, 9, 12), 0.1) == {codes[70]}


def test_calm_city_reports_nothing() -> None:
    p_values = {f"1101010010{n:05}": 0.5 for n in range(50)}
    assert hierarchical(p_values, (6, 9, 12), 0.1) == set()
    assert hierarchical({}, (6,), 0.1) == set()
