"""Points that say nothing of where, and what is no repeat."""

from __future__ import annotations

import numpy as np

from models.detect.clusters.repeats import default_geocodes, repeated


def test_point_of_many_days_is_a_default_geocode() -> None:
    random = np.random.default_rng(1)
    point = np.append(random.integers(1, 3000, 5000), np.zeros(90, np.int64))
    day = np.append(random.integers(0, 365, 5000), np.arange(90) * 4)
    assert np.flatnonzero(default_geocodes(point, day)).tolist() == list(range(5000, 5090))


def test_outbreak_at_one_point_is_not() -> None:
    random = np.random.default_rng(2)
    point = np.append(random.integers(1, 3000, 5000), np.zeros(90, np.int64))
    day = np.append(random.integers(0, 365, 5000), np.arange(90) % 6)  # many cases, six days
    assert not default_geocodes(point, day).any()


def test_busy_block_among_blocks_is_not() -> None:
    random = np.random.default_rng(3)
    point = random.choice(50, 5000, p=np.append(0.2, np.full(49, 0.8 / 49)))
    assert not default_geocodes(point, random.integers(0, 365, 5000)).any()


def test_same_point_same_day_counts_once() -> None:
    point, day = np.arange(20) % 19, np.arange(20) % 19
    assert np.flatnonzero(repeated(point, day)).tolist() == [19]


def test_points_that_stand_for_areas_have_no_repeats() -> None:
    random = np.random.default_rng(4)
    point = np.append(random.integers(0, 60, 300), np.full(9, 7))
    day = np.append(random.integers(0, 365, 300), np.arange(9) % 4)  # nine cases in one area
    assert not repeated(point, day).any()


def test_no_cases() -> None:
    none = np.zeros(0, np.int64)
    assert default_geocodes(none, none).shape == repeated(none, none).shape == (0,)
