"""Quantiles from bins."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.windows.sketch import BINS, RELATIVE_ERROR, Histogram, bin_of

ANY_VALUE = st.one_of(st.integers(-(2**31), 2**31 - 1), st.integers(-300, 300))
VALUES = st.lists(ANY_VALUE, min_size=1, max_size=60)


def histogram_of(values: list[int], series: int = 0) -> Histogram:
    histogram = Histogram()
    histogram.add(np.full(len(values), series), np.array(values, np.int64))
    return histogram


@settings(deadline=None)
@given(VALUES, st.sampled_from([0.05, 0.5, 0.95, 1.0]))
def test_relative_error_is_within_the_promise(values: list[int], share: float) -> None:
    exact = int(np.quantile(np.array(values), share, method="inverted_cdf"))
    sketched = histogram_of(values).quantiles(np.array([0]), (share,))[0, 0]
    assert abs(sketched - exact) <= RELATIVE_ERROR * abs(exact)


def test_every_value_has_a_bin_in_the_order_of_the_values() -> None:
    values = np.array([-(2**31), -(2**20), -80_000, -65_535, -2, 0, 3, 65_535, 80_000, 2**31 - 1])
    bins = bin_of(values)
    assert (np.diff(bins) > 0).all()
    assert bins.min() >= 0 and bins.max() < BINS


def test_looked_up_and_searched_bins_agree() -> None:
    small = np.arange(-65_535, 65_536, 7)
    searched = bin_of(np.append(small, 2**30))[:-1]
    assert np.array_equal(bin_of(small), searched)


@pytest.mark.parametrize("value", range(-9, 10))
def test_values_below_ten_are_exact(value: int) -> None:
    assert histogram_of([value]).quantiles(np.array([0]), (0.5,))[0, 0] == value


@settings(deadline=None)
@given(VALUES, VALUES)
def test_merging_is_the_same_as_adding_all(left: list[int], right: list[int]) -> None:
    merged = histogram_of(left, series=40)
    merged.merge(histogram_of(right))
    both = Histogram()
    both.add(np.array([40] * len(left) + [0] * len(right)), np.array(left + right))
    at = np.array([0, 40, 41])
    assert np.array_equal(
        merged.quantiles(at, (0.5, 0.95)), both.quantiles(at, (0.5, 0.95)), equal_nan=True
    )


def test_a_series_without_values_has_no_quantile() -> None:
    assert np.isnan(histogram_of([5]).quantiles(np.array([1, 9999]), (0.5,))).all()
    assert np.isnan(Histogram().quantiles(np.array([0]), (0.5,))).all()


@settings(deadline=None)
@given(VALUES)
def test_entries_put_back_give_the_same_counts(values: list[int]) -> None:
    histogram = histogram_of(values, series=4100)
    copy = Histogram()
    copy.put(4096, *histogram.entries(4096, 8192))
    at = np.array([4100])
    assert np.array_equal(copy.quantiles(at, (0.3, 0.9)), histogram.quantiles(at, (0.3, 0.9)))


def test_only_the_bins_in_use_take_memory() -> None:
    assert histogram_of(list(range(1000, 1500))).counts.shape[0] < BINS / 10
