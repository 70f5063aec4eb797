"""From scores to error rates: conformal p-values, and corrections for looking at many at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import special

from models.detect.contract import Floats

BIN = 0.1
BINS = 400  # sizes of 40 and more share the last bin
TAIL_SHARE = 0.005  # the part of the past that the tail is fitted to
TAIL_START = 20  # bins; nearer than two standard deviations is no tail
LEAST_PAST = 50  # sizes; before so many were seen, nothing is said of the tail
ASSUMED = 10.0  # sizes in the tail that weigh as much as the assumed steepness
ASSUMED_STEEPNESS = 4.0
LEAST_P = 1e-15

_LOG_CENTRES = np.log(np.arange(BINS) + 0.5)


class ConformalTail:
    """Tail probability of a size by the sizes seen before (conformal prediction).

    A histogram of past magnitudes, one for each sign. Inside the range of the past the p-value is
    the conformal rank (1 + past sizes at least as large) / (1 + past sizes). Among the largest
    `TAIL_SHARE` a power law takes over, its exponent estimated from them after Hill.

    Parameters
    ----------
    counts : ndarray, shape (2, BINS), float64, optional
        Past sizes by sign (positive first) and magnitude; none seen by default.

    Notes
    -----
    Errors of real readings have heavy tails: over an exponential one, once in a month would be
    called once in years. A few assumed sizes keep the exponent sane while the past is short.

    References
    ----------
    Laxhammar, R., Falkman, G. (2015). Inductive conformal anomaly detection for sequential
    detection of anomalous sub-trajectories. Annals of Mathematics and AI 74, 67-94.
    Hill, B. M. (1975). A simple general approach to inference about the tail of a distribution.
    Annals of Statistics 3, 1163-1174.

    Examples
    --------
    >>> rank = ConformalTail()
    >>> rank.learn(np.linspace(0, 3, 999))
    >>> float(rank.p_value(np.array([1.5]))[0].round(2))
    0.5
    """

    def __init__(self, counts: Floats | None = None) -> None:
        self.counts: Floats = np.zeros((2, BINS)) if counts is None else counts

    def learn(self, sizes: Floats) -> None:
        """Add sizes to the past; NaN is left out."""
        known = sizes[np.isfinite(sizes)]
        flat = _bins(np.abs(known)) + BINS * (known < 0)
        self.counts += np.bincount(flat, minlength=2 * BINS).reshape(2, BINS)

    def p_value(self, sizes: Floats) -> Floats:
        """Share of the past that lies as far out on the same side; NaN for NaN.

        Parameters
        ----------
        sizes : ndarray, shape (n,), float64
            Signed, in robust standard deviations.
        """
        known = np.isfinite(sizes)
        magnitude = np.where(known, np.abs(sizes), 0.0)
        side = (sizes < 0).astype(np.int64)
        total = 1 + self.counts.sum()
        at_least = self.counts[:, ::-1].cumsum(axis=1)[:, ::-1]
        bins = _bins(magnitude)
        below = np.minimum(magnitude / BIN - bins, 1) * self.counts[side, bins]
        p = (1 + at_least[side, bins] - below) / total
        if total > LEAST_PAST:
            start, share, steepness = self._tails(at_least, total)
            far = np.maximum(magnitude / (start[side] * BIN), 1.0)
            tail = np.maximum(share[side] * far ** -steepness[side], LEAST_P)
            p = np.where(far > 1, np.minimum(tail, p), p)
        return np.where(known, p, np.nan)

    def _tails(self, at_least: Floats, total: float) -> tuple[NDArray[np.int64], Floats, Floats]:
        """Bin at which the tail of each side begins, its share of all sizes, and its steepness."""
        start = np.maximum(np.argmax(at_least <= TAIL_SHARE * total, axis=1), TAIL_START)
        beyond = at_least[[0, 1], start]
        spread = [
            counts[first:] @ (_LOG_CENTRES[first:] - np.log(first))
            for counts, first in zip(self.counts, start, strict=True)
        ]
        steepness = (beyond + ASSUMED) / (np.array(spread) + ASSUMED / ASSUMED_STEEPNESS)
        return start, (1 + beyond) / total, steepness


def p_to_z(p_values: Floats, sizes: Floats) -> Floats:
    """Put p-values on the scale of a normal distribution, with the sign of the sizes.

    3 is as rare as three standard deviations would be if errors were normal: one in 741. What is
    no rarer than one in two is 0, and nothing gets more than twice its size: a tiny departure is
    no news, however constant the past.

    Examples
    --------
    >>> p_to_z(np.array([0.00135, 0.00135, 0.9]), np.array([5.0, -5.0, 0.1])).round(2).tolist()
    [3.0, -3.0, 0.0]
    """
    rarity = np.maximum(-special.ndtri(p_values), 0.0)
    return np.asarray(np.sign(sizes) * np.minimum(rarity, 2 * np.abs(sizes)), dtype=np.float64)


def _bins(sizes: Floats) -> NDArray[np.int64]:
    return np.minimum(sizes / BIN, BINS - 1).astype(np.int64)


def benjamini_hochberg(p_values: Floats, rate: float) -> NDArray[np.bool_]:
    """Which hypotheses to reject so that at most `rate` of the rejected are false, on average.

    Parameters
    ----------
    p_values : ndarray, shape (n,), float64
        NaN where there is nothing to test; it is never rejected and does not count.
    rate : float
        False discovery rate in (0, 1).

    References
    ----------
    Benjamini, Y., Hochberg, Y. (1995). Controlling the false discovery rate. JRSS B 57, 289-300.

    Examples
    --------
    >>> benjamini_hochberg(np.array([0.001, 0.9, 0.02, np.nan]), 0.05).tolist()
    [True, False, True, False]
    """
    return adjusted(p_values) <= rate


def adjusted(p_values: Floats) -> Floats:
    """For each hypothesis, the least false discovery rate at which it would be rejected.

    It is `scipy.stats.false_discovery_control`, which refuses NaN.

    Parameters
    ----------
    p_values : ndarray, shape (n,), float64
        NaN stays NaN and does not count.

    Examples
    --------
    >>> adjusted(np.array([0.01, 0.04, 0.03, np.nan])).round(3).tolist()
    [0.03, 0.04, 0.04, nan]
    """
    from scipy.stats import false_discovery_control  # a second, and readings have no need of it

    result = np.full(p_values.shape, np.nan)
    known = np.isfinite(p_values)
    result[known] = false_discovery_control(p_values[known])
    return result


def simes(p_values: Floats) -> float:
    """One p-value for "something in this group": the least n·p/rank; 1 for an empty group.

    References
    ----------
    Simes, R. J. (1986). An improved Bonferroni procedure. Biometrika 73, 751-754.
    """
    ranked = np.sort(p_values[np.isfinite(p_values)])
    if not ranked.size:
        return 1.0
    return float(np.min(ranked * ranked.size / np.arange(1, ranked.size + 1)))


def hierarchical(p_values: Mapping[str, float], levels: Sequence[int], rate: float) -> set[str]:
    """Codes to report, tested from the district down: a child only where its parent passed.

    A cell code begins with its community, street and district, so the tree needs no table. Within
    each family of siblings the false discovery rate is controlled by Benjamini-Hochberg.

    Parameters
    ----------
    p_values : mapping of str to float
        By code, all of one length.
    levels : sequence of int
        Lengths of the prefixes that are families, rising, for example (6, 9, 12); the full code
        comes last by itself.
    rate : float
        False discovery rate in each family.

    References
    ----------
    Yekutieli, D. (2008). Hierarchical false discovery rate-controlling methodology. JASA 103,
    309-316.
    """
    families: list[list[str]] = [sorted(p_values)]
    for level in levels:
        families = [kept for family in families for kept in _passing(family, level, p_values, rate)]
    chosen: set[str] = set()
    for family in families:
        rejected = benjamini_hochberg(np.array([p_values[code] for code in family]), rate)
        chosen.update(
            code for code, is_rejected in zip(family, rejected, strict=True) if is_rejected
        )
    return chosen


def _passing(
    family: list[str], level: int, p_values: Mapping[str, float], rate: float
) -> list[list[str]]:
    """Split a family by prefix and keep the groups in which something is unusual."""
    groups: dict[str, list[str]] = {}
    for code in family:
        groups.setdefault(code[:level], []).append(code)
    members = list(groups.values())
    combined = [simes(np.array([p_values[code] for code in group])) for group in members]
    passed = benjamini_hochberg(np.array(combined), rate)
    return [group for group, is_passed in zip(members, passed, strict=True) if is_passed]
