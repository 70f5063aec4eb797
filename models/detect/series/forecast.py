"""Departure of each value from what the values before it foretell, in two ways."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.detect.contract import Floats
from models.detect.series.blocks import Block

LAGS: Final = 8
MEMORY: Final = 4000  # newest values a forecast is fitted to
RIDGE: Final = 0.5
HUBER: Final = 2.5  # robust scales from which on a residual weighs less in the fit
CYCLES: Final = 5  # earlier cycles that a value is compared with
TRAIL: Final = 48  # values a series without a rhythm is compared with
TRAIL_FIT: Final = 1500  # newest residuals that the scale is taken from
MAD_TO_SD: Final = 1.4826  # of a normal distribution

Positions = NDArray[np.int64]


def regression(values: Floats, blocks: list[Block]) -> Floats:
    """One-step forecast from the last values and those a period ago: |residual| in scales.

    Ridge regression on clipped values, refitted for each block on its past, once reweighted so
    that past anomalies bend it little.

    Parameters
    ----------
    values : ndarray, shape (n,), float64
        Without gaps, padded to the end of the last block.
    blocks : list of Block
        In order; values before the first are not judged.

    Returns
    -------
    ndarray, shape (n,), float64
        0 where not judged.
    """
    scores = np.zeros(values.size)
    for block in blocks:
        lags = np.array([*range(1, LAGS + 1), *_seasonal_lags(block)])
        start = max(0, block.start - MEMORY)
        fitted = block.known_from(start + int(lags.max()))
        tame = _tamed(values, start, block)
        mean, sd = tame[start : block.start].mean(), tame[start : block.start].std() + 1e-12
        tame, floor = (tame - mean) / sd, block.floor / sd
        weights, scale = _fit(_design(tame, fitted, lags), tame[fitted], floor)
        forecast = _design(tame, block.positions, lags) @ weights
        scores[block.where] = np.abs((values[block.where] - mean) / sd - forecast) / scale
    return scores


def _seasonal_lags(block: Block) -> list[int]:
    near = (block.period - 1, block.period, block.period + 1, 2 * block.period)
    return [lag for lag in near if LAGS < lag < block.start // 2]


def _tamed(values: Floats, start: int, block: Block) -> Floats:
    """Clip values to half a range beyond the past's, so that a spike does not echo."""
    low, high = np.quantile(values[start : block.start], [0.005, 0.995])
    reach = 0.5 * (high - low) + block.floor
    return np.clip(values, low - reach, high + reach)


def _design(values: Floats, positions: Positions, lags: Positions) -> Floats:
    columns = values[positions[:, None] - lags[None, :]]
    return np.column_stack([np.ones(positions.size), columns])


def _fit(design: Floats, target: Floats, floor: float) -> tuple[Floats, float]:
    """Weights of the regression, and the robust scale of what it leaves."""
    penalty = np.diag(np.r_[1e-6, np.full(design.shape[1] - 1, RIDGE)])
    weights = np.linalg.solve(design.T @ design + penalty, design.T @ target)
    rest = target - design @ weights
    share = np.minimum(1.0, HUBER * robust_scale(rest, 1e-6) / np.maximum(np.abs(rest), 1e-12))
    weighted = design * share[:, None]
    weights = np.linalg.solve(weighted.T @ design + penalty, weighted.T @ target)
    return weights, robust_scale(target - design @ weights, floor)


def robust_scale(values: Floats, floor: float) -> float:
    """Median absolute deviation, as a standard deviation, but at least `floor`."""
    deviation = np.abs(values - np.median(values))
    return max(MAD_TO_SD * float(np.median(deviation)), floor)


def same_phase(values: Floats, blocks: list[Block]) -> Floats:
    """Distance from the median at the same phase of the last cycles, in scales.

    A series without a rhythm is compared with the median of its last `TRAIL` values. Parameters
    and result as in `regression`.
    """
    scores = np.zeros(values.size)
    for block in blocks:
        offsets = _offsets(block)
        first = min(max(int(offsets.max()), block.start - TRAIL_FIT), block.start - 8)
        rest = _rest(values, block.known_from(first), offsets)
        scale = robust_scale(rest, block.floor)
        scores[block.where] = np.abs(_rest(values, block.positions, offsets)) / scale
    return scores


def _offsets(block: Block) -> Positions:
    """How far back the values lie that one is compared with."""
    cycles = min(CYCLES, block.start // max(block.period, 1) - 1)
    if not block.period or cycles < 2:
        return np.arange(1, TRAIL + 1)
    back = block.period * np.arange(1, cycles + 1)
    return np.concatenate([back - 1, back, back + 1])


def _rest(values: Floats, positions: Positions, offsets: Positions) -> Floats:
    compared = values[np.maximum(positions[:, None] - offsets[None, :], 0)]
    return np.asarray(values[positions] - np.median(compared, axis=1), dtype=np.float64)
