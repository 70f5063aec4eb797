"""Rolling windows against a plain sum over all readings."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.windows.rolling import MEAN_WINDOWS, P95_WINDOW, RollingQuantiles, RollingSums, Window
from models.windows.rows import Rows
from models.windows.sketch import Histogram

WINDOW = Window("test", length_ms=100, slot_ms=10)
WINDOWS = (WINDOW, Window("longer", length_ms=400, slot_ms=20), Window("longest", 1200, 60))
AHEAD_MS = 40
Reading = tuple[int, int, int]  # series, value, event time
READINGS = st.lists(
    st.tuples(st.integers(0, 5), st.integers(-50, 50), st.integers(5000, 8000)),
    min_size=1,
    max_size=40,
)
NEAR_READINGS = st.lists(
    st.tuples(st.integers(0, 5), st.integers(-50, 50), st.integers(5000, 5150)),
    min_size=1,
    max_size=40,
)


def rows_of(readings: list[Reading]) -> Rows:
    return Rows.of(*np.array(readings, np.int64).T)


def sums_of(*batches: list[Reading]) -> RollingSums:
    sums = RollingSums(WINDOWS, AHEAD_MS)
    for readings in batches:
        sums.add(rows_of(readings))
    return sums


def plain_totals(readings: list[Reading], window: Window, end_ms: int) -> list[tuple[int, int]]:
    """Count and sum of six series, over all readings that the window and its ring can hold."""
    end, newest = end_ms // window.slot_ms, max(ts for _, _, ts in readings) // window.slot_ms
    oldest = newest - window.slots - -(-AHEAD_MS // window.slot_ms) + 1
    after = max(end - window.slots + 1, oldest)
    inside = [r for r in readings if after <= r[2] // window.slot_ms <= end]
    mine = [[value for series, value, _ in inside if series == number] for number in range(6)]
    return [(len(values), sum(values)) for values in mine]


def found_totals(sums: RollingSums, end_ms: int) -> list[list[tuple[int, int]]]:
    return [
        list(zip(total.counts.tolist(), total.sums.tolist(), strict=True))
        for total in sums.totals(end_ms, size=6)
    ]


@settings(deadline=None)
@given(st.one_of(READINGS, NEAR_READINGS), st.integers(0, 60), st.data())
def test_sums_equal_a_plain_sum_in_any_order(
    readings: list[Reading], before_ms: int, data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(readings))
    sums = sums_of(*(shuffled[start : start + 7] for start in range(0, len(shuffled), 7)))
    for end_ms in (max(ts for _, _, ts in readings) - before_ms, 10_000):
        assert found_totals(sums, end_ms) == [
            plain_totals(readings, window, end_ms) for window in WINDOWS
        ]


@settings(deadline=None)
@given(READINGS, READINGS, READINGS)
def test_saved_parts_continue_alike(
    before: list[Reading], between: list[Reading], after: list[Reading]
) -> None:
    sums, copy = sums_of(before), RollingSums(WINDOWS, AHEAD_MS)
    fields = {name: ring.changes() for name, ring in sums.rings.items()}
    sums.add(rows_of(between))
    for name, ring in sums.rings.items():
        fields[name] |= ring.changes()
        assert ring.changes() == {}
        copy.rings[name].restore(ring.dump())
        for (row, block), blob in fields[name].items():
            if blob is not None:
                copy.rings[name].load(row, block, blob)
    assert found_totals(copy, 8000) == found_totals(sums, 8000)
    for both in (sums, copy):
        both.add(rows_of(after))
    for end_ms in (5060, 8000, 8300):
        assert found_totals(copy, end_ms) == found_totals(sums, end_ms)


def test_a_jump_over_all_rings_leaves_nothing_behind() -> None:
    sums = sums_of([(1, 1, 50)], [(1, 1, 10**9)], [(1, 1, 51)])  # the last left them long ago
    assert [totals.counts.tolist() for totals in sums.totals(10**9, size=2)] == [[0, 1]] * 3


def test_a_reading_is_written_once_and_again_only_when_its_slot_is_handed_on() -> None:
    def written(sums: RollingSums) -> dict[str, list[bool]]:
        return {
            name: [blob is not None for blob in ring.changes().values()]
            for name, ring in sums.rings.items()
        }

    sums = sums_of([(0, 7, 5005)])
    assert written(sums) == {"test": [True], "longer": [], "longest": []}
    sums.add(rows_of([(0, 7, 5200)]))
    assert written(sums) == {"test": [True, False], "longer": [True], "longest": []}


def test_each_window_is_made_of_whole_slots_of_the_shorter_and_holds_all_of_it() -> None:
    for shorter, longer in itertools.pairwise(MEAN_WINDOWS):
        assert longer.slot_ms % shorter.slot_ms == 0
        assert longer.length_ms - longer.slot_ms >= shorter.length_ms


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
