"""The scoring of the Numenta Anomaly Benchmark: early calls in a window earn, others cost.

References
----------
Lavin, A. & Ahmad, S. (2015). Evaluating real-time anomaly detection algorithms: the Numenta anomaly
benchmark. IEEE ICMLA, 38-44.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from models.detect.contract import Floats

STANDARD: Final = 0.11  # cost of a false call, in detections
LOW_FALSE_POSITIVES: Final = 0.22
PROBATION: Final = 0.15  # share of a file's rows, up to 750, in which nothing counts
LONGEST_PROBATION: Final = 750


@dataclass(frozen=True)
class Windowed:
    """A series and the windows [first, last] of rows in which a call is right."""

    name: str
    values: Floats
    windows: list[tuple[int, int]]


@dataclass(frozen=True)
class Gains:
    """What lowering the threshold below each level gains, in detections; the order is free."""

    levels: Floats
    gains: Floats
    windows: int


def gains(file: Windowed, scores: Floats, cost: float) -> Gains:
    """Gains of one file's calls: rows whose score reaches the threshold."""
    begin = min(int(PROBATION * scores.size), LONGEST_PROBATION)
    costs, is_outside = _outside(file, scores.size, cost)
    is_outside[:begin] = False
    levels, found = [scores[is_outside]], [costs[is_outside]]
    for first, last in file.windows:
        window_levels, window_gains = _inside(scores, max(first, begin), first, last)
        levels.append(window_levels)
        found.append(window_gains)
    return Gains(np.concatenate(levels), np.concatenate(found), len(file.windows))


def _sigmoid(distance: Floats) -> Floats:
    return np.asarray(2 / (1 + np.exp(5 * distance)) - 1, dtype=np.float64)


def _outside(file: Windowed, n: int, cost: float) -> tuple[Floats, np.ndarray]:
    """Cost of a call at each row, less shortly after a window, and which rows are outside."""
    costs, outside = np.full(n, -cost), np.ones(n, dtype=np.bool_)
    ends = [*(first for first, _ in file.windows[1:]), n][: len(file.windows)]
    for (first, last), end in zip(file.windows, ends, strict=True):
        outside[first : last + 1] = False
        away = np.arange(1, end - last) / max(last - first, 1)
        costs[last + 1 : end] = cost * np.where(away > 3, -1.0, _sigmoid(away))
    return costs, outside


def _inside(scores: Floats, begin: int, first: int, last: int) -> tuple[Floats, Floats]:
    """The first call of a window earns; a lower threshold moves it to an earlier row."""
    part = scores[begin : last + 1]
    before = np.maximum.accumulate(np.concatenate([[0.0], part[:-1]]))[: part.size]
    rows = np.flatnonzero(part > before)
    early = (last - (begin + rows) + 1) / (last - first + 1)
    earned = _sigmoid(-early) / _sigmoid(np.array(-1.0)) + 1
    return part[rows], earned - np.append(earned[1:], 0.0)


def best_score(files: Sequence[Gains]) -> float:
    """Score at the best threshold for all files together: 0 for no call, 100 for perfect ones."""
    levels = np.concatenate([file.levels for file in files])
    order = np.argsort(-levels, kind="stable")
    levels = levels[order]
    sums = np.cumsum(np.concatenate([file.gains for file in files])[order])
    is_last = np.append(levels[1:] != levels[:-1], True) & (levels > 0)
    most = max(0.0, float(sums[is_last].max(initial=0.0)))
    return 100 * most / (2 * max(1, sum(file.windows for file in files)))
