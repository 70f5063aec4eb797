"""Cells by code and by coordinates, on the grid of the date."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from config.loader import load
from config.settings import Settings
from models.feeds.place import Gazetteer, Places, gazetteer
from models.feeds.row_errors import RowErrors
from models.messages.dead_letters import Reason
from tests.models.feeds.town import NOW_MS, make_grid

BEIJING = ZoneInfo("Asia/Shanghai")


def test_every_cell_of_a_city_is_found_by_code_and_by_its_centre() -> None:
    catalog = load(replace(Settings(), city="example"))
    grid = catalog.grid_at(datetime(2026, 3, 1, tzinfo=BEIJING).date())
    times = np.full(len(grid), NOW_MS)
    none = [None] * len(grid)
    faults = RowErrors(len(grid))

    codes = [str(code) for code in grid.codes.tolist()]
    by_code = gazetteer(catalog).find(Places(codes, none, none), times, faults)
    lon, lat = grid.lon.tolist(), grid.lat.tolist()
    by_point = gazetteer(catalog).find(Places(none, lon, lat), times, faults)

    np.testing.assert_array_equal(by_code, grid.codes)
    np.testing.assert_array_equal(by_point, grid.codes)
    assert faults.good.all()


def test_a_street_counts_from_the_local_midnight_of_its_first_day() -> None:
    catalog = load(Settings())
    first = datetime(2010, 7, 1, tzinfo=BEIJING)
    later = catalog.grid_at(first.date())
    before = catalog.grid_at(datetime(2010, 6, 30, tzinfo=BEIJING).date())
    new = str(np.setdiff1d(later.codes // 10**6, before.codes // 10**6)[0])
    cell = next(str(code) for code in later.codes.tolist() if str(code).startswith(new))
    midnight_ms = int(first.timestamp() * 1000)
    faults = RowErrors(2)

    found = gazetteer(catalog).find(
        Places([cell, cell], [None, None], [None, None]),
        np.array([midnight_ms - 1, midnight_ms]),
        faults,
    )

    assert found.tolist() == [-1, int(cell)]
    assert [(row, faults.reason(row)) for row in faults.bad_rows] == [(0, Reason.UNKNOWN_CELL)]


def test_times_before_the_first_grid_use_the_first() -> None:
    grid = make_grid()
    places = Places([str(grid.codes[0])], [None], [None])
    found = Gazetteer([(NOW_MS, grid)]).find(places, np.array([0]), RowErrors(1))
    assert found.tolist() == [grid.codes[0]]


def test_the_first_fault_of_a_row_stays() -> None:
    faults = RowErrors(3)
    faults.mark(np.array([True, False, False]), Reason.TOO_OLD)
    faults.mark_at(np.array([0, 1]), Reason.NO_PLACE)
    faults.mark(np.array([True, True, False]), Reason.LATE)
    assert [faults.reason(row) for row in faults.bad_rows] == [Reason.TOO_OLD, Reason.NO_PLACE]
    assert faults.good.tolist() == [False, False, True]
    with pytest.raises(IndexError):
        faults.reason(3)
