"""Space-time scan: a cluster is found where and when it was put; chance is not."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from models.detect.clusters.scan import (
    ScanStudy,
    find_clusters,
    make_study,
    null_maxima,
    permutation_llr,
    window_lengths,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def city(seed: int = 1, cases: int = 1500) -> tuple[Ints, Ints, Floats, Floats]:
    """Cases over a year at 400 places of a square of 4 km; places are not equally busy."""
    random = np.random.default_rng(seed)
    x_m, y_m = random.uniform(0, 4000, (2, 400))
    busy = random.lognormal(0, 0.7, 400)
    place = random.choice(400, cases, p=busy / busy.sum()).astype(np.int64)
    return place, random.integers(0, 365, cases).astype(np.int64), x_m, y_m


def with_cluster(
    data: tuple[Ints, Ints, Floats, Floats], x: float, y: float, ages: list[int]
) -> tuple[Ints, Ints, Floats, Floats]:
    """Add cases at the places nearest to a point."""
    place, age, x_m, y_m = data
    near = np.argsort(np.hypot(x_m - x, y_m - y))[: len(ages)]
    return np.append(place, near), np.append(age, ages), x_m, y_m


def study(data: tuple[Ints, Ints, Floats, Floats], days: int = 30) -> ScanStudy:
    return make_study(*data, radius_m=800.0, days=days)


def test_cluster_is_found_at_its_place_and_time() -> None:
    data = with_cluster(city(), 3000, 1000, [0, 0, 1, 1, 2, 2, 2, 1])
    found = find_clusters(study(data), replicates=99)[0]
    _, _, x_m, y_m = data
    assert np.hypot(x_m[found.place] - 3000, y_m[found.place] - 1000) < 500
    assert found.days == 3
    assert found.observed >= 8
    assert found.expected < 1.5
    assert found.recurrence_interval_days > 365
    assert found.p_value == pytest.approx(1 / found.recurrence_interval_days)
    assert set(found.places) <= set(data[0])


def test_two_clusters_are_told_apart_the_stronger_first() -> None:
    data = with_cluster(city(), 3200, 800, [0, 0, 1, 1, 1, 0, 1, 0, 1, 0])
    data = with_cluster(data, 700, 3300, [4, 3, 4, 2, 3, 0, 1, 3])
    first, second = find_clusters(study(data), replicates=99)[:2]
    _, _, x_m, y_m = data
    assert np.hypot(x_m[first.place] - 3200, y_m[first.place] - 800) < 600
    assert np.hypot(x_m[second.place] - 700, y_m[second.place] - 3300) < 600
    assert first.llr > second.llr
    assert not set(first.places) & set(second.places)
    assert second.recurrence_interval_days > 100


def test_shuffled_dates_rarely_signal() -> None:
    place, age, x_m, y_m = city(cases=600)
    random = np.random.default_rng(7)
    p_values = []
    for _ in range(40):
        shuffled = study((place, random.permutation(age), x_m, y_m))
        found = find_clusters(shuffled, replicates=39, most=1)
        p_values.append(found[0].p_value if found else 1.0)
    assert np.mean(np.array(p_values) < 0.1) < 0.25
    assert 0.3 < np.mean(p_values) < 0.7


def test_same_study_same_clusters_whatever_the_order_of_cases() -> None:
    place, age, x_m, y_m = with_cluster(city(), 2000, 2000, [0, 1, 1, 0, 2, 0])
    once, twice = (find_clusters(study((place, age, x_m, y_m)), replicates=49) for _ in range(2))
    assert [vars(c) | {"places": list(c.places)} for c in once] == [
        vars(c) | {"places": list(c.places)} for c in twice
    ]
    turned = find_clusters(study((place[::-1], age[::-1], x_m, y_m)), replicates=49)
    assert [(c.place, c.days, c.llr) for c in turned] == [(c.place, c.days, c.llr) for c in once]


def test_kept_null_gives_the_same_as_shuffling_anew() -> None:
    cases = study(with_cluster(city(), 2000, 2000, [0, 1, 1, 0, 2, 0]))
    anew = find_clusters(cases, replicates=30, seed=4)
    kept = find_clusters(cases, null=null_maxima(cases, replicates=30, seed=4))
    assert [c.p_value for c in anew] == [c.p_value for c in kept]


def test_a_busy_place_and_a_busy_day_are_no_clusters() -> None:
    place, age, x_m, y_m = city()
    age = np.append(age, np.zeros(300, dtype=np.int64))  # a storm: everywhere on one day
    place = np.append(place, np.random.default_rng(3).choice(place, 300))
    place = np.append(place, np.zeros(200, dtype=np.int64))  # one place, all year
    age = np.append(age, np.arange(200) * 365 // 200)
    found = find_clusters(study((place, age, x_m, y_m)), replicates=99, most=1)
    assert not found or found[0].recurrence_interval_days < 100


def test_progress_is_told() -> None:
    told: list[int] = []
    find_clusters(study(city(cases=100)), replicates=20, each=told.append)
    assert told == list(range(1, 21))


@pytest.mark.parametrize(
    ("place", "age"),
    [
        ([], []),
        ([0, 0, 0], [0, 0, 0]),
        ([0] * 10, [0] * 10),  # all on one day: no more than expected anywhere
        ([0] * 10, [200] * 10),  # none in the last days
        ([0, 1] * 5, [0, 100] * 5),  # half of all cases at one place
    ],
)
def test_too_little_to_tell_is_no_error(place: list[int], age: list[int]) -> None:
    ints = np.array(place, dtype=np.int64), np.array(age, dtype=np.int64)
    x_m, y_m = np.array([0.0, 5000.0]), np.zeros(2)
    found = find_clusters(make_study(*ints, x_m, y_m, radius_m=100, days=30), replicates=20)
    assert all(0 < cluster.p_value <= 1 and cluster.observed >= 3 for cluster in found)
    assert len(found) <= 1


def test_radius_over_the_city_and_places_at_one_point() -> None:
    place = np.arange(60, dtype=np.int64) % 6
    age = np.append(np.arange(50) * 7 % 365, np.zeros(10, dtype=np.int64)).astype(np.int64)
    found = find_clusters(
        make_study(place, age, np.zeros(6), np.zeros(6), radius_m=1e6, days=7), replicates=20
    )
    assert all(np.isfinite(cluster.llr) for cluster in found)


def test_llr_by_hand() -> None:
    observed, expected, total = 6.0, 2.0, 50.0
    by_hand = 6 * np.log(3) + 44 * np.log(44 / 48)
    assert permutation_llr(np.array(observed), np.array(expected), total) == pytest.approx(by_hand)
    assert permutation_llr(np.array(50.0), np.array(10.0), total) == pytest.approx(50 * np.log(5))
    assert permutation_llr(np.array(2.0), np.array(2.0), total) == 0


@pytest.mark.parametrize(
    ("days", "lengths"),
    [(1, [1]), (3, [1, 2, 3]), (8, [*range(1, 8), 8]), (21, [*range(1, 8), 10, 14, 21])],
)
def test_windows_end_with_the_longest(days: int, lengths: list[int]) -> None:
    assert window_lengths(days).tolist() == lengths


def test_places_and_ages_belong_together() -> None:
    one, two = np.zeros(1, dtype=np.int64), np.zeros(2, dtype=np.int64)
    with pytest.raises(ValueError, match="1 places and 2 ages"):
        make_study(one, two, np.zeros(1), np.zeros(1), radius_m=1, days=1)
