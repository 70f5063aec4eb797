"""The small city of `factory`, made once."""

from __future__ import annotations

import pytest

from dashboards.atlas import Atlas
from models.grid.grid import Grid
from tests.dashboards.small_city import small_atlas, small_grid


@pytest.fixture(scope="session")
def grid() -> Grid:
    return small_grid()


@pytest.fixture(scope="session")
def atlas(grid: Grid) -> Atlas:
    return small_atlas(grid)
