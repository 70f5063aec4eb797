"""Tail probabilities of counts, and how several of them become one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]

_LEAST_PHI = 1.0 + 1e-3  # below it the negative binomial is as good as Poisson
_LEAST_P = 1e-15


def upper_tail(counts: Floats, mean: Floats, phi: Floats) -> Floats:
    """Mid-p probability of a count at least as large, negative binomial with variance phi × mean.

    Examples
    --------
    >>> upper_tail(np.array([0.0, 5.0]), np.array([2.0, 2.0]), np.array([1.0, 1.0])).round(3)
    array([0.932, 0.035])
    """
    size, success = _shape(mean, phi)
    at_least = np.where(counts <= 0, 1.0, special.betainc(np.maximum(counts, 1), size, 1 - success))
    above = special.betainc(counts + 1, size, 1 - success)
    tail: Floats = (at_least + above) / 2
    return tail


def lower_tail(counts: Floats, mean: Floats, phi: Floats) -> Floats:
    """Mid-p probability of a count at most as large: what `upper_tail` leaves.

    Examples
    --------
    >>> lower_tail(np.array([3.0, 5.0]), np.array([8.0, 8.0]), np.array([1.0, 2.0])).round(3)
    array([0.028, 0.242])
    """
    size, success = _shape(mean, phi)
    below = np.where(counts <= 0, 0.0, special.betainc(size, np.maximum(counts, 1), success))
    at_most = special.betainc(size, counts + 1, success)
    tail: Floats = (below + at_most) / 2
    return tail


def quantile(level: float, mean: Floats, phi: Floats) -> Floats:
    """Least count that is not exceeded with at least the probability `level`."""
    from scipy.stats import nbinom  # a second, and readings have no need of it

    least: Floats = nbinom.ppf(level, *_shape(mean, phi))
    return least


def _shape(mean: Floats, phi: Floats) -> tuple[Floats, Floats]:
    """Size and success probability of the negative binomial with this mean and dispersion."""
    phi = np.maximum(phi, _LEAST_PHI)
    return mean / (phi - 1), 1 / phi


def cauchy_combination(p_values: Sequence[Floats]) -> Floats:
    """One p-value from several that may depend on each other.

    References
    ----------
    Liu & Xie 2020, Journal of the American Statistical Association 115:393.

    Examples
    --------
    >>> float(cauchy_combination([np.array([0.01]), np.array([0.01])])[0].round(6))
    0.01
    """
    clipped = np.clip(np.stack(list(p_values)), _LEAST_P, 1 - 1e-9)
    combined: Floats = 0.5 - np.arctan(np.tan((0.5 - clipped) * np.pi).mean(axis=0)) / np.pi
    return np.clip(combined, 0.0, 1.0)
