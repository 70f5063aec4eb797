"""The map as plain data: the browser draws it on a canvas (`assets/wall-map.js`).

The city is sent once, a layer when its values change, the rings when the warnings do.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from config.catalog import Text
from dashboards.common.grid_raster import GridRaster, Path
from dashboards.figures import style
from models.grid.codes import STREET_DIVISOR
from models.messages.warnings import CityWarning
from models.situation.snapshot import Layer

MOST_RATIO: Final = 4.0  # a ratio above is drawn as this one, and the legend says so
_STEPS: Final = (1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0)  # halves of them are short numbers too


def city(raster: GridRaster, name_of: Callable[[str], Text]) -> dict[str, Any]:
    """Give the shape of the city in lattice units, x to the east, y to the north.

    Parameters
    ----------
    name_of : callable
        Street code → name.
    """
    grid = raster.grid
    rows, columns = raster.shape
    streets = grid.codes // STREET_DIVISOR
    x, y = raster.place % columns, raster.place // columns
    found = []
    for street in np.unique(streets).tolist():
        of = streets == street
        found.append(
            {
                "code": str(street),
                "name": name_of(str(street)),
                "x": round(float(x[of].mean()), 2),
                "y": round(float(y[of].mean()), 2),
            }
        )
    return {
        "digest": raster.digest,
        "columns": columns,
        "rows": rows,
        "x": x.tolist(),
        "y": y.tolist(),
        "polygons": _polygons(raster),
        "streets": found,
        "street": np.searchsorted(np.unique(streets), streets).tolist(),
        "lines": _segments(raster.streets),
        "outline": _segments(raster.district),
    }


def layer_of(layer: Layer) -> dict[str, Any]:
    """Give what the browser needs to colour a layer and to say a value of it."""
    low, high = bounds(layer)
    return {
        "id": layer.id,
        "unit": layer.unit,
        "decimals": layer.decimals,
        "low": low,
        "high": high,
        "colours": [list(stop) for stop in colour_scale(layer)],
        "sums": not layer.unit and not layer.decimals,  # counts may be added up
    }


def values_of(layer: Layer) -> list[int | None]:
    """Values in units of their last digit, in the order of the cells; None where unknown.

    Examples
    --------
    >>> data = np.array([1.25, np.nan], dtype="<f4").tobytes()
    >>> values_of(Layer(id="x", title={}, unit="", decimals=1, event_ms=0, data=data))
    [12, None]
    """
    scaled = np.round(layer.values.astype(np.float64) * 10**layer.decimals)
    return [None if math.isnan(value) else int(value) for value in scaled.tolist()]


def rings(warnings: Sequence[CityWarning], raster: GridRaster) -> list[dict[str, Any]]:
    """Where the warnings are, the worst first; one without cells of this grid rings its street."""
    return [_ring(warning, raster) for warning in warnings]


def bounds(layer: Layer) -> tuple[float, float]:
    """Give the ends of the colour scale: 0 to a round number; of a ratio from 2 to `MOST_RATIO`.

    Round numbers, so that the scale stands still while values move a little.
    """
    largest = _largest(layer.values)
    if layer.scale == "ratio":
        return 0.0, min(_round_up(max(largest, 2.0)), MOST_RATIO)
    return 0.0, _round_up(max(largest, 1.0))


def colour_scale(layer: Layer) -> tuple[tuple[float, str], ...]:
    """Colours of a layer from the low to the high end of its bounds; of a ratio, 1 is grey."""
    if layer.scale != "ratio":
        return style.SEQUENTIAL
    normal = 1.0 / bounds(layer)[1]
    return tuple(
        (2 * at * normal if at <= 0.5 else normal + (2 * at - 1) * (1 - normal), colour)
        for at, colour in style.RATIO
    )


def worst_cell(layer: Layer) -> int | None:
    """Index of the cell with the highest value; None where no cell has one."""
    values = layer.values
    return int(np.nanargmax(values)) if np.isfinite(values).any() else None


def _ring(warning: CityWarning, raster: GridRaster) -> dict[str, Any]:
    codes = np.array([int(code) for code in warning.cells if code.isdecimal()], np.int64)
    index = raster.grid.index_of(codes) if len(codes) else codes
    return {
        "level": warning.level.name.lower(),
        "area": warning.area,
        "cells": index[index >= 0].tolist(),
    }


def _polygons(raster: GridRaster) -> list[list[float]] | None:
    """Surveyed outlines in lattice units, each as x, y, x, y …; None where cells are squares."""
    grid = raster.grid
    if grid.outlines is None:
        return None
    left, low = int(grid.column.min()), int(grid.row.min())
    found = []
    for outline in grid.outlines:
        ring = shapely.get_coordinates(shapely.get_exterior_ring(_largest_part(outline)))
        x_m, y_m = grid.projection.to_metres(ring[:, 0], ring[:, 1])
        x, y = x_m / grid.cell_m - left - 0.5, y_m / grid.cell_m - low - 0.5
        found.append(np.round(np.column_stack([x, y]).ravel(), 2).tolist())
    return found


def _largest_part(outline: Any) -> Any:
    return max(shapely.get_parts(outline), key=shapely.area)


def _segments(path: Path) -> list[float]:
    """Lines of a path as x, y, x, y, each four numbers one line."""
    x, y = path
    return [
        value
        for at in range(0, len(x), 3)
        for value in (x[at], y[at], x[at + 1], y[at + 1])
        if value is not None
    ]


def _largest(values: NDArray[np.float32]) -> float:
    finite = values[np.isfinite(values)]
    return float(finite.max()) if finite.size else 0.0


def _round_up(value: float) -> float:
    """Next of 1, 2, 3, 4, 6, 8, 10 times a power of ten."""
    if value <= 0:
        return 0.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step for step in _STEPS if value <= step * power * (1 + 1e-6)) * power
