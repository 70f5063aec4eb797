"""Where cases lie: a still picture of the city and its streets with a mark for each case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

from dashboards.common.case_book import CaseNow
from dashboards.common.grid_raster import GridRaster
from dashboards.figures.event_map import CALM, OPEN, OVERDUE, Placed, mark, over_streets
from models.printable import printable

_RADIUS: Final = 1.1  # in cells


def case_map(cases: Sequence[CaseNow], raster: GridRaster) -> str:
    """Draw cases over the streets; gives the address of an SVG picture.

    Overdue cases are red diamonds, open ones orange squares, ended ones grey dots. A case without
    coordinates stands in the middle of its cell; one of another grid is left out.
    """
    place = Placed(raster)
    cells = _centres(raster)
    worst_last = sorted(cases, key=lambda case: (case.is_overdue, case.is_open))
    return over_streets("".join(_shape(case, place, cells) for case in worst_last), raster)


def _centres(raster: GridRaster) -> dict[str, tuple[float, float]]:
    grid = raster.grid
    points = zip(grid.lon.tolist(), grid.lat.tolist(), strict=True)
    return dict(zip(map(str, grid.codes.tolist()), points, strict=True))


def _shape(case: CaseNow, place: Placed, cells: Mapping[str, tuple[float, float]]) -> str:
    known = case.lon is not None and case.lat is not None
    point = (case.lon or 0.0, case.lat or 0.0) if known else cells.get(case.cell)
    if point is None:
        return ""
    ((x, y),) = place([point])
    path = mark(x, y, _RADIUS, is_open=case.is_open, is_late=case.is_overdue)
    colour = OVERDUE if case.is_overdue else OPEN if case.is_open else CALM
    return f'<path d="{path}" fill="{colour}"><title>{escape(printable(case.case))}</title></path>'
