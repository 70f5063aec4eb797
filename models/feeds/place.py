"""Where a row stands: its cell by code or by coordinates, on the grid of its own date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from itertools import repeat
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from config.catalog import Catalog
from models.feeds.row_errors import RowErrors
from models.grid.grid import Grid
from models.messages.dead_letters import Reason


@dataclass(frozen=True, slots=True)
class Places:
    """What the rows of a batch say about where they stand, each sequence of length n.

    Attributes
    ----------
    cells : sequence of str or None
    lon, lat : sequence of float or None, degrees
    """

    cells: Sequence[str | None]
    lon: Sequence[float | None]
    lat: Sequence[float | None]


def gazetteer(catalog: Catalog) -> Gazetteer:
    """Take the grids of a city from its catalog, each from the day its streets change."""
    zone = ZoneInfo(catalog.city.timezone)
    changes = {street.valid_from for street in catalog.streets}
    changes |= {street.valid_to for street in catalog.streets if street.valid_to is not None}
    return Gazetteer(
        [
            (int(datetime.combine(day, time(), zone).timestamp() * 1000), catalog.grid_at(day))
            for day in sorted(changes)
            if catalog.streets_at(day)
        ]
    )


class Gazetteer:
    """Finds cells on the grids of a city, each valid from a moment until the next.

    Parameters
    ----------
    epochs : sequence of (int, Grid)
        Start of validity in epoch milliseconds, ascending, and the grid from then on. The first
        one serves earlier times too.
    """

    def __init__(self, epochs: Sequence[tuple[int, Grid]]) -> None:
        self._starts = np.array([start for start, _ in epochs], np.int64)
        self._grids = [grid for _, grid in epochs]
        self._by_code = [
            {f"{code:015d}": row for row, code in enumerate(grid.codes.tolist())}
            for grid in self._grids
        ]

    def find(
        self, places: Places, times_ms: NDArray[np.int64], faults: RowErrors
    ) -> NDArray[np.int64]:
        """Give the cell code of each row; a code wins over coordinates.

        Parameters
        ----------
        places : Places
        times_ms : ndarray, shape (n,), int64
            Event times.
        faults : RowErrors
            Takes `UNKNOWN_CELL`, `NO_PLACE`, `SWAPPED_COORDINATES` or `OUTSIDE_CITY`.

        Returns
        -------
        ndarray, shape (n,), int64
            Cell codes; -1 where there is none.
        """
        self._check_degrees(places, faults)
        epochs = np.maximum(np.searchsorted(self._starts, times_ms, side="right") - 1, 0)
        codes = np.full(times_ms.size, -1, np.int64)
        for epoch in np.unique(epochs).tolist():
            rows = np.flatnonzero(epochs == epoch)
            codes[rows] = self._find_on(epoch, rows, places, faults)
        return codes

    @staticmethod
    def _check_degrees(places: Places, faults: RowErrors) -> None:
        """Mark the coordinates beside a cell that are no degrees: whoever reads on uses them."""
        for sent, most in ((places.lon, 180.0), (places.lat, 90.0)):
            if sent.count(None) < len(sent):
                degrees = np.array(sent, np.float64)  # None is NaN
                named = np.array([cell is not None for cell in places.cells], np.bool_)
                faults.mark(named & (np.abs(degrees) > most), Reason.OUTSIDE_CITY)

    def _find_on(
        self, epoch: int, rows: NDArray[np.int64], places: Places, faults: RowErrors
    ) -> NDArray[np.int64]:
        """Cell codes of some rows on one grid."""
        lookup = self._by_code[epoch].get
        cells = places.cells
        if rows.size < len(cells):
            cells = [cells[row] for row in rows.tolist()]
        found = np.fromiter(map(lookup, cells, repeat(-1)), np.int64, rows.size)  # type: ignore[arg-type]
        missing = np.flatnonzero(found < 0)
        if missing.size:
            found[missing] = self._locate(self._grids[epoch], rows[missing], places, faults)
        codes = self._grids[epoch].codes
        return np.where(found >= 0, codes[found], -1) if codes.size else found

    def _locate(
        self, grid: Grid, rows: NDArray[np.int64], places: Places, faults: RowErrors
    ) -> NDArray[np.int64]:
        """Grid indices of rows whose code led nowhere, by their coordinates."""
        lon = np.array([places.lon[row] for row in rows.tolist()], np.float64)  # None is NaN
        lat = np.array([places.lat[row] for row in rows.tolist()], np.float64)
        named = np.array([places.cells[row] is not None for row in rows.tolist()], np.bool_)
        placed = ~(np.isnan(lon) | np.isnan(lat))
        faults.mark_at(rows[named], Reason.UNKNOWN_CELL)
        faults.mark_at(rows[~placed], Reason.NO_PLACE)
        found = _on_earth(grid, lon, lat, placed & ~named)
        outside = placed & ~named & (found < 0)
        swapped = _on_earth(grid, lat, lon, outside) >= 0
        faults.mark_at(rows[swapped], Reason.SWAPPED_COORDINATES)
        faults.mark_at(rows[outside], Reason.OUTSIDE_CITY)
        return found


def _on_earth(
    grid: Grid, lon: NDArray[np.float64], lat: NDArray[np.float64], wanted: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Locate the wanted points that are degrees at all; -1 for all others."""
    found = np.full(lon.size, -1, np.int64)
    asked = np.flatnonzero(wanted & (np.abs(lon) <= 180) & (np.abs(lat) <= 90))
    if asked.size:
        found[asked] = grid.locate(lon[asked], lat[asked])
    return found
