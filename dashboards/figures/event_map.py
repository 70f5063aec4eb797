"""A map of a major event as one still picture: the city, its streets, and the event's objects."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dashboards.common.grid_raster import GridRaster, Path
from models.printable import printable
from models.situation.event_parts import EventObjectNow

CALM, OPEN, OVERDUE = "#4d5863", "#b04a00", "#c2211b"
_STREET, _DISTRICT = "#b7c0c9", "#4d5863"
_POINT: Final = 0.9  # radius of a point in cells


def event_map(objects: Sequence[EventObjectNow], raster: GridRaster) -> str:
    """Draw the objects over the streets; gives the address of an SVG picture.

    Objects with overdue cases are red diamonds, with open cases orange squares, others grey dots,
    so that colour is never alone; the table beside it says the same in words.
    """
    place = Placed(raster)
    calm_first = sorted(objects, key=lambda each: (each.figures.overdue, each.figures.open))
    return over_streets("".join(_shape(each, place) for each in calm_first), raster)


def over_streets(shapes: str, raster: GridRaster) -> str:
    """Draw SVG shapes over the outline of the city and its streets; gives a picture's address."""
    rows, columns = raster.shape
    picture = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-1 -1 {columns + 2} {rows + 2}">'
        f'<path d="{_path(raster.district, rows)}" fill="none" stroke="{_DISTRICT}" '
        'stroke-width="0.5"/>'
        f'<path d="{_path(raster.streets, rows)}" fill="none" stroke="{_STREET}" '
        f'stroke-width="0.3"/>{shapes}</svg>'
    )
    return "data:image/svg+xml;base64," + base64.b64encode(picture.encode()).decode()


class Placed:
    """Degrees → lattice of the picture, by the plane that fits the centres of the cells best."""

    def __init__(self, raster: GridRaster) -> None:
        grid, (self._rows, columns) = raster.grid, raster.shape
        degrees = np.column_stack([grid.lon, grid.lat, np.ones(len(grid))])
        lattice = np.column_stack([raster.place % columns, raster.place // columns])
        self._plane: NDArray[np.float64] = np.linalg.lstsq(degrees, lattice, rcond=None)[0]

    def __call__(self, points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
        """Give points, (lon, lat) in degrees, as (x, y) with y downwards."""
        degrees = np.column_stack([np.asarray(points, float), np.ones(len(points))])
        return [(float(x), self._rows - 1 - float(y)) for x, y in degrees @ self._plane]


def _shape(each: EventObjectNow, place: Placed) -> str:
    colour = OVERDUE if each.figures.overdue else OPEN if each.figures.open else CALM
    title = f"<title>{escape(printable(' / '.join(each.title.values())))}</title>"
    points = place(each.points)
    if each.shape == "point":
        r = _POINT * (1.6 if each.figures.open else 1.0)
        path = mark(
            *points[0], r, is_open=bool(each.figures.open), is_late=bool(each.figures.overdue)
        )
        return f'<path d="{path}" fill="{colour}">{title}</path>'
    line = " ".join(f"{x:.2f},{y:.2f}" for x, y in points)
    kind, filled = ("polygon", 0.25) if each.shape == "ring" else ("polyline", 0)
    return (
        f'<{kind} points="{line}" fill="{colour}" fill-opacity="{filled}" '
        f'stroke="{colour}" stroke-width="0.8">{title}</{kind}>'
    )


def mark(x: float, y: float, r: float, *, is_open: bool, is_late: bool) -> str:
    """Draw a point of radius `r` as an SVG path: late a diamond, open a square, else a dot."""
    if is_late:
        return f"M{x:.2f} {y - r:.2f}l{r:.2f} {r:.2f}l{-r:.2f} {r:.2f}l{-r:.2f} {-r:.2f}z"
    if is_open:
        return f"M{x - r:.2f} {y - r:.2f}h{2 * r:.2f}v{2 * r:.2f}h{-2 * r:.2f}z"
    arc = f"a{r:.2f} {r:.2f} 0 1 0"
    return f"M{x - r:.2f} {y:.2f}{arc} {2 * r:.2f} 0{arc} {-2 * r:.2f} 0z"


def _path(path: Path, rows: int) -> str:
    return "".join(_strokes(path, rows))


def _strokes(path: Path, rows: int) -> Iterator[str]:
    lifted = True
    for x, y in zip(*path, strict=True):
        if x is None or y is None:
            lifted = True
            continue
        yield f"{'M' if lifted else 'L'}{x:g} {rows - 1 - y:g}"
        lifted = False
