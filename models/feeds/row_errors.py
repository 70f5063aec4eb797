"""Which rows of a batch failed a check, and the first check that each failed."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.messages.dead_letters import Reason

_REASONS: Final = tuple(Reason)
_CODES: Final = {reason: code for code, reason in enumerate(_REASONS, start=1)}


class RowErrors:
    """One reason or none for each row; the first one marked stays.

    Parameters
    ----------
    rows : int
        Length of the batch.
    """

    def __init__(self, rows: int) -> None:
        self._codes: NDArray[np.int8] = np.zeros(rows, np.int8)

    def mark(self, bad: NDArray[np.bool_], reason: Reason) -> None:
        """Mark rows; `bad` is a mask, shape (rows,)."""
        if bad.any():
            self._codes[bad & (self._codes == 0)] = _CODES[reason]

    def mark_at(self, rows: NDArray[np.int64], reason: Reason) -> None:
        """Mark rows given by their indices."""
        if rows.size:
            free = rows[self._codes[rows] == 0]
            self._codes[free] = _CODES[reason]

    @property
    def good(self) -> NDArray[np.bool_]:
        """Mask of the rows without a fault, shape (rows,)."""
        return np.equal(self._codes, 0)

    @property
    def bad_rows(self) -> list[int]:
        """Indices of the rows with a fault, ascending."""
        return [int(row) for row in np.flatnonzero(self._codes)]

    def reason(self, row: int) -> Reason:
        """Reason of a row that has a fault."""
        return _REASONS[int(self._codes[row]) - 1]
