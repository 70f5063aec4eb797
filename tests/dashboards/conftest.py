"""The small city of `factory`, made once."""

from __future__ import annotations

import pytest

from dashboards.atlas import Atlas
from models.grid.grid import Grid
from tests.dashboards import factory


@pytest.fixture(scope="session")
def grid() -> Grid:
    return factory.small_grid()


@pytest.fixture(scope="session")
def atlas(grid: Grid) -> Atlas:
    return factory.small_atlas(grid)
