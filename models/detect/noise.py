"""How much noisier values are at one level of the region than at another."""

from __future__ import annotations

from typing import Final

import numpy as np

from models.detect.base import Floats

WIDTH: Final = 0.5  # of a level, in log units
LEVELS: Final = 20
TRUST: Final = 200.0  # errors of a level that weigh as much as the assumption of equal noise
MEMORY: Final = 20_000.0
MEAN_SIZE: Final = 0.798  # mean |z| of a standard normal
CLIP: Final = 4.0


class LevelNoise:
    """Factor on the scale of a log ratio by the level it is taken at, shared by all series.

    A ratio to the region says much when the region is dusty and little when it is clean: near
    zero the instruments' noise is the ratio. The factor is learned from the errors, in scales.

    Examples
    --------
    >>> LevelNoise().factor(np.array([0.1, 3.0])).tolist()
    [1.0, 1.0]
    """

    def __init__(self) -> None:
        self.size: Floats = np.full(LEVELS, MEAN_SIZE)
        self.seen: Floats = np.full(LEVELS, TRUST)

    def factor(self, level: Floats) -> Floats:
        """Give the factor for each series.

        Parameters
        ----------
        level : ndarray, shape (n,), float64
            log(1 + value / offset) of the region; NaN counts as the lowest.
        """
        return np.asarray(self.size[_index(level)] / MEAN_SIZE, dtype=np.float64)

    def learn(self, level: Floats, errors: Floats) -> None:
        """Take up errors in unadjusted scales; NaN teaches nothing."""
        known = np.isfinite(level) & np.isfinite(errors)
        which = _index(level[known])
        sizes = np.minimum(np.abs(errors[known]), CLIP)
        count = np.bincount(which, minlength=LEVELS)
        total = np.bincount(which, weights=sizes, minlength=LEVELS)
        self.seen = np.minimum(self.seen + count, MEMORY)
        self.size += (total - count * self.size) / np.maximum(self.seen, 1.0)


def _index(level: Floats) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.clip(np.nan_to_num(level) / WIDTH, 0, LEVELS - 1).astype(np.int64)
