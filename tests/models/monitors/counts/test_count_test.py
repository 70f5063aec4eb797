"""Too few cases of a whole day: where it can be said, whose it is, and whose silence it is not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from scipy import stats

from models.monitors.counts.baseline import Expected
from models.monitors.counts.count_test import (
    DROP,
    RISE,
    USUAL,
    Departure,
    ObservedCounts,
    Side,
    judge,
)
from models.monitors.counts.table import Series

DISTRICT, STREETS = "110101", [f"11010100{n}" for n in range(1, 6)]
SERIES: list[Series] = [(DISTRICT, "all"), *((street, "all") for street in STREETS)]
PHI = 1.5
MEANS = (40.0, 40.0, 40.0, 40.0, 40.0)


def judged(
    now: Sequence[float],
    *,
    means: Sequence[float] = MEANS,
    before: Sequence[float] | None = None,
    side: Side = DROP,
    minimum: float = 4,
    most_days: float = 1e9,
    **given: Any,
) -> Departure:
    """Judge the counts of the streets, and of the district they make, at one day in a hundred."""
    usual = Expected(mean=_whole(means), phi=np.full(len(SERIES), PHI))
    counted = ObservedCounts(
        now=_whole(now),
        before=_whole(means if before is None else before),
        **{"share": 1.0, "is_closing": True, **given},
    )
    return judge(
        SERIES,
        counted,
        usual,
        usual,
        side=side,
        minimum=minimum,
        rate=0.01,
        most_days=np.full(len(SERIES), most_days),
    )


def _whole(streets: Sequence[float]) -> np.ndarray:
    return np.array([sum(streets), *streets], dtype=np.float64)


def found(departure: Departure) -> list[str]:
    return [SERIES[row][0] for row in np.flatnonzero(departure.found)]


def test_one_street_that_falls_is_found_alone() -> None:
    departure = judged((9, 40, 41, 39, 40))
    assert found(departure) == [STREETS[0]]
    assert not departure.regional[1]
    assert departure.once_in_days[1] > 1000
    assert departure.expected[1] == 40


def test_the_bounds_of_the_usual_are_those_of_the_distribution() -> None:
    departure, known = judged(MEANS), stats.nbinom(40 / (PHI - 1), 1 / PHI)
    assert departure.low[1] == known.ppf(1 - USUAL)
    assert departure.high[1] == known.ppf(USUAL)
    assert found(departure) == []


def test_a_district_that_falls_as_a_whole_is_told_as_the_district() -> None:
    departure = judged((20, 18, 21, 19, 20))
    assert DISTRICT in found(departure)
    assert departure.regional.all()


def test_a_street_that_falls_further_than_the_district_is_its_own() -> None:
    departure = judged((2, 26, 25, 27, 26))
    assert not departure.regional[1]
    assert departure.regional[2:].all()


def test_where_no_case_is_usual_nothing_can_drop() -> None:
    departure = judged((0, 40, 40, 40, 40), means=(3.0, 40, 40, 40, 40), before=(0, 40, 40, 40, 40))
    assert not departure.is_judged[1]
    assert departure.once_in_days[1] == 1
    assert found(departure) == []


def test_what_cannot_drop_costs_the_others_nothing() -> None:
    full, few = judged((9, 40, 40, 40, 40)), judged((9, 1, 1, 1, 1), means=(40, 1, 1, 1, 1))
    assert few.is_judged.tolist() == [True, True, False, False, False, False]
    assert few.once_in_days[1] > 2.9 * full.once_in_days[1]  # two tests in place of six


def test_cases_that_are_not_known_yet_are_not_missing() -> None:
    half = (20, 21, 19, 20, 20)
    assert found(judged(half)) != []
    assert found(judged(half, share=0.5)) == []


def test_where_days_are_sometimes_known_late_few_cases_are_no_drop() -> None:
    assert found(judged((9, 40, 41, 39, 40), share=0.9)) == [STREETS[0]]
    assert found(judged((9, 40, 41, 39, 40), share=0.9, share_variance=0.09)) == []


def test_the_day_before_counts_as_well() -> None:
    alone = judged((22, 40, 40, 40, 40))
    second = judged((22, 40, 40, 40, 40), before=(22, 40, 40, 40, 40))
    assert found(alone) == []
    assert second.once_in_days[1] > 1.5 * alone.once_in_days[1]


def test_a_day_within_the_usual_is_no_drop_whatever_the_day_before() -> None:
    low = judged(MEANS).low[1]
    before = (5, 40, 40, 40, 40)
    assert found(judged((low - 1, 40, 40, 40, 40), before=before)) == [STREETS[0]]
    assert found(judged((low, 40, 40, 40, 40), before=before)) == []


def test_fewer_missing_cases_than_the_rule_asks_are_no_finding() -> None:
    assert found(judged((9, 40, 40, 40, 40), minimum=31)) == [STREETS[0]]
    assert found(judged((9, 40, 40, 40, 40), minimum=32)) == []


def test_a_mute_street_is_left_to_its_silence_and_explains_the_district() -> None:
    now = (0, 40, 40, 40, 40)
    assert found(judged(now)) == [STREETS[0]]
    departure = judged(now, empty_areas=frozenset(STREETS[:1]))
    assert found(departure) == []
    assert not departure.is_judged[1]
    assert departure.is_judged[0]


def test_a_mute_street_hides_no_drop_of_the_others() -> None:
    departure = judged((0, 20, 19, 18, 21), empty_areas=frozenset(STREETS[:1]))
    assert DISTRICT in found(departure)


def test_streets_that_are_often_empty_explain_nothing() -> None:
    means = (3.0, 3.0, 3.0, 3.0, 3.0)
    departure = judged(
        (0, 0, 1, 0, 1), means=means, empty_areas=frozenset(STREETS[:2] + STREETS[3:4])
    )
    assert departure.is_judged.tolist() == [True] + 5 * [False]
    assert found(departure) == [DISTRICT]


def test_a_district_without_any_case_is_told_although_its_streets_are_not() -> None:
    departure = judged((0, 0, 0, 0, 0), empty_areas=frozenset([DISTRICT, *STREETS]))
    assert found(departure) == [DISTRICT]


@pytest.mark.parametrize("side", [RISE, DROP])
def test_each_side_sees_its_own_only(side: Side) -> None:
    now = (9, 90, 40, 40, 40)
    assert found(judged(now, side=side)) == [STREETS[1] if side is RISE else STREETS[0]]


def test_usual_days_are_found_no_more_often_than_asked() -> None:
    random = np.random.default_rng(5)
    days = random.negative_binomial(40 / (PHI - 1), 1 / PHI, (3000, 5)).astype(float)
    told = sum(
        bool(found(judged(now, before=before)))
        for now, before in zip(days[1:].tolist(), days[:-1].tolist(), strict=True)
    )
    assert told <= 45  # 30 are expected at one day in a hundred


def test_nothing_is_rarer_than_the_history_supports() -> None:
    """One in billions by the law of counts; after ten weeks nobody has seen so much."""
    free, bounded = judged((9, 40, 41, 39, 40)), judged((9, 40, 41, 39, 40), most_days=560)
    assert free.once_in_days[1] > 560
    assert not free.is_least.any()
    assert bounded.once_in_days[1] == 560
    assert bounded.is_least.tolist() == (free.once_in_days > 560).tolist()
    assert bounded.found.tolist() == free.found.tolist()  # what is found stays found
