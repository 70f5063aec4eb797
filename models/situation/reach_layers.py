"""Layers of second grids: the cells that are too far from a station."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from config.catalog import Catalog
from models.grid.grid import Grid
from models.matters.divided import DividedGrid
from models.situation.snapshot import Layer


class ReachLayers:
    """The layers of the grid that is asked for; made once, for neither ever changes."""

    def __init__(self) -> None:
        self._grid: Grid | None = None
        self._layers: list[Layer] = []

    def of(self, catalog: Catalog, grid: Grid) -> list[Layer]:
        """Give the layers over a grid."""
        if grid is not self._grid:
            self._grid, self._layers = grid, list(reach_layers(catalog, grid))
        return self._layers


def reach_layers(catalog: Catalog, grid: Grid) -> Iterator[Layer]:
    """Give a layer for each second grid that says within how many metres a station should be.

    Its value is the distance to the nearest station; cells within reach have none.
    """
    for scheme in catalog.grids.values():
        if scheme.within_m is not None:
            gaps_m = DividedGrid(scheme, grid).gaps_m.min(axis=1)
            values = np.where(gaps_m > scheme.within_m, gaps_m, np.nan)
            yield Layer(
                id=f"{scheme.name}.beyond",
                title={
                    "zh": f"{scheme.title['zh']} {scheme.within_m:g}米以外",
                    "en": f"{scheme.title['en']}: beyond {scheme.within_m:g} m",
                },
                unit="m",
                decimals=0,
                event_ms=0,
                data=values.astype("<f4").tobytes(),
            )
