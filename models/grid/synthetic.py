"""Cells of a regular lattice inside an outline, for a city whose surveyed cells are not at hand.

The result is synthetic: real cells follow streets and buildings. Streets take the cells nearest to
their centre; communities split a street into compact groups of like size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Polygon

from models.grid.codes import STREET_DIVISOR
from models.grid.grid import Grid
from models.grid.projection import LocalProjection

Ints = NDArray[np.int64]
_MOST = 999  # three digits


@dataclass(frozen=True)
class StreetSeed:
    """A street to generate: its 9-digit code and the point its cells gather around, degrees."""

    code: int
    lon: float
    lat: float


@dataclass(frozen=True)
class Area:
    """A part of the city that shares its cells out among its own streets only.

    `outline` is a ring of (lon, lat) in degrees; closing it is optional.
    """

    outline: Sequence[tuple[float, float]]
    streets: Sequence[StreetSeed]


def generate(
    areas: Sequence[Area], anchor: LocalProjection, cell_m: float, community_cells: int
) -> Grid:
    """Fill areas with square cells.

    The cells of an area do not depend on the other areas as long as these do not overlap: codes
    stay the same when a city grows by one.

    Parameters
    ----------
    areas : sequence of Area
        A square belongs to the first area that holds its centre.
    anchor : LocalProjection
        Its origin is the south-west corner of the lattice; all areas lie north-east of it.
    cell_m : float
        Side of a cell, metres.
    community_cells : int
        Cells of a community, roughly; at most 999.

    Raises
    ------
    ValueError
        An area holds no cell, a street gets none, or more communities than three digits number.
    """
    taken: set[tuple[int, int]] = set()
    codes: list[Ints] = []
    squares: list[Ints] = []
    for area in areas:
        inside = _squares_inside(area, anchor, cell_m)
        inside = np.array([s for s in inside.tolist() if tuple(s) not in taken], dtype=np.int64)
        taken.update((c, r) for c, r in inside.tolist())
        codes.append(_numbered(area, inside.reshape(-1, 2), anchor, cell_m, community_cells))
        squares.append(inside.reshape(-1, 2))
    return _assemble(np.concatenate(codes), np.concatenate(squares), anchor, cell_m)


def anchor_of(outlines: Sequence[Sequence[tuple[float, float]]]) -> LocalProjection:
    """Projection whose origin is the south-west corner of all outlines."""
    points = np.array([point for outline in outlines for point in outline])
    return LocalProjection(float(points[:, 0].min()), float(points[:, 1].min()))


def _squares_inside(area: Area, anchor: LocalProjection, cell_m: float) -> Ints:
    """(column, row) of the lattice squares whose centre lies in the area, shape (n, 2)."""
    ring = np.array(area.outline, dtype=np.float64)
    x_m, y_m = anchor.to_metres(ring[:, 0], ring[:, 1])
    columns = np.arange(int(x_m.min() // cell_m), int(x_m.max() // cell_m) + 1)
    rows = np.arange(int(y_m.min() // cell_m), int(y_m.max() // cell_m) + 1)
    column, row = (axis.ravel() for axis in np.meshgrid(columns, rows))
    polygon = Polygon(np.column_stack([x_m, y_m]))
    inside = shapely.contains_xy(polygon, (column + 0.5) * cell_m, (row + 0.5) * cell_m)
    return np.column_stack([column[inside], row[inside]])


def _numbered(
    area: Area, squares: Ints, anchor: LocalProjection, cell_m: float, community_cells: int
) -> Ints:
    """Cell code of each square of an area, shape (n,)."""
    if len(squares) == 0:
        msg = "an area holds no cell: its outline is too small or covered by another area"
        raise ValueError(msg)
    centre = anchor.to_metres(
        np.array([s.lon for s in area.streets]), np.array([s.lat for s in area.streets])
    )
    middle = (squares + 0.5) * cell_m
    distance = np.hypot(*(middle[:, axis, None] - centre[axis] for axis in (0, 1)))
    nearest = distance.argmin(axis=1)
    codes = np.empty(len(squares), dtype=np.int64)
    for index, street in enumerate(area.streets):
        members = np.flatnonzero(nearest == index)
        if len(members) == 0:
            msg = f"street {street.code} gets no cell: its centre lies too far outside its area"
            raise ValueError(msg)
        codes[members] = street.code * STREET_DIVISOR + _within_street(
            squares[members], community_cells
        )
    return codes


def _within_street(squares: Ints, community_cells: int) -> Ints:
    """Last six digits of the code of each square of a street."""
    groups = _split(squares, np.arange(len(squares)), max(1, round(len(squares) / community_cells)))
    if len(groups) > _MOST or max(map(len, groups)) > _MOST:
        msg = f"three digits number at most {_MOST} communities and cells; change community_cells"
        raise ValueError(msg)
    middles = np.array([squares[group].mean(axis=0) for group in groups])
    last_digits = np.empty(len(squares), dtype=np.int64)
    for community, at in enumerate(_reading_order(middles), start=1):
        members = groups[at]
        ordered = members[_reading_order(squares[members])]
        last_digits[ordered] = community * 1000 + np.arange(1, len(members) + 1)
    return last_digits


def _split(squares: Ints, members: Ints, parts: int) -> list[Ints]:
    """Cut squares into compact parts of like size, each time across the longer side."""
    if parts == 1:
        return [members]
    extent = np.ptp(squares[members], axis=0)
    axis = int(extent[1] > extent[0])
    ordered = members[np.lexsort((squares[members, 1 - axis], squares[members, axis]))]
    first = parts // 2
    cut = round(len(members) * first / parts)
    return _split(squares, ordered[:cut], first) + _split(squares, ordered[cut:], parts - first)


def _reading_order(places: NDArray[np.number]) -> NDArray[np.intp]:
    """Order of (column, row) places from north to south, and west to east in each row."""
    return np.lexsort((places[:, 0], -places[:, 1]))


def _assemble(codes: Ints, squares: Ints, anchor: LocalProjection, cell_m: float) -> Grid:
    """Make the grid of coded squares."""
    order = np.argsort(codes)
    column, row = squares[order].T
    x_m, y_m = (column + 0.5) * cell_m, (row + 0.5) * cell_m
    lon, lat = anchor.to_degrees(x_m, y_m)
    return Grid(
        codes=codes[order],
        lon=lon,
        lat=lat,
        x_m=x_m,
        y_m=y_m,
        column=column.astype(np.int32),
        row=row.astype(np.int32),
        cell_m=cell_m,
        synthetic=True,
        projection=anchor,
    )
