"""The raster: every cell in its place, outlines exactly between what differs."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dashboards.common.grid_raster import Path, lay_out
from models.grid.grid import Grid
from models.grid.projection import LocalProjection


def grid_of(street: np.ndarray) -> Grid:
    """Grid of an array of street numbers, shape (rows, columns); 0 is outside."""
    row, column = np.nonzero(street)
    codes = (110101000 + street[row, column].astype(np.int64)) * 10**6 + np.arange(len(row)) + 1001
    order = np.argsort(codes)
    place = np.zeros(len(row))
    return Grid(
        codes=codes[order],
        lon=place,
        lat=place,
        x_m=place,
        y_m=place,
        column=column[order].astype(np.int32),
        row=row[order].astype(np.int32),
        cell_m=100.0,
        synthetic=True,
        projection=LocalProjection(116.4, 39.9),
    )


def length(path: Path) -> float:
    """Length of all segments of a path."""
    x, y = path
    assert x[2::3] == y[2::3] == [None] * (len(x) // 3)
    ends = np.array([x[0::3], y[0::3], x[1::3], y[1::3]], dtype=float)
    return float(np.abs(ends[:2] - ends[2:]).sum())


def borders(street: np.ndarray) -> tuple[int, int]:
    """Count neighbours that differ, both inside, and with one outside; pair by pair."""
    padded = np.pad(street, 1)
    pairs = [
        (padded[r, c], padded[r + dr, c + dc])
        for r in range(padded.shape[0] - 1)
        for c in range(padded.shape[1] - 1)
        for dr, dc in ((0, 1), (1, 0))
    ]
    inner = sum(1 for a, b in pairs if a and b and a != b)
    return inner, sum(1 for a, b in pairs if bool(a) != bool(b))


@given(hnp.arrays(np.int64, (5, 4), elements=st.integers(0, 3)).filter(np.any))
def test_outlines_are_as_long_as_the_borders_are(street: np.ndarray) -> None:
    raster = lay_out(grid_of(street))
    assert (length(raster.streets), length(raster.district)) == borders(street)


def test_one_cell_has_the_outline_of_a_square() -> None:
    x, y = lay_out(grid_of(np.array([[1]]))).district
    points = {(a, b) for a, b in zip(x, y, strict=True) if a is not None}
    assert points == {(-0.5, -0.5), (-0.5, 0.5), (0.5, -0.5), (0.5, 0.5)}


def test_a_picture_puts_each_value_at_its_cell_and_nothing_elsewhere() -> None:
    street = np.array([[0, 2], [1, 1]])
    grid = grid_of(street)
    picture = lay_out(grid).picture(np.arange(len(grid.codes), dtype=float))
    assert np.isnan(picture[0, 0])
    for index, (row, column) in enumerate(zip(grid.row, grid.column, strict=True)):
        assert picture[row, column] == index


def test_a_lattice_may_begin_anywhere(grid: Grid) -> None:
    moved = Grid(
        **{
            name: getattr(grid, name)
            for name in ("codes", "lon", "lat", "x_m", "y_m", "cell_m", "synthetic", "projection")
        },
        column=grid.column + np.int32(1000),
        row=grid.row + np.int32(77),
    )
    assert lay_out(moved).shape == lay_out(grid).shape
    assert lay_out(moved).district == lay_out(grid).district


def test_the_digest_follows_the_codes(grid: Grid) -> None:
    assert lay_out(grid).digest != lay_out(grid_of(np.array([[1]]))).digest
