"""Discords: windows whose shape was not seen before."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from models.detect.contract import Floats
from models.detect.series.blocks import Block

DEFAULT: Final = 48  # values in a window where there is no rhythm
SHORTEST: Final = 8
LONGEST: Final = 512
DIMENSIONS: Final = 48  # a longer window is thinned to about so many means
KEPT: Final = 2000  # past windows compared with, spread over the whole past


def discord(values: Floats, blocks: list[Block], share: float) -> Floats:
    """Distance of the window that ends at each value to the nearest window of the past.

    The windows' means are taken out, their amplitude is kept. This is the left matrix profile
    with the past thinned to `KEPT` windows.

    Parameters
    ----------
    values, blocks
        As in `models.detect.series.forecast.regression`.
    share : float
        Length of the window as a share of the period.

    Returns
    -------
    ndarray, shape (n,), float64
        Root mean square distance in standard deviations of the past; 0 where not judged.

    References
    ----------
    Yeh, C.-C. M. et al. (2016). Matrix Profile I. IEEE ICDM, 1317-1322.
    Lu, Y. et al. (2022). Matrix Profile XXIV (left discords). ACM KDD, 1173-1182.
    """
    scores = np.zeros(values.size)
    for block in blocks:
        length = int(np.clip((block.period or DEFAULT) * share, SHORTEST, LONGEST))
        length = min(length, block.start // 3)
        scale = max(block.sd, block.floor)
        scores[block.where] = _nearest(values[: block.stop] / scale, block, length)
    return scores


def _nearest(values: Floats, block: Block, length: int) -> Floats:
    """Distance to the nearest past window, for each window that ends inside the block."""
    ends_past = block.start - 1 - np.arange(block.start - length + 1)[::-1]
    kept = ends_past[np.linspace(0, ends_past.size - 1, min(KEPT, ends_past.size)).astype(int)]
    ends = block.positions
    past, now = _windows(values, kept, length), _windows(values, ends, length)
    squared = (now**2).sum(axis=1)[:, None] + (past**2).sum(axis=1)[None, :] - 2 * (now @ past.T)
    squared[kept[None, :] > ends[:, None] - length] = np.inf  # a window is no past of itself
    nearest = squared.min(axis=1) / past.shape[1]
    return np.where(np.isfinite(nearest), np.sqrt(np.maximum(nearest, 0.0)), 0.0)


def _windows(values: Floats, ends: NDArray[np.int64], length: int) -> Floats:
    """Windows that end at `ends`, thinned to means of neighbours, without their own mean."""
    step = max(1, length // DIMENSIONS)
    means = sliding_window_view(values, step).mean(axis=1) if step > 1 else values
    back = np.arange(length - step, -1, -step)
    windows = means[ends[:, None] - back[None, :] - (step - 1)]
    return np.asarray(windows - windows.mean(axis=1, keepdims=True), dtype=np.float64)
