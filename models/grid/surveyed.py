"""A grid of surveyed cells: polygons with codes, as a city's survey office delivers them."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from models.grid.grid import Grid
from models.grid.projection import LocalProjection


def from_outlines(codes: NDArray[np.int64], outlines: NDArray[np.object_]) -> Grid:
    """Make a grid of polygons.

    `cell_m` is the side of a square of the median area. `column` and `row` are where a cell's
    centre falls on a lattice of that size, for drawing and neighbourhood; irregular cells may
    share a place there, but never in `locate`.

    Parameters
    ----------
    codes : ndarray, shape (n,), int64
        15 digits each, distinct.
    outlines : ndarray of shapely Polygon, shape (n,)
        Degrees (CGCS2000), in the order of `codes`.
    """
    order = np.argsort(codes)
    outlines = outlines[order]
    centres = shapely.point_on_surface(outlines)
    lon, lat = shapely.get_x(centres), shapely.get_y(centres)
    west, south, _, _ = shapely.total_bounds(outlines)
    plane = LocalProjection(float(west), float(south))
    east, north = plane.metres_per_degree
    cell_m = float(np.sqrt(np.median(shapely.area(outlines)) * east * north))
    x_m, y_m = plane.to_metres(lon, lat)
    return Grid(
        codes=codes[order],
        lon=lon,
        lat=lat,
        x_m=x_m,
        y_m=y_m,
        column=(x_m // cell_m).astype(np.int32),
        row=(y_m // cell_m).astype(np.int32),
        cell_m=cell_m,
        synthetic=False,
        projection=plane,
        outlines=outlines,
    )
