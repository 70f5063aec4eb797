"""Rows of a file set on an even time grid, so that a gap does not shift the rhythm."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.detect.contract import Floats
from models.detect.series.blocks import WARM_UP

EVEN_SHARE: Final = 0.8  # of the first steps that must be alike for the sampling to be even
ALIKE: Final = 0.1  # relative difference
ALLOWANCE: Final = 2000  # empty places that any file may have, and two more with each row


def places(times_s: Floats) -> NDArray[np.int64]:
    """Place of each row on the grid; rising, one by one where the sampling is uneven.

    The interval is the median of the first steps, so that the place of a row never depends on
    later ones. Rows that go back in time, or whose time is unknown, follow the row before.

    Parameters
    ----------
    times_s : ndarray, shape (n,), float64
        Seconds; NaN where unknown.

    Examples
    --------
    >>> times = np.r_[np.arange(40) * 60.0, 45 * 60.0]
    >>> places(times)[-2:].tolist()
    [39, 45]
    """
    steps = np.diff(times_s)
    first = steps[:WARM_UP]
    first = first[np.isfinite(first) & (first > 0)]
    jumps = np.ones(steps.size)
    if first.size >= WARM_UP // 2:
        interval = float(np.median(first))
        if np.mean(np.abs(first - interval) <= ALIKE * interval) >= EVEN_SHARE:
            jumps = np.where(np.isfinite(steps), np.round(steps / interval), 1.0)
    return np.concatenate([np.zeros(min(1, times_s.size)), _affordable(jumps)]).astype(np.int64)


def _affordable(jumps: Floats) -> Floats:
    """Rising places after the first, with each jump cut to what the file may still leave empty."""
    after = np.empty(jumps.size)
    place = 0.0
    for row, jump in enumerate(jumps.tolist()):
        place = min(place + max(jump, 1.0), max(place + 1, 3.0 * (row + 1) + ALLOWANCE))
        after[row] = place
    return after
