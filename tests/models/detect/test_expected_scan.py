"""Scan against an expectation: local and city-wide excesses, chance, dispersion."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from models.detect.expected_scan import excess_score, find_excess
from models.detect.zones import Circles, circles

Floats = NDArray[np.float64]


@pytest.fixture(scope="module")
def zones() -> Circles:
    x_m, y_m = (axis.ravel() * 200.0 for axis in np.meshgrid(np.arange(8.0), np.arange(8.0)))
    return circles(x_m, y_m, 600.0)


def usual(days: int = 7) -> Floats:
    """Twice as many on the newest three days: a seasonal rise that is expected."""
    return np.full((64, days), 0.5) * np.where(np.arange(days) >= days - 3, 2.0, 1.0)


def test_expected_rise_is_chance_and_an_excess_is_not(zones: Circles) -> None:
    counts = np.random.default_rng(1).poisson(usual()).astype(float)
    assert all(found.p_value > 0.01 for found in find_excess(counts, usual(), zones))
    counts[[27, 28, 35, 36], -2:] += 4
    first = find_excess(counts, usual(), zones)[0]
    assert {27, 28, 35, 36} <= set(first.places.tolist())
    assert first.days == 2
    assert first.p_value < 1e-4
    assert first.observed == counts[first.places, -2:].sum()
    assert first.expected == pytest.approx(usual()[first.places, -2:].sum(), rel=1e-5)


def test_rise_of_the_whole_city_shows(zones: Circles) -> None:
    counts = np.random.default_rng(2).poisson(2 * usual()).astype(float)
    assert find_excess(counts, usual(), zones)[0].p_value < 1e-6


def test_dispersion_makes_the_same_excess_commoner(zones: Circles) -> None:
    counts = np.random.default_rng(3).poisson(usual()).astype(float)
    counts[20, -2:] += 6
    poisson = find_excess(counts, usual(), zones, most=1)[0]
    dispersed = find_excess(counts, usual(), zones, phi=3.0, most=1)[0]
    assert poisson.p_value < 0.01 * dispersed.p_value


def test_p_values_are_even_without_clusters(zones: Circles) -> None:
    random = np.random.default_rng(4)
    p_values = [
        find_excess(random.poisson(usual()).astype(float), usual(), zones, replicates=39, most=1)
        for _ in range(40)
    ]
    p = np.array([found[0].p_value if found else 1.0 for found in p_values])
    assert (p < 0.1).mean() < 0.25
    assert 0.3 < p.mean() < 0.7


def test_second_zone_is_found_after_the_first_is_taken_out(zones: Circles) -> None:
    counts = np.zeros((64, 7))
    counts[0, -1], counts[63, -1] = 9, 7
    first, second = find_excess(counts, np.full((64, 7), 0.05), zones)
    assert (first.places.tolist(), second.places.tolist()) == ([0], [63])
    assert first.score > second.score


def test_nothing_seen_is_nothing_found(zones: Circles) -> None:
    assert find_excess(np.zeros((64, 7)), usual(), zones) == []


def test_case_where_none_was_ever_expected_stays_finite(zones: Circles) -> None:
    counts = np.zeros((64, 2))
    counts[5, 1] = 3
    assert np.isfinite(find_excess(counts, np.zeros((64, 2)), zones)[0].score)


def test_score_by_hand() -> None:
    assert excess_score(np.array([6.0]), np.array([2.0]), 2.0)[0] == pytest.approx(
        (6 * np.log(3) - 4) / 2
    )


@pytest.mark.parametrize(
    ("counts", "told"),
    [(np.zeros((64, 6)), "differ"), (np.full((64, 7), np.nan), "numbers from 0")],
)
def test_bad_input_is_told(zones: Circles, counts: Floats, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        find_excess(counts, usual(), zones)
