"""What form an unusual stretch has: a spike, a shift, a drift, a stuck sensor, other noise."""

from __future__ import annotations

from typing import Final

import numpy as np

from models.detect.contract import Floats

SPIKE, SHIFT, DRIFT, STUCK, VARIANCE = "spike", "level_shift", "drift", "stuck", "variance"
NAMES: Final[dict[str, dict[str, str]]] = {
    SPIKE: {"zh": "尖峰", "en": "a spike"},
    SHIFT: {"zh": "水平突变", "en": "a shift of level"},
    DRIFT: {"zh": "缓慢漂移", "en": "a drift"},
    STUCK: {"zh": "读数卡滞", "en": "a stuck sensor"},
    VARIANCE: {"zh": "波动异常", "en": "a change of variance"},
}
NOTABLE: Final = 3.0  # robust standard deviations of a value or of a mean
LEAST: Final = 4  # values needed to tell more than a spike
STUCK_LEAST: Final = 6  # equal values in a row, where the past moved, are no chance
SHORT: Final = 3  # a departure over so few values is a spike
RATIO: Final = 2.0  # of the spread after to the spread before
EXPLAINED: Final = 0.6  # share of the variance that a straight line must take to be a drift


def shape_of(past: Floats, recent: Floats) -> str | None:
    """Name the form in which `recent` departs from `past`.

    Parameters
    ----------
    past : ndarray, shape (n,), float64
        Values before, in the order of time, season taken out; NaN where none.
    recent : ndarray, shape (m,), float64
        Values since the departure may have begun.

    Returns
    -------
    str or None
        One of `NAMES`; None where nothing departs or too little is known.

    Examples
    --------
    >>> past = np.sin(np.arange(60.0))
    >>> shape_of(past, np.array([0.2, 9.0, 0.1, 0.3]))
    'spike'
    >>> shape_of(past, np.full(8, 0.4))
    'stuck'
    """
    past, recent = past[np.isfinite(past)], recent[np.isfinite(recent)]
    if past.size < 2 * LEAST or not recent.size:
        return None
    middle = float(np.median(past))
    scale = max(_spread(past), 1e-9 * max(1.0, abs(middle)))
    if _is_stuck(past, recent):
        return STUCK
    away = (recent - middle) / scale
    if np.count_nonzero(np.abs(away) > NOTABLE) <= SHORT < recent.size:
        return SPIKE if np.abs(away).max() > 2 * NOTABLE else _spread_change(past, recent)
    if recent.size < LEAST:
        return SPIKE if np.abs(away).max() > NOTABLE else None
    if abs(float(np.median(away))) > NOTABLE:
        return DRIFT if _is_straight(away) else SHIFT
    return DRIFT if _is_straight(away) else _spread_change(past, recent)


def _is_stuck(past: Floats, recent: Floats) -> bool:
    """Whether values stand still that used to move."""
    stands = recent.size >= STUCK_LEAST and bool((recent[-STUCK_LEAST:] == recent[-1]).all())
    return stands and float(np.mean(np.diff(past) == 0)) < 0.2


def _is_straight(away: Floats) -> bool:
    """Whether a rising or falling line takes most of the variance and ends far out."""
    time = np.arange(away.size) - (away.size - 1) / 2
    centred = away - away.mean()
    total = float(centred @ centred)
    slope = float(time @ centred) / float(time @ time)
    taken = slope**2 * float(time @ time)
    return total > 0 and taken / total > EXPLAINED and abs(slope) * away.size > NOTABLE


def _spread_change(past: Floats, recent: Floats) -> str | None:
    """Tell other noise from the usual; few values must differ more."""
    if recent.size < 2 * LEAST:
        return None
    before, after = _spread(np.diff(past)), _spread(np.diff(recent))
    if before == 0:
        return VARIANCE if after > 0 else None
    return VARIANCE if after > RATIO * before or after < before / (2 * RATIO) else None


def _spread(values: Floats) -> float:
    """Robust standard deviation; the plain one where more than half the values are equal."""
    deviation = float(np.median(np.abs(values - np.median(values))))
    return 1.4826 * deviation if deviation > 0 else float(values.std())
