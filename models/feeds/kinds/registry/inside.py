"""Which cells lie inside the objects of major events, and when."""

from __future__ import annotations

import numpy as np

from config.catalog import Catalog
from config.events import PhaseKind
from models.events.fence import EventFence
from models.grid.grid import Grid
from models.timing.zone import zone_of


class EventCells:
    """Finds how many objects of the events under way hold the centre of a cell.

    Parameters
    ----------
    catalog : Catalog
        Its events.
    grid : Grid
    """

    def __init__(self, catalog: Catalog, grid: Grid) -> None:
        zone = zone_of(catalog.city.timezone)
        self._fences = [EventFence(event, zone) for _, event in sorted(catalog.events.items())]
        self._grid = grid
        self._held: dict[tuple[int, int], dict[str, int]] = {}  # by fence and geometry

    def count(self, cell: str, at_ms: int) -> int:
        """Count the objects of events in rehearsal or live that hold a cell at a moment."""
        found = 0
        for number, fence in enumerate(self._fences):
            phase = fence.phase_at(at_ms)
            if phase is not None and phase.kind is not PhaseKind.STAND_DOWN:
                found += self._cells(number, fence, fence.epoch_number(at_ms)).get(cell, 0)
        return found

    def _cells(self, number: int, fence: EventFence, epoch: int) -> dict[str, int]:
        key = number, epoch
        if key not in self._held:
            points, _ = fence.join(self._grid.lon, self._grid.lat, epoch)
            rows, counts = np.unique(points, return_counts=True)
            codes = self._grid.codes[rows].tolist()
            self._held[key] = {
                f"{code:015d}": n for code, n in zip(codes, counts.tolist(), strict=True)
            }
        return self._held[key]
