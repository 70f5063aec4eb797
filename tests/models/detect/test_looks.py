"""Many looks a day: each day is one chance, however often it is looked at."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from models.detect.gumbel import gumbel_p_value
from models.detect.looks import day_maxima

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
DAY_S = 86_400


def busiest(place: Ints, happened: Bools, age_days: Ints) -> float:
    """Score a look by the most cases that any place saw in the last 24 hours."""
    newest = place[happened][age_days == 0]
    return float(np.bincount(newest, minlength=20).max() + 1e-3 * newest.size)


def test_one_look_is_the_plain_shuffle() -> None:
    random = np.random.default_rng(1)
    place = random.integers(0, 20, 400)
    age_s = random.integers(0, 50 * DAY_S, 400)
    told = day_maxima(age_s, lambda h, a: busiest(place, h, a), looks=1, replicates=5, seed=3)
    shuffle = np.random.default_rng(3)
    plain = [
        busiest(place, np.ones(400, bool), shuffle.permutation(age_s) // DAY_S) for _ in range(5)
    ]
    assert told.tolist() == plain


def test_more_looks_make_chance_stronger() -> None:
    random = np.random.default_rng(2)
    place = random.integers(0, 20, 2000)
    age_s = random.integers(0, 100 * DAY_S, 2000)
    mean = [
        day_maxima(age_s, lambda h, a: busiest(place, h, a), looks=looks, replicates=40).mean()
        for looks in (1, 4, 16)
    ]
    assert mean[0] < mean[1] < mean[2]


def test_best_look_of_a_day_is_as_rare_as_told() -> None:
    random = np.random.default_rng(4)
    place = random.integers(0, 20, 1000)

    def score(happened: Bools, age_days: Ints) -> float:
        return busiest(place, happened, age_days)

    ages = random.integers(0, 100 * DAY_S, 1000)
    null = day_maxima(ages, score, looks=8, replicates=99, seed=5)
    once = day_maxima(ages, score, looks=1, replicates=99, seed=6)
    days = day_maxima(ages, score, looks=8, replicates=200, seed=7)  # days without clusters
    assert (gumbel_p_value(days, null) < 0.1).mean() < 0.17
    assert (gumbel_p_value(days, once) < 0.1).mean() > 0.17  # the error that is mended


def test_a_case_counts_only_after_it_has_happened() -> None:
    seen: list[int] = []

    def score(happened: Bools, age_days: Ints) -> float:
        seen.append(int(happened.sum()))
        assert (age_days >= 0).all()
        return 0.0

    day_maxima(np.array([0, DAY_S // 2, 3 * DAY_S]), score, looks=4, replicates=1)
    assert seen == [1, 2, 2, 3]


def test_no_look_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1 look a day, got 0"):
        day_maxima(np.zeros(1, np.int64), lambda _h, _a: 0.0, looks=0, replicates=1)
