"""The small city of `factory`, made once."""

from __future__ import annotations

import pytest

from dashboards.common.city_index import CityIndex
from models.grid.grid import Grid
from tests.dashboards.small_city import small_city_index, small_grid


@pytest.fixture(scope="session")
def grid() -> Grid:
    return small_grid()


@pytest.fixture(scope="session")
def city_index(grid: Grid) -> CityIndex:
    return small_city_index(grid)
