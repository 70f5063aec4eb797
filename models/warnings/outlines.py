"""Outlines of the cells of a warning, as CAP wants them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
import shapely

from models.grid import codes
from models.grid.grid import Grid
from models.messages.warnings import CityWarning

MOST: Final = 20  # rings of one area, the largest first


def outlines(grid: Grid, change: CityWarning) -> list[str]:
    """Give the closed rings `lat,lon lat,lon …` of the cells of a warning, the largest first.

    Without cells it is about its whole street; of a whole district the code says enough.
    """
    wanted = np.array(sorted(map(int, filter(str.isdigit, change.cells))), dtype=np.int64)
    at = grid.index_of(wanted) if wanted.size else np.array([], dtype=np.int64)
    if not wanted.size and len(change.area) == codes.STREET_DIGITS and change.area.isdigit():
        at = np.flatnonzero(grid.codes // codes.STREET_DIVISOR == int(change.area))
    at = at[at >= 0]
    return [] if not at.size else list(_rings(grid, at))


def _rings(grid: Grid, at: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Iterable[str]:
    if grid.outlines is not None:
        shapes, is_lattice = grid.outlines[at], False
    else:
        half = grid.cell_m / 2
        x, y = grid.x_m[at], grid.y_m[at]
        shapes, is_lattice = shapely.box(x - half, y - half, x + half, y + half), True
    whole = shapely.union_all(shapely.set_precision(shapes, 0.01 if is_lattice else 1e-7))
    parts = [part for part in shapely.get_parts(whole) if part.geom_type == "Polygon"]
    for part in sorted(parts, key=lambda each: -each.area)[:MOST]:
        first, second = np.asarray(part.exterior.simplify(0).coords).T
        lon, lat = grid.projection.to_degrees(first, second) if is_lattice else (first, second)
        yield " ".join(f"{b:.6f},{a:.6f}" for a, b in zip(lon, lat, strict=True))
