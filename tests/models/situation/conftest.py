"""A grid of three cells."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from models.grid.grid import Grid
from tests.streams.agents.district import dongcheng

CODES = np.array([10, 20, 30], np.int64)


@pytest.fixture
def grid() -> Grid:
    """Three cells."""
    whole = dongcheng().grid_at(date(2014, 4, 1))
    first = {name: getattr(whole, name)[:3] for name in ("lon", "lat", "x_m", "y_m")}
    place = {name: getattr(whole, name)[:3] for name in ("column", "row")}
    return replace(whole, codes=CODES, **first, **place)
