"""The grid map: one heatmap over the lattice, outlines as static lines."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dashboards.common.grid_raster import GridRaster, Path
from dashboards.figures import style
from dashboards.figures.style import Figure
from models.messages.warnings import CityWarning
from models.situation.snapshot import Layer

DATA_TRACE: Final = 1  # the only one that changes
_STEPS: Final = (1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0)  # halves of them are short numbers too


def grid_map(
    raster: GridRaster, layer: Layer | None, rem_px: float, worst: CityWarning | None = None
) -> Figure:
    """Draw one layer; cells outside the city are empty, cells without a value are grey ground.

    Parameters
    ----------
    layer : Layer or None
        None draws the city alone.
    worst : CityWarning or None
        Warning whose cells are ringed in the colour of its level.
    """
    rows, columns = raster.shape
    return {
        "data": [
            _ground(raster),
            _data(raster, layer) if layer else _nothing(),
            _line(raster.streets, style.LINE_STREET, 0.06 * rem_px),
            _line(raster.district, style.LINE_DISTRICT, 0.14 * rem_px),
            _rings(raster, worst, rem_px) if worst else _nothing(),
        ],
        "layout": style.layout(rem_px)
        | {
            "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
            "xaxis": {"visible": False, "range": [-0.8, columns - 0.2], "constrain": "domain"},
            "yaxis": {
                "visible": False,
                "range": [-0.8, rows - 0.2],
                "constrain": "domain",
                "scaleanchor": "x",
            },
        },
    }


def z_values(raster: GridRaster, layer: Layer) -> list[list[float | None]]:
    """Picture of a layer for JSON: None where there is no value, two digits beyond those shown."""
    picture = np.round(raster.picture(layer.values), layer.decimals + 2)
    return [[None if math.isnan(v) else v for v in row] for row in picture.tolist()]


def bounds(layer: Layer) -> tuple[float, float]:
    """Give the ends of the colour scale: 0 to a round number, at least 2 for a ratio.

    Round numbers, so that the scale stands still while values move a little.
    """
    least = 2.0 if layer.scale == "ratio" else 1.0
    return 0.0, _round_up(max(_largest(layer.values), least))


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


def _largest(values: NDArray[np.float32]) -> float:
    finite = values[np.isfinite(values)]
    return float(finite.max()) if finite.size else 0.0


def _round_up(value: float) -> float:
    """Next of 1, 2, 3, 4, 6, 8, 10 times a power of ten."""
    if value <= 0:
        return 0.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step for step in _STEPS if value <= step * power * (1 + 1e-6)) * power


def _ground(raster: GridRaster) -> dict[str, Any]:
    exists = raster.picture(np.zeros(len(raster.grid.codes)))
    return {
        "type": "heatmap",
        "z": [[None if math.isnan(v) else 0 for v in row] for row in exists.tolist()],
        "colorscale": [[0, style.GROUND], [1, style.GROUND]],
        "showscale": False,
        "hoverinfo": "skip",
    }


def _data(raster: GridRaster, layer: Layer) -> dict[str, Any]:
    low, high = bounds(layer)
    return {
        "type": "heatmap",
        "z": z_values(raster, layer),
        "zmin": low,
        "zmax": high,
        "colorscale": [list(stop) for stop in colour_scale(layer)],
        "hoverongaps": False,
        "customdata": _codes(raster),
        "hovertemplate": f"%{{customdata}}<br>%{{z:,.{layer.decimals}f}} {layer.unit}"
        "<extra></extra>",
        "showscale": False,  # the legend stands beside the map, in the page's own words
    }


def _nothing() -> dict[str, Any]:
    """Trace that keeps the place of another."""
    return {"type": "scatter", "x": [], "y": [], "hoverinfo": "skip"}


def _rings(raster: GridRaster, warning: CityWarning, rem_px: float) -> dict[str, Any]:
    """Ring the cells of a warning; cells that this grid does not have are left out."""
    codes = np.array([int(code) for code in warning.cells if code.isdecimal()], np.int64)
    index = raster.grid.index_of(codes)
    place = raster.place[index[index >= 0]]
    return {
        "type": "scatter",
        "mode": "markers",
        "x": (place % raster.shape[1]).tolist(),
        "y": (place // raster.shape[1]).tolist(),
        "marker": {
            "symbol": "circle-open",
            "size": 1.4 * rem_px,
            "color": style.LEVELS[warning.level],
            "line": {"width": 0.25 * rem_px},
        },
        "hoverinfo": "skip",
    }


def _codes(raster: GridRaster) -> list[list[str]]:
    rows, columns = raster.shape
    flat = [""] * (rows * columns)
    for place, code in zip(raster.place.tolist(), raster.grid.codes.tolist(), strict=True):
        flat[place] = f"{code:015d}"
    return [flat[row * columns : (row + 1) * columns] for row in range(rows)]


def _line(path: Path, colour: str, width: float) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": path[0],
        "y": path[1],
        "line": {"color": colour, "width": width},
        "hoverinfo": "skip",
    }
