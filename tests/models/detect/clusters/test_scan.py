"""Space-time scan: a cluster is found where and when it was put; chance is not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from models.detect.clusters.scan import (
    ScanResult,
    ScanStudy,
    find_clusters,
    monte_carlo,
    null_maxima,
)
from models.detect.clusters.scan_models import (
    BernoulliModel,
    PermutationModel,
    PoissonModel,
    ScanModel,
)
from models.detect.clusters.zones import zones_around

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
City = tuple[Ints, Ints, Floats, Floats]
DAYS = 30


def city(seed: int = 1, cases: int = 1500) -> City:
    """Cases over a year at 400 places of a square of 4 km; places are not equally busy."""
    random = np.random.default_rng(seed)
    x_m, y_m = random.uniform(0, 4000, (2, 400))
    busy = random.lognormal(0, 0.7, 400)
    place = random.choice(400, cases, p=busy / busy.sum()).astype(np.int64)
    return place, random.integers(0, 365, cases).astype(np.int64), x_m, y_m


def with_cluster(data: City, x: float, y: float, ages: list[int]) -> City:
    """Add cases at the places nearest to a point."""
    place, age, x_m, y_m = data
    near = np.argsort(np.hypot(x_m - x, y_m - y))[: len(ages)]
    return np.append(place, near), np.append(age, ages), x_m, y_m


def study(data: City, days: int = DAYS, radius_m: float = 800.0) -> ScanStudy:
    place, age, x_m, y_m = data
    model = PermutationModel(place=place, step=days - 1 - age, places=len(x_m), steps=days)
    return ScanStudy(model=model, zones=zones_around(x_m, y_m, radius_m), longest=days)


def found(data: City, **options: Any) -> ScanResult:
    return find_clusters(study(data), **{"replicates": 99, **options})


def test_cluster_is_found_at_its_place_and_time() -> None:
    data = with_cluster(city(), 3000, 1000, [0, 0, 1, 1, 2, 2, 2, 1])
    strongest = found(data, replicates=999, most=1).clusters[0]
    _, _, x_m, y_m = data
    assert np.hypot(x_m[strongest.place] - 3000, y_m[strongest.place] - 1000) < 500
    assert (strongest.days, strongest.last) == (3, DAYS - 1)
    assert strongest.observed >= 8
    assert strongest.expected < 1.5
    assert strongest.recurrence_interval_days > 365
    assert set(strongest.places) <= set(strongest.zone)


def test_two_clusters_are_told_apart_the_stronger_first() -> None:
    data = with_cluster(city(), 3200, 800, [0, 0, 1, 1, 1, 0, 1, 0, 1, 0])
    data = with_cluster(data, 700, 3300, [4, 3, 4, 2, 3, 0, 1, 3])
    first, second = found(data).clusters[:2]
    _, _, x_m, y_m = data
    assert np.hypot(x_m[first.place] - 3200, y_m[first.place] - 800) < 600
    assert np.hypot(x_m[second.place] - 700, y_m[second.place] - 3300) < 600
    assert first.llr > second.llr
    assert not set(first.places) & set(second.places)
    assert second.p_value == 0.01  # none of 99


def test_a_cluster_that_is_over_is_found_looking_back() -> None:
    """Looking back, a window may end on any day; prospectively it is no longer there."""
    place, age, x_m, y_m = with_cluster(city(cases=300), 3000, 1000, [60, 61] * 5)
    model = PermutationModel(place=place, step=364 - age, places=400, steps=365)
    back = ScanStudy(model=model, zones=zones_around(x_m, y_m, 800.0), longest=14, every_end=True)
    strongest = find_clusters(back, replicates=19, most=1).clusters[0]
    assert (364 - strongest.last, 364 - strongest.first) == (60, 61)
    assert np.hypot(x_m[strongest.place] - 3000, y_m[strongest.place] - 1000) < 500
    assert strongest.p_value == 0.05
    alive = found((place, age, x_m, y_m), most=1).clusters
    assert not alive or alive[0].llr < strongest.llr


def test_same_study_same_clusters_whatever_the_order_of_cases() -> None:
    place, age, x_m, y_m = with_cluster(city(), 2000, 2000, [0, 1, 1, 0, 2, 0])
    once, twice = (found((place, age, x_m, y_m)) for _ in range(2))
    assert repr(once) == repr(twice)
    turned = found((place[::-1], age[::-1], x_m, y_m)).clusters
    same = [(c.place, c.first, c.llr, c.observed) for c in once.clusters]
    assert [(c.place, c.first, c.llr, c.observed) for c in turned] == same


def test_draws_are_those_of_the_seed() -> None:
    cases = study(city(cases=400))
    one, same, other = (null_maxima(cases, replicates=20, seed=seed) for seed in (4, 4, 5))
    assert one.tolist() == same.tolist() != other.tolist()


def test_a_busy_place_and_a_busy_day_are_no_clusters() -> None:
    place, age, x_m, y_m = city()
    age = np.append(age, np.zeros(300, dtype=np.int64))  # a storm: everywhere on one day
    place = np.append(place, np.random.default_rng(3).choice(place, 300))
    place = np.append(place, np.zeros(200, dtype=np.int64))  # one place, all year
    age = np.append(age, np.arange(200) * 365 // 200)
    strongest = found((place, age, x_m, y_m), most=1).clusters
    assert not strongest or strongest[0].p_value > 0.01


def test_settled_p_values_agree_with_all_replicates() -> None:
    """Levels settled early are as those of a long run but for chance: four standard errors."""
    cases = study(city(cases=400))
    maxima = null_maxima(cases, replicates=800, seed=2)
    levels = np.quantile(maxima, [0.2, 0.6, 0.9, 0.99])
    early, drawn = monte_carlo(cases, levels, replicates=800, seed=9)
    whole = (maxima[:, None] >= levels - 1e-9).mean(axis=0)
    assert drawn == 800  # the last level needs all
    assert (np.abs(early - whole) < 4 * np.sqrt(2 * whole / np.array([60, 125, 500, 800]))).all()
    often, few = monte_carlo(cases, levels[:1], replicates=800, seed=9)
    assert 50 <= few < 90
    assert often[0] == 50 / few


def test_maxima_of_the_null_are_the_same_however_the_search_begins() -> None:
    cases = study(city(cases=400))
    random, search = np.random.default_rng(6), cases.search()
    plain = [search.maximum(*cases.model.draw(random)) for _ in range(15)]
    maxima = null_maxima(cases, replicates=15, seed=6)
    assert maxima == pytest.approx([best.llr for best in plain if best is not None])


@pytest.mark.parametrize("kind", ["permutation", "poisson", "bernoulli"])
def test_p_values_of_chance_are_even(kind: str) -> None:
    """Data of chance itself: p-values are in the middle on average, and few under a tenth."""
    random = np.random.default_rng(7)
    x_m, y_m = random.uniform(0, 1000, (2, 25))
    zones, p_values = zones_around(x_m, y_m, 300.0), []
    for seed in range(40):
        model = by_chance(kind, random.integers(0, 25, 150), random.integers(0, 10, 150))
        given = ScanStudy(model=model, zones=zones, longest=5)
        clusters = find_clusters(given, replicates=39, most=1, seed=seed).clusters
        p_values.append(clusters[0].p_value if clusters else 1.0)
    assert np.mean(np.array(p_values) < 0.1) < 0.25
    assert 0.35 < np.mean(p_values) < 0.65


def by_chance(kind: str, place: Ints, step: Ints) -> ScanModel:
    """Cases that lie anywhere at any time; some of them controls, or all as people expect."""
    if kind == "poisson":
        people = np.ones((25, 1))
        return PoissonModel(
            place=place, step=step, places=25, steps=10, people=people, shares=np.ones((1, 10))
        )
    if kind == "bernoulli":
        cases, controls = slice(None, 60), slice(60, None)
        return BernoulliModel(
            place=place[cases], step=step[cases], places=25, steps=10,
            control_place=place[controls], control_step=step[controls],
        )  # fmt: skip
    return PermutationModel(place=place, step=step, places=25, steps=10)


def test_progress_is_told() -> None:
    told: list[int] = []
    result = found(city(cases=100), replicates=20, each=told.append)
    assert told == list(range(1, 21))
    assert result.replicates == 20


@pytest.mark.parametrize(
    ("place", "age"),
    [
        ([], []),
        ([0], [0]),
        ([0, 0, 0], [0, 0, 0]),
        ([0] * 10, [0] * 10),  # all on one day: no more than expected anywhere
        ([0] * 10, [200] * 10),  # none in the last days
        ([0, 1] * 5, [0, 100] * 5),  # half of all cases at one place
    ],
)
def test_too_little_to_tell_is_no_error(place: list[int], age: list[int]) -> None:
    ints = np.array(place, dtype=np.int64), np.array(age, dtype=np.int64)
    x_m, y_m = np.array([0.0, 5000.0]), np.zeros(2)
    given = study((*ints, x_m, y_m), radius_m=100)
    clusters = find_clusters(given, replicates=20).clusters
    assert all(0 < cluster.p_value <= 1 and cluster.observed >= 2 for cluster in clusters)
    assert len(clusters) <= 1


def test_radius_over_the_city_and_places_at_one_point() -> None:
    place = np.arange(60, dtype=np.int64) % 6
    age = np.append(np.arange(50) * 7 % 365, np.zeros(10, dtype=np.int64)).astype(np.int64)
    given = study((place, age, np.zeros(6), np.zeros(6)), days=7, radius_m=1e6)
    assert find_clusters(given, replicates=20).clusters == []  # one zone, of all cases


def test_fewest_cases_of_a_cluster_are_those_asked_for() -> None:
    data = with_cluster(city(cases=60), 2000, 2000, [0, 0])
    two = study(data)
    assert find_clusters(two, replicates=9, most=1).clusters[0].observed == 2
    three = ScanStudy(model=two.model, zones=two.zones, longest=DAYS, least=3)
    assert all(c.observed >= 3 for c in find_clusters(three, replicates=9).clusters)
