"""Where cells lie, in metres: what a scan needs to know of a city."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Final

import numpy as np

from models.detect.contract import Floats
from models.grid.grid import Grid
from models.monitors.case_history import Ints
from models.timing.days import date_of

_DEGREE_M: Final = 111_320.0


class CellPositions:
    """Positions of cells in the grid of a day.

    Parameters
    ----------
    grid_at : callable
        Day → the grid in force.
    earliest : date
        First day that has one; it serves earlier days too.
    """

    def __init__(self, grid_at: Callable[[date], Grid], earliest: date) -> None:
        self._grid_at, self._earliest = grid_at, earliest

    def metres(self, cells: Ints, day: int) -> tuple[Floats, Floats]:
        """Give east and north of cells; NaN for one that is not in force.

        Parameters
        ----------
        cells : ndarray, shape (n,), int64
        day : int
            Days since 1970.
        """
        grid = self._grid_at(max(date_of(day), self._earliest))
        at = grid.index_of(cells)
        lon, lat = np.where(at >= 0, grid.lon[at], np.nan), np.where(at >= 0, grid.lat[at], np.nan)
        east = lon * _DEGREE_M * np.cos(np.radians(grid.lat.mean()))
        return east, lat * _DEGREE_M
