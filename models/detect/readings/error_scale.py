"""How much noisier values are at one level, and in one kind of hour, than in another."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.detect.contract import Floats, or_zero

WIDTH: Final = 0.35  # of a level, in log units
LEVELS: Final = 20
BELOW: Final = 2  # levels kept for predictions under zero
RESTLESS: Final = 6  # kinds of hour, by the error of the others
STEP: Final = 0.67  # of peer error from one kind of hour to the next
TRUST: Final = 30.0  # errors that weigh as much as the assumption of equal noise
MEMORY: Final = 3_000.0
CLIP: Final = 5.0  # an error of so many times the usual teaches no more than this much
LARGEST: Final = 4.0  # peer error that one series can bring in

Where = NDArray[np.int64]


class ErrorScale:
    """Factor on the scale of errors by predicted level and by peer error, shared by all series.

    In clean air the ratio of two instruments is mostly their noise; and in an hour in which the
    other series depart from what was expected of them (a front passes), one departure more says
    little. Both are learned from the errors, as a table of mean magnitudes.

    Examples
    --------
    >>> noise = ErrorScale()
    >>> noise.factor(noise.where(np.array([0.1, 3.0]), np.array([0.8, 2.9]))).tolist()
    [1.0, 1.0]
    """

    def __init__(self) -> None:
        self.size: Floats = np.ones(LEVELS * RESTLESS)
        self.seen: Floats = np.full(LEVELS * RESTLESS, TRUST)

    def where(self, level: Floats, peer_error: Floats) -> Where:
        """Place of each series in the table.

        Parameters
        ----------
        level : ndarray, shape (n,), float64
            log(1 + predicted value / offset); NaN counts as 0.
        peer_error : ndarray, shape (n,), float64
            As `peer_error` gives it.
        """
        row = np.clip(or_zero(level) / WIDTH + BELOW, 0, LEVELS - 1).astype(np.int64)
        column = np.minimum(peer_error / STEP, RESTLESS - 1).astype(np.int64)
        return np.asarray(row * RESTLESS + column, dtype=np.int64)

    def factor(self, where: Where) -> Floats:
        """Give how many times noisier than usual it is there."""
        return np.asarray(self.size[where], dtype=np.float64)

    def learn(self, where: Where, sizes: Floats) -> None:
        """Take up the magnitudes of errors, in usual ones of their series; NaN teaches nothing."""
        known = np.isfinite(sizes)
        which = where[known]
        taught = np.minimum(sizes[known], CLIP * self.size[which])
        count = np.bincount(which, minlength=self.size.size)
        total = np.bincount(which, weights=taught, minlength=self.size.size)
        self.seen = np.minimum(self.seen + count, MEMORY)
        self.size += (total - count * self.size) / np.maximum(self.seen, count + 1.0)


def peer_error(sizes: Floats) -> Floats:
    """Mean magnitude of the others' errors, for each series; 1 where there are no others.

    Parameters
    ----------
    sizes : ndarray, shape (n,), float64
        Magnitudes of errors, in usual ones of their series; NaN where none.

    Examples
    --------
    >>> peer_error(np.array([1.0, 3.0, np.nan])).tolist()
    [3.0, 1.0, 2.0]
    """
    known = np.isfinite(sizes)
    clipped = np.where(known, np.minimum(sizes, LARGEST), 0.0)
    others = known.sum() - known
    mean = (clipped.sum() - clipped) / np.maximum(others, 1)
    return np.where(others > 0, mean, 1.0)
