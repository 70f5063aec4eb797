"""Departure of a value, and of the mean and roughness of the last values, from the past's range."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from models.detect.contract import Floats
from models.detect.series.blocks import Block

SHORT: Final = 16  # values whose mean and roughness are looked at
MEMORY: Final = 6000
LEAST_LOG: Final = 0.2  # least scale of the logarithm of the roughness


def level(values: Floats, blocks: list[Block]) -> Floats:
    """Say how far each value lies outside the past's 5 to 95 per cent range, in scales.

    Parameters and result as in `models.detect.series.forecast.regression`.
    """
    scores = np.zeros(values.size)
    for block in blocks:
        least = max(block.floor, 0.2 * block.sd)
        scores[block.where] = _outside(values, 0, block, tail=0.05, reach=1.645, least=least)
    return scores


def mean(values: Floats, blocks: list[Block]) -> Floats:
    """Say the same of the mean of the last `SHORT` values: shifts of level."""
    means = _trailing(values).mean(axis=1)
    scores = np.zeros(values.size)
    for block in blocks:
        scores[block.where] = _outside(
            means, SHORT, block, tail=0.1, reach=1.282, least=block.floor
        )
    return scores


def roughness(values: Floats, blocks: list[Block]) -> Floats:
    """Say the same of how rough the last values are (log): noise, bursts, stuck values."""
    steps = np.diff(values, prepend=values[:1])
    sizes = np.sqrt((_trailing(steps) ** 2).mean(axis=1))
    scores = np.zeros(values.size)
    for block in blocks:
        logs = np.log(sizes + 0.5 * block.floor)
        scores[block.where] = _outside(logs, SHORT, block, tail=0.1, reach=1.282, least=LEAST_LOG)
    return scores


def _trailing(values: Floats) -> Floats:
    """Windows of the last `SHORT` values, shape (n, SHORT); the first value repeated before it."""
    return sliding_window_view(np.pad(values, (SHORT - 1, 0), mode="edge"), SHORT)


def _outside(
    statistic: Floats, skip: int, block: Block, *, tail: float, reach: float, least: float
) -> Floats:
    """Distance from the past's median, by the scale of the side it lies on.

    `reach` is how many standard deviations the quantile `tail` lies from the median of a normal
    distribution.
    """
    reference = block.compared.reference
    past = statistic[reference[skip if reference.size > 2 * skip else 0 :][-MEMORY:]]
    low, middle, high = np.quantile(past, [tail, 0.5, 1 - tail])
    away = statistic[block.where] - middle
    up, down = max((high - middle) / reach, least), max((middle - low) / reach, least)
    return np.asarray(np.where(away > 0, away / up, -away / down), dtype=np.float64)
