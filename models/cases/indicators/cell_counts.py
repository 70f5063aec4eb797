"""Live counts of every cell as one packed block: ten thousand cells are too many to be named."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.cases.columns import Counts
from models.cases.indicators.definitions import CORE_COUNTS, INDICATORS
from models.cases.indicators.window_sums import WINDOWS

_QUICK: Final = 1  # of zlib: most counts are 0, so little effort gains most


class CellCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Counts of some cells over all windows, of those cells that have any.

    Attributes
    ----------
    cells : bytes
        Codes, little-endian int64, shape (n,).
    data : bytes
        Counts, zlib over little-endian int64, shape (n, windows, `CORE_COUNTS`).
    """

    cells: bytes = b""
    data: bytes = b""

    @property
    def codes(self) -> NDArray[np.int64]:
        """Cells, shape (n,)."""
        return np.frombuffer(self.cells, dtype="<i8")

    def counts(self) -> NDArray[np.int64]:
        """Unpack the counts, shape (n, windows, `CORE_COUNTS`)."""
        flat = np.frombuffer(zlib.decompress(self.data) if self.data else b"", dtype="<i8")
        return flat.reshape(len(self.codes), len(WINDOWS), len(CORE_COUNTS))

    def indicator(self, window: str, code: str) -> tuple[Counts, Counts | None]:
        """Numerators and denominators of a core indicator, shape (n,); None for a plain count.

        Numerators of a duration are seconds.
        """
        one, table = INDICATORS[code], self.counts()[:, WINDOWS.index(window)]
        numerator = table[:, CORE_COUNTS.index(one.numerator)]
        if not one.denominator:
            return numerator, None
        return numerator, table[:, CORE_COUNTS.index(one.denominator)]


def pack_cells(cells: Counts, windows: Sequence[Counts]) -> CellCounts:
    """Pack the sums of cells.

    Parameters
    ----------
    cells : ndarray, shape (n,), int64
    windows : sequence of ndarray, each of shape (up to n or more, `CORE_COUNTS`), int64
        Sums over each of `WINDOWS`; rows that a window lacks are 0.
    """
    table = np.zeros((len(cells), len(windows), len(CORE_COUNTS)), dtype="<i8")
    for place, matrix in enumerate(windows):
        known = matrix[: len(cells)]
        table[: len(known), place] = known
    return _packed(cells, table)


def without_window(block: CellCounts, window: str) -> CellCounts:
    """Give the counts of cells with one window empty."""
    table = block.counts().astype("<i8")
    table[:, WINDOWS.index(window)] = 0
    return _packed(block.codes, table)


def _packed(cells: Counts, table: Counts) -> CellCounts:
    """Pack the cells that have any count; `table` has shape (n, windows, `CORE_COUNTS`)."""
    used = table.any(axis=(1, 2))
    return CellCounts(
        cells=cells[used].astype("<i8").tobytes(),
        data=zlib.compress(table[used].tobytes(), _QUICK),
    )
