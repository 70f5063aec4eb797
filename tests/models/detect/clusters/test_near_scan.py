"""The scan around the newest cases: a cluster is found, chance is not."""

from __future__ import annotations

import numpy as np
import pytest

from models.detect.clusters.near_scan import ScanInput, near_clusters, near_maxima


def scene(seed: int, extra: int = 0) -> ScanInput:
    """A year of 700 cases on 20 × 20 cells of 100 m, and some more around one in three days."""
    random = np.random.default_rng(seed)
    side = np.arange(20, dtype=np.float64) * 100
    east, north = np.tile(side, 20), np.repeat(side, 20)
    near = np.flatnonzero(np.hypot(east - 700, north - 1100) <= 150)
    place = np.concatenate([random.integers(0, 400, 700), random.choice(near, extra)])
    age = np.concatenate([random.integers(0, 365, 700), random.integers(0, 3, extra)])
    return ScanInput(place=place, age_days=age, x_m=east, y_m=north, radius_m=600, days=14)


@pytest.fixture(scope="module")
def null() -> np.ndarray:
    return near_maxima(scene(1), replicates=60)


def test_eight_cases_close_together_are_one_rare_cluster(null: np.ndarray) -> None:
    given = scene(2, extra=8)
    strongest, *others = near_clusters(given, null)
    assert strongest.recurrence_interval_days > 100
    assert 7 <= strongest.observed <= 11
    assert strongest.days <= 4
    assert np.hypot(*(axis[strongest.places].mean() - middle for axis, middle in
                      ((given.x_m, 700), (given.y_m, 1100)))) < 200  # fmt: skip
    assert all(each.recurrence_interval_days < 100 for each in others)


def test_chance_is_as_rare_as_it_says(null: np.ndarray) -> None:
    found = [list(near_clusters(scene(seed), null, most=1)) for seed in range(100, 160)]
    rare = [c for each in found for c in each if c.recurrence_interval_days > 20]
    assert len(rare) <= 9  # 3 expected


def test_the_same_cases_give_the_same_null() -> None:
    assert np.array_equal(near_maxima(scene(3), replicates=5), near_maxima(scene(3), replicates=5))


def test_without_recent_cases_there_is_nothing_to_find(null: np.ndarray) -> None:
    old = scene(4)
    old = ScanInput(**{**{name: getattr(old, name) for name in (
        "place", "x_m", "y_m", "radius_m", "days")}, "age_days": old.age_days + 30})  # fmt: skip
    assert list(near_clusters(old, null)) == []


def test_where_shuffles_find_nothing_the_rank_is_all_that_is_known() -> None:
    (strongest, *_) = near_clusters(scene(2, extra=8), np.zeros(60))
    assert strongest.recurrence_interval_days == pytest.approx(61)
