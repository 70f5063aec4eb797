"""The unit grid (万米单元网格): cells, their codes, and lon/lat → cell.

A cell code has 15 digits: 6 district + 3 street + 3 community + 3 cell, numbered west to east and
north to south inside its community (DB11/T 2157-2023).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from models.grid.projection import LocalProjection

_SIDES = ((0, 1), (1, 0), (0, -1), (-1, 0))  # north, east, south, west


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
    projection : LocalProjection
        The plane of `x_m` and `y_m`; its origin is the south-west corner of the lattice.
    outlines : ndarray of shapely Polygon, shape (n,), or None
        Surveyed outlines in degrees. None: cells are the squares of the lattice.
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
    projection: LocalProjection
    outlines: NDArray[np.object_] | None = None

    def __len__(self) -> int:
        return len(self.codes)

    def index_of(self, codes: NDArray[np.int64]) -> NDArray[np.int64]:
        """Index of each cell code; -1 for a code that does not exist."""
        at = np.searchsorted(self.codes, codes)
        at[at == len(self.codes)] = 0
        return np.where(self.codes[at] == codes, at, -1)

    def locate(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.int64]:
        """Index of the cell that holds each point; -1 outside the city.

        A lattice cell holds its west and south edges. A point on the shared edge of surveyed
        cells belongs to the cell with the lowest code. NaN and infinities are outside.

        Parameters
        ----------
        lon, lat : ndarray, shape (k,), float64, degrees

        Returns
        -------
        ndarray, shape (k,), int64
        """
        if self.outlines is not None:
            return self._locate_in_outlines(lon, lat)
        x_m, y_m = self.projection.to_metres(lon, lat)
        return self._at(np.floor(x_m / self.cell_m), np.floor(y_m / self.cell_m))

    @cached_property
    def neighbours(self) -> NDArray[np.int64]:
        """Indices of the cells to the north, east, south and west, shape (n, 4); -1 for none."""
        sides = [self._at(self.column + dx, self.row + dy) for dx, dy in _SIDES]
        return np.stack(sides, axis=1)

    @cached_property
    def _lattice(self) -> NDArray[np.int64]:
        """Cell index by row and column, -1 where there is no cell."""
        table = np.full((int(self.row.max()) + 1, int(self.column.max()) + 1), -1, dtype=np.int64)
        # Reversed, so that of surveyed cells that share a square the lowest code stays.
        table[self.row[::-1], self.column[::-1]] = np.arange(len(self.codes))[::-1]
        return table

    def _at(self, column: NDArray[np.number], row: NDArray[np.number]) -> NDArray[np.int64]:
        """Index of the cell at each place of the lattice; -1 where there is none."""
        rows, columns = self._lattice.shape
        inside = (column >= 0) & (column < columns) & (row >= 0) & (row < rows)  # False for NaN
        found = np.full(np.shape(column), -1, dtype=np.int64)
        found[inside] = self._lattice[row[inside].astype(np.int64), column[inside].astype(np.int64)]
        return found

    @cached_property
    def _tree(self) -> shapely.STRtree:
        """Search tree over the surveyed outlines."""
        assert self.outlines is not None  # only asked for where cells were surveyed
        return shapely.STRtree(self.outlines)

    def _locate_in_outlines(
        self, lon: NDArray[np.float64], lat: NDArray[np.float64]
    ) -> NDArray[np.int64]:
        finite = np.isfinite(lon) & np.isfinite(lat)
        points = shapely.points(np.where(finite, lon, 0.0), np.where(finite, lat, 0.0))
        point, cell = self._tree.query(points, predicate="intersects")
        lowest = np.full(len(points), len(self.codes), dtype=np.int64)
        np.minimum.at(lowest, point, cell)
        return np.where(finite & (lowest < len(self.codes)), lowest, -1)
