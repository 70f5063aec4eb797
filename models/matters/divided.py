"""A second grid laid over the cells: which part each cell lies in, and how far its station is."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from config.second_grids import SecondGrid
from models.grid.codes import community_code, street_code
from models.grid.grid import Grid


class DividedGrid:
    """The parts of a second grid over the cells of a grid.

    Parameters
    ----------
    scheme : SecondGrid
    grid : Grid

    Attributes
    ----------
    part_of : dict of str to str
        Code of the part of each cell code; a cell in none is left out.
    """

    def __init__(self, scheme: SecondGrid, grid: Grid) -> None:
        self.scheme, self.grid = scheme, grid
        self._cells = [f"{code:015d}" for code in grid.codes.tolist()]
        assign = {"listed": self._listed, "nearest": self._nearest, "beats": self._beats}
        self.part_of: dict[str, str] = assign[scheme.rule]()

    @cached_property
    def gaps_m(self) -> NDArray[np.float64]:
        """Metres from the centre of each cell to each station, shape (n_cells, n_parts)."""
        parts = list(self.scheme.parts.values())
        lon = np.array([part.lon for part in parts], np.float64)
        lat = np.array([part.lat for part in parts], np.float64)
        x_m, y_m = self.grid.projection.to_metres(lon, lat)
        gaps: NDArray[np.float64] = np.hypot(
            self.grid.x_m[:, None] - x_m, self.grid.y_m[:, None] - y_m
        )
        return gaps

    @property
    def is_within(self) -> NDArray[np.bool_] | None:
        """Whether a station is within the distance of the rule, shape (n_cells,); None: no rule."""
        if self.scheme.within_m is None:
            return None
        found: NDArray[np.bool_] = self.gaps_m.min(axis=1) <= self.scheme.within_m
        return found

    def sizes(self) -> dict[str, int]:
        """Count the cells of each part, in the order of the file or of the codes."""
        found = dict.fromkeys(self.scheme.parts, 0)
        for part in sorted(self.part_of.values()):
            found[part] = found.get(part, 0) + 1
        return found

    def _listed(self) -> dict[str, str]:
        listed = {
            area: code
            for code, part in self.scheme.parts.items()
            for area in (*part.streets, *part.communities)
        }
        found = {
            cell: listed.get(community_code(cell)) or listed.get(street_code(cell))
            for cell in self._cells
        }
        return {cell: part for cell, part in found.items() if part is not None}

    def _nearest(self) -> dict[str, str]:
        codes = list(self.scheme.parts)
        nearest = self.gaps_m.argmin(axis=1).tolist()
        return {cell: codes[at] for cell, at in zip(self._cells, nearest, strict=True)}

    def _beats(self) -> dict[str, str]:
        """Cut each community into beats, cell by cell in the order of the codes."""
        size, found, seen = self.scheme.beat_cells, {}, dict[str, int]()
        for cell in self._cells:
            community = community_code(cell)
            number = seen.get(community, 0)
            seen[community] = number + 1
            found[cell] = f"{community}-{number // size + 1:02d}"
        return found
