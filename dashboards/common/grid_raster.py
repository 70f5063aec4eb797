"""The grid as a picture: cells on a lattice, and the outlines of streets and district."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.grid.codes import STREET_DIVISOR
from models.grid.grid import Grid
from models.situation.snapshot import grid_digest

Path = tuple[list[float | None], list[float | None]]  # x, y; None lifts the pen
_OUTSIDE = -1


@dataclass(frozen=True, kw_only=True)
class GridRaster:
    """A grid laid out by column and row; coordinates are lattice units, cell centres whole.

    Attributes
    ----------
    grid : Grid
    digest : str
        `models.situation.snapshot.grid_digest` of its codes.
    place : ndarray, shape (n_cells,), int64
        Flat index of each cell in a picture of `shape`.
    shape : tuple of int
        (rows, columns) of the picture; row 0 is the south.
    streets, district : Path
        Lines between streets, and around the district.
    """

    grid: Grid
    digest: str
    place: NDArray[np.int64]
    shape: tuple[int, int]
    streets: Path
    district: Path

    def picture(self, values: NDArray[np.floating]) -> NDArray[np.float64]:
        """Values, shape (n_cells,), as a picture, shape (rows, columns); NaN outside the city."""
        flat = np.full(self.shape[0] * self.shape[1], np.nan)
        flat[self.place] = values
        return flat.reshape(self.shape)


def lay_out(grid: Grid) -> GridRaster:
    """Lay a grid out; its lattice may begin anywhere."""
    row = grid.row.astype(np.int64) - int(grid.row.min())
    column = grid.column.astype(np.int64) - int(grid.column.min())
    shape = (int(row.max()) + 1, int(column.max()) + 1)
    street = np.full((shape[0] + 2, shape[1] + 2), _OUTSIDE, dtype=np.int64)
    street[row + 1, column + 1] = grid.codes // STREET_DIVISOR
    streets, district = _outlines(street)
    return GridRaster(
        grid=grid,
        digest=grid_digest(grid.codes),
        place=row * shape[1] + column,
        shape=shape,
        streets=streets,
        district=district,
    )


def _outlines(street: NDArray[np.int64]) -> tuple[Path, Path]:
    """Lines between streets and around them all; `street` is padded by one ring of `_OUTSIDE`."""
    upright = _edges(street)
    level = _edges(street.T)
    inner = _path(_segments(upright[0]), _segments(level[0]))
    outer = _path(_segments(upright[1]), _segments(level[1]))
    return inner, outer


def _edges(street: NDArray[np.int64]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Where left and right neighbours differ: both in the city, or one of them outside."""
    left, right = street[:, :-1], street[:, 1:]
    outer = (left == _OUTSIDE) != (right == _OUTSIDE)
    return (left != right) & ~outer, outer


def _segments(edges: NDArray[np.bool_]) -> Iterable[tuple[float, float, float]]:
    """Find runs of edges along axis 0, as (across, from, to) in lattice units."""
    stepped = np.diff(np.pad(edges, ((1, 1), (0, 0))).astype(np.int8), axis=0)
    for across in range(edges.shape[1]):
        starts = np.flatnonzero(stepped[:, across] == 1)
        ends = np.flatnonzero(stepped[:, across] == -1)
        # The padding ring is index 0, so cell 0 begins at index 1: its lower edge is -0.5.
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
            yield across - 0.5, start - 1.5, end - 1.5


def _path(
    upright: Iterable[tuple[float, float, float]], level: Iterable[tuple[float, float, float]]
) -> Path:
    """Join segments into one path with gaps."""
    x: list[float | None] = []
    y: list[float | None] = []
    for across, start, end in upright:
        x += [across, across, None]
        y += [start, end, None]
    for across, start, end in level:
        x += [start, end, None]
        y += [across, across, None]
    return x, y
