"""How many objects a recheck has to take, what its errors say, and when a campaign will be through.

References
----------
Schilling and Neubauer, Acceptance Sampling in Quality Control, 3rd ed., ch. 5 (plans with
acceptance number 0). Wilson, JASA 22 (1927) 209. Brown, Cai and DasGupta, Statist. Sci. 16 (2001)
101. The interval of a rate is that of a gamma posterior with Jeffreys' prior, widened by the
overdispersion of the days.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

_LEAST_DAYS: Final = 3  # of work from which a pace is told


class Interval(NamedTuple):
    """An estimate with its bounds."""

    value: float
    low: float
    high: float


def recheck_size(objects: int, error_limit: float, confidence: float) -> int:
    """Give the least number of objects to recheck so that no error among them says enough.

    If a share of `error_limit` of all objects or more were wrong, a sample of this size, drawn at
    random, would show at least one of them with the given confidence (hypergeometric).

    Examples
    --------
    >>> recheck_size(2400, 0.05, 0.95), recheck_size(77, 0.05, 0.95), recheck_size(0, 0.05, 0.95)
    (58, 40, 0)
    """
    wrong = int(np.ceil(error_limit * objects))
    if objects <= 0 or wrong <= 0:
        return max(objects, 0)
    sizes = np.arange(objects + 1)
    from scipy import stats  # a second, of which only these figures have need

    none_found = stats.hypergeom.pmf(0, objects, wrong, sizes)
    return int(sizes[none_found <= 1 - confidence][0])


def error_share(errors: int, checked: int, confidence: float) -> Interval | None:
    """Give the share of errors with its Wilson interval, in percent; None before any check.

    Examples
    --------
    >>> found = error_share(3, 60, 0.95)
    >>> round(found.value, 1), round(found.low, 1), round(found.high, 1)
    (5.0, 1.7, 13.7)
    """
    if not checked:
        return None
    from scipy import stats

    interval = stats.binomtest(errors, checked).proportion_ci(confidence, method="wilson")
    return Interval(100 * errors / checked, 100 * float(interval.low), 100 * float(interval.high))


def days_to_finish(left: float, daily: Sequence[float], confidence: float = 0.9) -> Interval | None:
    """Forecast in how many days the rest is done at the pace of late; None without a pace.

    Parameters
    ----------
    left : float
        Objects that are not covered.
    daily : sequence of float
        Objects covered on each of the last days, those without work included.
    confidence : float
        Of the interval.

    Examples
    --------
    >>> days_to_finish(0, [5.0]), days_to_finish(10, [0.0] * 9) is None
    (Interval(value=0.0, low=0.0, high=0.0), True)
    >>> found = days_to_finish(100, [10.0] * 14)
    >>> round(found.value), round(found.low), round(found.high)
    (10, 9, 12)
    """
    if left <= 0:
        return Interval(0.0, 0.0, 0.0)
    counts = np.asarray(daily, dtype=np.float64)
    if counts.size < _LEAST_DAYS or not counts.sum():
        return None
    spread = max(float(counts.var(ddof=1) / counts.mean()), 1.0)
    shape, rate = counts.sum() / spread + 0.5, counts.size / spread
    from scipy import stats

    slow, fast = stats.gamma.ppf([(1 - confidence) / 2, (1 + confidence) / 2], shape) / rate
    pace, slow, fast = float(counts.mean()), float(slow), float(fast)
    return Interval(left / pace, left / fast, left / slow)
