"""Which place in a detector's vector a cell has: cells are added at the end, none is taken away."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int64]


class SeriesPlaces:
    """Cells in the order of their first value.

    Examples
    --------
    >>> series = SeriesPlaces()
    >>> series.places(np.array([30, 10]))
    array([0, 1])
    >>> series.places(np.array([10, 20]))
    array([1, 2])
    """

    def __init__(self, codes: Codes | None = None) -> None:
        self.codes: Codes = np.empty(0, np.int64) if codes is None else codes
        self._index()

    def places(self, cells: Codes) -> NDArray[np.int64]:
        """Give the place of each cell; unknown ones get the next places.

        Parameters
        ----------
        cells : ndarray, shape (m,), int64
            Each at most once.
        """
        known = self._known(cells)
        if not known.all():
            self.codes = np.concatenate([self.codes, np.asarray(cells, np.int64)[~known]])
            self._index()
        found = self._order[np.searchsorted(self._sorted, cells)]
        return np.asarray(found, dtype=np.int64)

    def _known(self, cells: Codes) -> NDArray[np.bool_]:
        if not self._sorted.size:
            return np.zeros(cells.size, dtype=np.bool_)
        nearest = np.minimum(np.searchsorted(self._sorted, cells), self._sorted.size - 1)
        return np.asarray(self._sorted[nearest] == cells)

    def _index(self) -> None:
        """Sort once, so that places are found by bisection."""
        self._order = np.argsort(self.codes)
        self._sorted = self.codes[self._order]
