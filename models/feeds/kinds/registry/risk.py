"""The risk of an object: level × condition × exposure, each part shown.

Exposure counts what lies within a radius: 1 for the object itself, and for each exposed place, and
each other object, its weight × (1 − distance ÷ radius). A place at the edge counts nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.feeds.kinds.registry.config import Risk
from models.grid.grid import Grid


class RiskParts(NamedTuple):
    """The risk, and what it is made of."""

    level: float
    condition: float
    places: float
    near: float
    events: float = 0.0

    @property
    def exposure(self) -> float:
        """1, the places, the objects nearby, and the objects of events around it."""
        return 1.0 + self.places + self.near + self.events

    @property
    def total(self) -> float:
        """The product.

        Examples
        --------
        >>> RiskParts(level=3.0, condition=2.0, places=1.5, near=0.5).total
        18.0
        """
        return self.level * self.condition * self.exposure


class Surroundings:
    """What lies around each cell of a grid.

    Parameters
    ----------
    risk : Risk
    grid : Grid
    """

    def __init__(self, risk: Risk, grid: Grid) -> None:
        self._risk = risk
        self._names = [f"{code:015d}" for code in grid.codes.tolist()]
        self._row_of = {name: row for row, name in enumerate(self._names)}
        self._near: dict[str, list[tuple[str, float]]] = {}
        self._x_m, self._y_m = grid.x_m, grid.y_m
        places = list(risk.exposed.values())
        lon, lat = (np.array([getattr(p, name) for p in places]) for name in ("lon", "lat"))
        x_m, y_m = grid.projection.to_metres(lon, lat) if places else (lon, lat)
        self._places_m: NDArray[np.float64] = np.stack([x_m, y_m], axis=1)
        self._weights = np.array([place.weight for place in places], np.float64)
        self._of_places: dict[str, float] = {}

    def places(self, cell: str) -> float:
        """Give what the exposed places around a cell count."""
        if cell not in self._of_places:
            self._of_places[cell] = self._weighted(cell)
        return self._of_places[cell]

    def near(self, cell: str, in_cell: Mapping[str, Sequence[str]]) -> float:
        """Give what the other objects around one of a cell count, given the objects by cell."""
        share = sum(
            weight * len(in_cell[other])
            for other, weight in self._cells_near(cell)
            if other in in_cell
        )
        return self._risk.near_weight * max(share - 1.0, 0.0)  # but for the object itself

    def _weighted(self, cell: str) -> float:
        row = self._row_of.get(cell)
        if row is None or not self._weights.size:
            return 0.0
        x_m, y_m = self._places_m.T
        gaps_m = np.hypot(x_m - self._x_m[row], y_m - self._y_m[row])
        return float((self._weights * np.clip(1 - gaps_m / self._risk.radius_m, 0, 1)).sum())

    def _cells_near(self, cell: str) -> list[tuple[str, float]]:
        """Give the cells within the radius of one with their weights; the cell itself has 1."""
        if cell not in self._near:
            row = self._row_of.get(cell)
            if row is None:
                return []
            gaps_m = np.hypot(self._x_m - self._x_m[row], self._y_m - self._y_m[row])
            rows = np.flatnonzero(gaps_m < self._risk.radius_m).tolist()
            radius_m = self._risk.radius_m
            self._near[cell] = [(self._names[at], 1 - float(gaps_m[at]) / radius_m) for at in rows]
        return self._near[cell]
