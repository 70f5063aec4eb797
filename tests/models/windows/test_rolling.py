"""Rolling windows against a plain sum over all readings."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.windows.rolling import MEAN_WINDOWS, P95_WINDOW, RollingQuantiles, RollingSums, Window
from models.windows.rows import Rows
from models.windows.sketch import Histogram

WINDOW = Window("test", length_ms=100, slot_ms=10)
READINGS = st.lists(
    st.tuples(st.integers(0, 5), st.integers(-50, 50), st.integers(1000, 1129)),
    min_size=1,
    max_size=40,
)


@settings(deadline=None)
@given(READINGS, st.randoms(use_true_random=False))
def test_sums_equal_a_plain_sum_in_any_order(
    readings: list[tuple[int, int, int]], random: object
) -> None:
    shuffled = list(readings)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    sums = RollingSums(WINDOW, ahead_ms=40)
    for start in range(0, len(shuffled), 7):
        series, values, times = np.array(shuffled[start : start + 7], np.int64).T
        sums.add(Rows.of(series, values, times))
    end = max(ts for _, _, ts in readings)
    counts, totals = sums.totals(end, size=6)
    inside = [r for r in readings if end // 10 - 10 < r[2] // 10 <= end // 10]
    for number in range(6):
        mine = [value for series, value, _ in inside if series == number]
        assert (counts[number], totals[number]) == (len(mine), sum(mine))


@settings(deadline=None)
@given(READINGS, READINGS)
def test_saved_parts_continue_alike(
    before: list[tuple[int, int, int]], after: list[tuple[int, int, int]]
) -> None:
    sums, copy = RollingSums(WINDOW, ahead_ms=0), RollingSums(WINDOW, ahead_ms=0)
    sums.add(Rows.of(*np.array(before, np.int64).T))
    fields = sums.changes()
    series, values, times = np.array(before, np.int64).T
    sums.add(Rows.of(series, values, times + 35))
    fields |= sums.changes()
    assert sums.changes() == {}
    copy.restore(sums.dump())
    for (row, block), blob in fields.items():
        if blob is not None:
            copy.load(row, block, blob)
    for both in (sums, copy):
        both.add(Rows.of(*np.array(after, np.int64).T))
    for end in (1060, 1130, 1300):
        for mine, theirs in zip(sums.totals(end, 6), copy.totals(end, 6), strict=True):
            assert mine.tolist() == theirs.tolist()


def test_a_jump_over_the_whole_ring_leaves_nothing_behind() -> None:
    sums = RollingSums(WINDOW, ahead_ms=0)
    one, value = np.ones(1, np.int64), np.ones(1, np.int32)
    sums.add(Rows.of(one, value, np.array([50])))
    sums.add(Rows.of(one, value, np.array([10**9])))
    sums.add(Rows.of(one, value, np.array([51])))  # left the ring long ago
    counts, _ = sums.totals(10**9, size=2)
    assert counts.tolist() == [0, 1]


def test_windows_are_whole_numbers_of_slots_and_short_by_a_sixth_at_most() -> None:
    for window in (*MEAN_WINDOWS, P95_WINDOW):
        assert window.length_ms % window.slot_ms == 0
        assert window.slot_ms / window.length_ms <= 1 / 6


def histogram_of(value: int, times: int) -> Histogram:
    histogram = Histogram()
    histogram.add(np.zeros(times, np.int64), np.full(times, value))
    return histogram


def test_quantile_over_the_window_forgets_what_has_left_it() -> None:
    quantiles = RollingQuantiles(WINDOW)
    quantiles.merge(0, histogram_of(900, times=50))
    quantiles.merge(100, histogram_of(100, times=2))
    assert quantiles.quantile(0.95, 99, size=1)[0] == pytest.approx(900, rel=0.05)
    assert quantiles.quantile(0.95, 100, size=1)[0] == pytest.approx(100, rel=0.05)
    assert np.isnan(quantiles.quantile(0.95, 200, size=1)[0])


def test_corrections_of_closed_panes_count_in_the_quantile() -> None:
    quantiles = RollingQuantiles(WINDOW)
    quantiles.merge(100, histogram_of(100, times=2))
    assert quantiles.quantile(0.95, 100, size=1)[0] == pytest.approx(100, rel=0.05)
    quantiles.add(
        Rows.of(np.zeros(3, np.int64), np.full(3, 700, np.int32), np.array([101, 102, 103]))
    )
    assert quantiles.quantile(0.95, 100, size=1)[0] == pytest.approx(700, rel=0.05)


def test_fields_of_forgotten_slots_are_deleted() -> None:
    quantiles = RollingQuantiles(WINDOW)
    quantiles.merge(0, histogram_of(900, times=1))
    assert [blob is None for blob in quantiles.changes().values()] == [False]
    quantiles.merge(5000, histogram_of(100, times=1))
    fields = quantiles.changes()
    assert fields[0, 0] is None and fields[500, 0] is not None
