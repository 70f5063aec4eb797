"""Departure of several columns together from an early stretch of the table.

The reference stands still while something lasts: it is the first half of what was seen, and grows
only when the table has doubled. Its first half says where the columns and the relations between
them lie; its second half says how far they wander from there when nothing happens, which a scale
taken from the first half itself would hide.

References
----------
Jackson, J. E. & Mudholkar, G. S. (1979). Control procedures for residuals associated with principal
component analysis. Technometrics 21, 341-349.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from models.detect.contract import Floats

SHORTEST: Final = 256  # rows of the first reference
SMOOTH: Final = 16  # rows whose mean is judged
LEAST_SCALE: Final = 0.02  # of the column's standard deviation in the reference
LARGEST: Final = 10.0  # one column or relation says at most this much
RELATIONS: Final = 0.25  # weight of the relations, beside 1 of the columns themselves


def reference_length(start: int) -> int:
    """Rows of the reference that a block is judged by; 0 where there is none yet.

    Examples
    --------
    >>> [reference_length(start) for start in (255, 256, 1023, 1024, 5000)]
    [0, 256, 256, 512, 2048]
    """
    if start < SHORTEST:
        return 0
    return max(SHORTEST, 1 << (start.bit_length() - 2))


@dataclass(frozen=True, eq=False)
class Reference:
    """Where columns and their principal directions lie, and how far each wanders.

    Attributes
    ----------
    mean, sd : ndarray, shape (columns,), float64
        Of the first half of the reference.
    axes : ndarray, shape (columns, columns), float64
        Eigenvectors of the columns' correlations there.
    scales, axis_scales : ndarray, shape (columns,), float64
        Root mean square in the second half, of the columns and along the axes.
    """

    mean: Floats
    sd: Floats
    axes: Floats
    scales: Floats
    axis_scales: Floats

    @classmethod
    def of(cls, table: Floats, smooth: Floats) -> Self:
        """Learn from the rows of a reference and their trailing means."""
        half = len(table) // 2
        mean, sd = table[:half].mean(axis=0), table[:half].std(axis=0)
        sd = np.maximum(sd, 1e-9 * np.maximum(1.0, np.abs(mean)))
        known = (table[:half] - mean) / sd
        _, axes = np.linalg.eigh(known.T @ known / half)
        later = (smooth[half:] - mean) / sd
        return cls(mean, sd, axes, _wander(later), _wander(later @ axes))

    def departure(self, smooth: Floats) -> Floats:
        """Root mean square of the departures of each row, in usual ones; the smoothed rows given.

        Returns
        -------
        ndarray, shape (rows,), float64
            Around 1 in rows like those of the reference.
        """
        away = (smooth - self.mean) / self.sd
        columns = _mean_square(away / self.scales)
        relations = _mean_square(away @ self.axes / self.axis_scales)
        joined = (columns + RELATIONS * relations) / (1 + RELATIONS)
        return np.asarray(np.sqrt(joined), dtype=np.float64)


def _wander(later: Floats) -> Floats:
    wander = np.maximum(np.sqrt((later**2).mean(axis=0)), LEAST_SCALE)
    return np.asarray(wander, dtype=np.float64)


def _mean_square(sizes: Floats) -> Floats:
    """Mean square by row over what moves at all: a constant column says nothing, calm or not."""
    moves = sizes != 0
    squares = np.minimum(np.abs(sizes), LARGEST) ** 2
    return np.asarray(squares.sum(axis=1) / np.maximum(moves.sum(axis=1), 1), dtype=np.float64)


def joint_departure(table: Floats, spans: list[tuple[int, int]]) -> Floats:
    """Departure of each row of a table from the reference before its block.

    Parameters
    ----------
    table : ndarray, shape (n, columns), float64
        Without gaps, padded to the end of the last block.
    spans : list of (int, int)
        Blocks [start, stop) in order, see `models.detect.series.blocks.bounds`.

    Returns
    -------
    ndarray, shape (n,), float64
        Around 1 where nothing happens; 0 in the first `SHORTEST` rows.
    """
    padded = np.pad(table, ((SMOOTH - 1, 0), (0, 0)), mode="edge")
    smooth = sliding_window_view(padded, SMOOTH, axis=0).mean(axis=-1)
    scores = np.zeros(len(table))
    known: dict[int, Reference] = {}
    for start, stop in spans:
        length = reference_length(start)
        if length and length not in known:
            known[length] = Reference.of(table[:length], smooth[:length])
        if length:
            scores[start:stop] = known[length].departure(smooth[start:stop])
    return scores
