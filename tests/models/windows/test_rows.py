"""Rows: nothing is lost or mixed up by the order they are put in."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.windows.rows import Rows

SERIES = st.one_of(st.integers(0, 9), st.integers(0, 10**6))
READINGS = st.lists(
    st.tuples(SERIES, st.integers(-99, 99), st.integers(0, 500)), min_size=1, max_size=50
)


@given(READINGS)
def test_every_row_stays_whole(readings: list[tuple[int, int, int]]) -> None:
    rows = Rows.of(*np.array(readings, np.int64).T)
    columns = (rows.series.tolist(), rows.values.tolist(), rows.times_ms.tolist())
    assert sorted(zip(*columns, strict=True)) == sorted(readings)
    assert rows.size == max(readings)[0] + 1
    assert (rows.first_ms, rows.last_ms) == (rows.times_ms.min(), rows.times_ms.max())


@pytest.mark.parametrize(("series", "apart"), [(2**16, 0), (2**18, 3)])
def test_rows_go_through_memory_in_one_direction(series: int, apart: int) -> None:
    shuffled = np.random.default_rng(1).permutation(series)
    rows = Rows.of(shuffled, np.zeros(series, np.int32), np.zeros(series, np.int64))
    assert (np.diff(rows.series) >= -apart).all()


@given(READINGS, st.integers(1, 200))
def test_slots_come_by_time_and_hold_their_rows(
    readings: list[tuple[int, int, int]], width_ms: int
) -> None:
    parts = list(Rows.of(*np.array(readings, np.int64).T).by_slot(width_ms))
    numbers = [number for number, _ in parts]
    assert numbers == sorted({ts // width_ms for _, _, ts in readings})
    for number, part in parts:
        expected = sorted(row for row in readings if row[2] // width_ms == number)
        columns = (part.series.tolist(), part.values.tolist(), part.times_ms.tolist())
        assert sorted(zip(*columns, strict=True)) == expected
