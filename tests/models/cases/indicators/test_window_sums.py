"""Window sums equal a plain sum over days, whatever was added when and however days turned."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.cases.indicators.window_sums import KEPT_DAYS, WINDOWS, WindowSums, window_start
from models.timing.calendar import EPOCH

WIDTH = 3
FIRST = (date(2024, 2, 27) - EPOCH).days
Entry = tuple[int, int, int, int]  # day, row, column, weight
ENTRIES = st.lists(
    st.tuples(
        st.integers(FIRST - 400, FIRST + 40),
        st.integers(0, 150),
        st.integers(0, WIDTH - 1),
        st.integers(-3, 3),
    ),
    max_size=60,
)


def put(sums: WindowSums, entries: list[Entry]) -> None:
    columns = np.array(entries, dtype=np.int64).reshape(-1, 4).T
    sums.add(*columns)


def by_hand(entries: list[Entry], window: str, today: int) -> dict[tuple[int, int], int]:
    totals: dict[tuple[int, int], int] = {}
    for day, row, column, weight in entries:
        if window_start(window, today) <= day <= today:
            totals[row, column] = totals.get((row, column), 0) + weight
    return {place: total for place, total in totals.items() if total}


def found(sums: WindowSums, window: str) -> dict[tuple[int, int], int]:
    matrix = sums.window(window)
    return {(r, c): int(matrix[r, c]) for r, c in np.argwhere(matrix != 0).tolist()}


@settings(max_examples=60, deadline=None)
@given(ENTRIES, ENTRIES, st.integers(0, 35))
def test_windows_hold_what_a_plain_sum_gives(
    before: list[Entry], after: list[Entry], days: int
) -> None:
    sums = WindowSums(WIDTH)
    sums.turn_to(FIRST)
    put(sums, before)
    sums.turn_to(FIRST + days)
    put(sums, after)
    early = [entry for entry in before if entry[0] > FIRST - KEPT_DAYS]
    for window in WINDOWS:
        assert found(sums, window) == by_hand([*early, *after], window, FIRST + days)


@settings(max_examples=30, deadline=None)
@given(ENTRIES)
def test_saved_days_give_the_same_windows(entries: list[Entry]) -> None:
    sums, again = WindowSums(WIDTH), WindowSums(WIDTH)
    sums.turn_to(FIRST)
    put(sums, entries)
    saved = [(day, sums.day_bytes(day)) for day in sorted(sums.changed)]
    again.restore(sums.today, [(day, data) for day, data in saved if data])
    assert again.changed == set()
    for window in WINDOWS:
        assert found(again, window) == found(sums, window)


def test_what_is_taken_out_again_leaves_no_day() -> None:
    sums = WindowSums(WIDTH)
    sums.turn_to(FIRST)
    put(sums, [(FIRST, 1, 1, 5)] * 200)
    put(sums, [(FIRST, 1, 1, -5)] * 200)
    assert sums.day_bytes(FIRST) is None
    assert not sums.window("year").any()


def test_days_that_left_all_windows_are_deleted_from_the_checkpoint() -> None:
    sums = WindowSums(WIDTH)
    sums.turn_to(FIRST)
    put(sums, [(FIRST, 0, 0, 1)])
    sums.changed.clear()
    sums.turn_to(FIRST + KEPT_DAYS)
    assert sums.changed == {FIRST}
    assert sums.day_bytes(FIRST) is None


@pytest.mark.parametrize("day", [FIRST - KEPT_DAYS, FIRST - 2 * KEPT_DAYS])
def test_days_long_past_are_left_out(day: int) -> None:
    sums = WindowSums(WIDTH)
    sums.turn_to(FIRST)
    put(sums, [(day, 0, 0, 1)])
    assert sums.changed == set()
