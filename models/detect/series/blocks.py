"""Causal scoring in blocks: models are fitted on what lies before a block, then judge the block.

Where the blocks lie depends on nothing but the position in the series, and a series is padded to
the end of its last block, so that a prefix is computed with arrays of the very same shapes as the
whole: its scores are equal to the last bit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from models.detect.contract import Floats
from models.detect.series.level_shift import NormalRows
from models.detect.series.period import find_period

WARM_UP: Final = 32  # values before the first block: nothing is judged by less
LONGEST: Final = 1024
FLOOR_SHARE: Final = 0.02  # least scale, as a share of the past's standard deviation


@dataclass(frozen=True, kw_only=True)
class Block:
    """A stretch [start, stop) to be judged, and what the values before `start` say.

    Attributes
    ----------
    start, stop : int
        Positions in the series.
    period : int
        Length of the rhythm seen before `start`, in values; 0 where there is none.
    sd : float
        Standard deviation before `start`.
    floor : float
        Least scale by which a departure is measured, in the unit of the series; above 0.
    compared : NormalRows
        Rows before `start` that say what is normal.
    """

    start: int
    stop: int
    period: int
    sd: float
    floor: float
    compared: NormalRows

    @classmethod
    def after(cls, past: Floats, stop: int, compared: NormalRows) -> Self:
        """Make the block that follows a past."""
        sd = float(past.std())
        floor = max(FLOOR_SHARE * sd, 1e-9 * max(1.0, float(np.abs(past).max())))
        period = find_period(past)
        return cls(start=past.size, stop=stop, period=period, sd=sd, floor=floor, compared=compared)

    @property
    def where(self) -> slice:
        """The block's place in the series."""
        return slice(self.start, self.stop)

    @property
    def positions(self) -> NDArray[np.int64]:
        """Positions of its values."""
        return np.arange(self.start, self.stop)

    def known_from(self, first: int) -> NDArray[np.int64]:
        """Rows with a value from `first` on; all rows where hardly one has one."""
        known = self.compared.known[np.searchsorted(self.compared.known, first) :]
        return known if known.size >= WARM_UP // 2 else np.arange(first, self.start)


def bounds(n: int) -> Iterator[tuple[int, int]]:
    """Give the [start, stop) that cover n values after the warm-up; the last may reach past n.

    Examples
    --------
    >>> list(bounds(70))
    [(32, 64), (64, 96)]
    """
    start = WARM_UP
    while start < n:
        stop = start + min(max(start // 8, WARM_UP), LONGEST)
        yield start, stop
        start = stop


def padded(values: Floats) -> Floats:
    """Repeat the last value up to the end of the last block."""
    stop = max([values.size, *(stop for _, stop in bounds(values.size))])
    return np.pad(values, (0, stop - values.size), mode="edge")
