"""From a city's plan of its grid to the cells in force."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from shapely.geometry import Polygon

from config.errors import ConfigError
from config.place import GridPlan, Street, SurveyedCell
from models.grid.codes import street_code
from models.grid.grid import Grid
from models.grid.surveyed import from_outlines
from models.grid.synthetic import Area, StreetSeed, anchor_of, generate

MOST_CELLS: Final = 200_000  # every message of ours then fits (models/messages/bounds.py)


def build(plan: GridPlan, streets: Sequence[Street], cells: Sequence[SurveyedCell]) -> Grid:
    """Make the grid of the given streets: the surveyed cells where there are any, else squares.

    Raises
    ------
    ConfigError
        The plan gives no grid, or a street no cell, or there are more cells than messages hold.
    """
    grid = _build(plan, streets, cells)
    if len(grid) > MOST_CELLS:
        msg = f"the grid has {len(grid)} cells, a district at most {MOST_CELLS}: make several"
        raise ConfigError(msg)
    return grid


def _build(plan: GridPlan, streets: Sequence[Street], cells: Sequence[SurveyedCell]) -> Grid:
    if cells:
        codes = {street.code for street in streets}
        kept = [cell for cell in cells if street_code(cell.code) in codes]
        outlines = np.array([Polygon(cell.ring) for cell in kept], dtype=np.object_)
        return from_outlines(np.array([int(cell.code) for cell in kept]), outlines)
    areas = []
    for name, outline in plan.areas.items():
        seeds = [StreetSeed(int(s.code), *s.centre) for s in streets if s.area == name and s.centre]
        if seeds:
            areas.append(Area(outline, seeds))
    try:
        # One anchor for all days: cells keep their lattice when the city grows.
        anchor = anchor_of(list(plan.areas.values()))
        return generate(areas, anchor, plan.cell_m, plan.community_cells)
    except ValueError as error:
        msg = f"the grid cannot be made: {error}"
        raise ConfigError(msg) from None
