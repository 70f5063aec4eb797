"""The unit grid (万米单元网格): cells, their codes, and lon/lat → cell.

A cell code has 15 digits: 6 district + 3 street + 3 community + 3 cell, numbered west to east and
north to south inside its community (DB11/T 2157-2023).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

STREET_DIVISOR = 10**6  # a cell code // this = its street code
DISTRICT_DIVISOR = 10**9


@dataclass(frozen=True, kw_only=True)
class Grid:
    """All cells of a city at one date, sorted by code.

    Attributes
    ----------
    codes : ndarray, shape (n,), int64, ascending
    lon, lat : ndarray, shape (n,), float64, degrees (CGCS2000) of the cell centre
    x_m, y_m : ndarray, shape (n,), float64, metres, local projection, cell centre
    column, row : ndarray, shape (n,), int32, place on the lattice (row 0 is the south)
    cell_m : float
        Side of a cell.
    synthetic : bool
        True where the cells were generated, not surveyed.
    """

    codes: NDArray[np.int64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    x_m: NDArray[np.float64]
    y_m: NDArray[np.float64]
    column: NDArray[np.int32]
    row: NDArray[np.int32]
    cell_m: float
    synthetic: bool

    def index_of(self, codes: NDArray[np.int64]) -> NDArray[np.int64]:
        """Index of each cell code; -1 for a code that does not exist."""
        raise NotImplementedError

    def locate(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.int64]:
        """Index of the cell that holds each point; -1 outside the city."""
        raise NotImplementedError
