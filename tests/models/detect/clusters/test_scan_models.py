"""The models of a scan: what they refuse, and SaTScan's own sample analyses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from models.detect.clusters.scan import ScanStudy, find_clusters
from models.detect.clusters.scan_models import BernoulliModel, PermutationModel, PoissonModel
from models.detect.clusters.zones import zones_around
from tests.models.detect.clusters.satscan_samples import fever, humberside

ZERO, ONE = np.zeros(1, dtype=np.int64), np.ones(1, dtype=np.int64)


def test_fever_in_new_york_is_as_satscan_finds_it() -> None:
    """Prospective space-time permutation, circles to 3 km, windows to 7 days."""
    place, day, zips, east_km, north_km = fever()
    model = PermutationModel(place=place, step=day, places=len(zips), steps=24)
    zones = zones_around(east_km, north_km, 3.0)
    result = find_clusters(ScanStudy(model=model, zones=zones, longest=7), most=1)
    (found,) = result.clusters
    assert found.llr == pytest.approx(3.845418, abs=1e-6)
    assert (found.observed, found.first, found.last) == (4, 21, 23)  # 22 to 24 November
    assert [zips[place] for place in found.zone] == [
        11375, 11415, 11416, 11417, 11418, 11419, 11421, 11435, 11451,
    ]  # fmt: skip
    assert 0.05 < found.p_value < 0.35


def test_leukaemia_in_north_humberside_is_as_satscan_finds_it() -> None:
    """Purely spatial, cases and controls, circles to half of them."""
    cases, controls, x, y = humberside()
    model = BernoulliModel(
        place=cases, step=0 * cases, places=len(x), steps=1,
        control_place=controls, control_step=0 * controls,
    )  # fmt: skip
    study = ScanStudy(model=model, zones=zones_around(x, y, 1e9), longest=1)
    (found,) = find_clusters(study, most=1).clusters
    assert found.llr == pytest.approx(4.836516, abs=1e-6)
    assert (found.zone + 1).tolist() == [14, 18, 19, 26]
    assert found.observed == 4
    assert found.expected == pytest.approx(4 * 62 / 203)
    assert 0.5 < found.p_value < 0.9


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (
            lambda: PermutationModel(place=ZERO, step=np.append(ZERO, ZERO), places=1, steps=1),
            "1 places and 2 times",
        ),
        (
            lambda: PermutationModel(place=ZERO, step=ONE, places=1, steps=1),
            "before step 1, got 1",
        ),
        (lambda: people(np.array([[0.0], [3.0]])), "1 cases at places with a population of 0"),
        (lambda: people(np.array([[np.nan], [3.0]])), "numbers of people of at least 0"),
        (lambda: people(np.array([[-1.0], [3.0]])), "numbers of people of at least 0"),
        (lambda: people(np.array([[2.0], [3.0]]), step=-ONE), "cases of its own steps alone"),
    ],
)
def test_what_cannot_be_is_refused(make: Any, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        make()


def people(numbers: Any, step: Any = ZERO) -> PoissonModel:
    return PoissonModel(
        place=ZERO, step=step, places=2, steps=1, people=numbers, shares=np.ones((1, 1))
    )


@pytest.mark.parametrize(("cases", "controls"), [(0, 9), (1, 9), (9, 0)])
def test_controls_without_cases_and_cases_without_controls_have_no_cluster(
    cases: int, controls: int
) -> None:
    model = BernoulliModel(
        place=np.arange(cases) % 3, step=np.zeros(cases, dtype=np.int64), places=3, steps=1,
        control_place=np.arange(controls) % 3, control_step=np.zeros(controls, dtype=np.int64),
    )  # fmt: skip
    zones = zones_around(np.linspace(0, 20, 3), np.zeros(3), 15.0)
    assert find_clusters(ScanStudy(model=model, zones=zones, longest=1)).clusters == []


def test_people_that_move_in_are_expected_to_have_cases() -> None:
    """A place that fills up with people is no cluster; without the people's times it is one."""
    growing = np.array([[100.0, 100.0, 100.0, 100.0], [1.0, 1.0, 1.0, 97.0]])
    zones = zones_around(np.array([0.0, 900.0]), np.zeros(2), 10.0)
    place = np.repeat([0, 0, 0, 0, 1], 100)
    step = np.repeat([0, 1, 2, 3, 3], 100)

    def p_value(numbers: Any, shares: Any) -> float:
        model = PoissonModel(
            place=place, step=step, places=2, steps=4, people=numbers, shares=shares
        )
        study = ScanStudy(model=model, zones=zones, longest=2)
        clusters = find_clusters(study, replicates=99, most=1).clusters
        return clusters[0].p_value if clusters else 1.0

    assert p_value(growing, np.eye(4)) > 0.05
    assert p_value(growing.sum(axis=1, keepdims=True), np.ones((1, 4))) == 0.01


def test_people_of_a_cluster_are_taken_out_with_it() -> None:
    """What is expected of the rest adds up to the cases that are left."""
    random = np.random.default_rng(2)
    model = PoissonModel(
        place=random.integers(0, 5, 40), step=random.integers(0, 6, 40), places=5, steps=6,
        people=np.arange(1.0, 6.0)[:, None], shares=np.full((1, 6), 1 / 6),
    )  # fmt: skip
    first, second = np.arange(5) < 2, np.arange(5) == 1
    left = model.without(first, 3, 5).without(second, 0, 4)
    expected = left.weights().place @ left.weights().step
    assert expected.sum() == pytest.approx(left.cases)
    assert left.weights().total == pytest.approx(left.cases)
    gone = np.zeros((5, 6), dtype=bool)
    gone[:2, 3:], gone[1, :5] = True, True
    assert (expected[gone] == 0).all()
    assert np.ptp((expected / model.people)[~gone]) == pytest.approx(0)
    assert not gone[left.place, left.step].any()
    assert left.cases == (~gone[model.place, model.step]).sum()
