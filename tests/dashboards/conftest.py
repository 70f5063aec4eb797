"""The small city of `factory`, made once."""

from __future__ import annotations

import pytest

from dashboards.common.city_index import CityIndex
from models.grid.grid import Grid
from tests.dashboards.small_city import small_atlas, small_grid


@pytest.fixture(scope="session")
def grid() -> Grid:
    return small_grid()


@pytest.fixture(scope="session")
def atlas(grid: Grid) -> CityIndex:
    return small_atlas(grid)
