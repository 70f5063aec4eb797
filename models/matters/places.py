"""Where things that a feed declares stand on a grid."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from models.grid.grid import Grid
from models.matters.rows import Place


def cells_of(places: Iterable[Place], grid: Grid) -> NDArray[np.int64]:
    """Give the index of the cell of each place, shape (n,); -1 where it has none on the grid."""
    every = list(places)
    lon = np.array([np.nan if p.lon is None else p.lon for p in every], np.float64)
    lat = np.array([np.nan if p.lat is None else p.lat for p in every], np.float64)
    codes = np.array([int(p.cell) if p.cell else 0 for p in every], np.int64)
    found = grid.locate(lon, lat) if every else np.empty(0, np.int64)
    return np.where(codes > 0, grid.index_of(codes), found) if every else found
