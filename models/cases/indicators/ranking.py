"""Rankings that small numbers cannot top: intervals, shrinkage, and the number behind each rate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np

Z_95: Final = 1.959963984540054


@dataclass(frozen=True, kw_only=True)
class GroupRank:
    """One group's place.

    Attributes
    ----------
    group : str
    successes, n : int
    rate : float or None
        successes ÷ n; None for n = 0.
    low, high : float
        Wilson interval, 95 %.
    shrunk : float
        The rate pulled to that of all groups, the more the fewer cases it rests on.
    is_small : bool
        Too few cases to be ranked: shown below the others.
    """

    group: str
    successes: int
    n: int
    rate: float | None
    low: float
    high: float
    shrunk: float
    is_small: bool


def wilson(successes: int, n: int, z: float = Z_95) -> tuple[float, float]:
    """Give the interval in which the rate behind k of n lies; (0, 1) for n = 0.

    Notes
    -----
    The same as `scipy.stats.binomtest(...).proportion_ci(method="wilson")`, which also computes an
    exact p-value each time: 0.8 ms, where a table by cell asks 200,000 times.

    References
    ----------
    Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927).

    Examples
    --------
    >>> low, high = wilson(9, 10)
    >>> round(low, 4), round(high, 4)
    (0.5958, 0.9821)
    """
    if n == 0:
        return 0.0, 1.0
    share = successes / n
    middle = share + z * z / (2 * n)
    spread = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)


def prior_of(counts: Mapping[str, tuple[int, int]]) -> tuple[float, float]:
    """Fit a beta distribution to the rates of all groups by their moments.

    Returns
    -------
    tuple of float
        α and β; where the groups differ by no more than chance, a prior that outweighs them all.

    References
    ----------
    Kleinman, Proportions with extraneous variance, JASA 68 (1973).
    """
    pairs = np.array([(k, n) for k, n in counts.values() if n > 0], dtype=np.float64).reshape(-1, 2)
    total = float(pairs[:, 1].sum())
    if total == 0:
        return 0.5, 0.5
    mean = float(pairs[:, 0].sum()) / total
    rates, weights = pairs[:, 0] / pairs[:, 1], pairs[:, 1] / total
    observed = float((weights * (rates - mean) ** 2).sum())
    binomial = mean * (1 - mean)
    chance = binomial * len(pairs) / total
    between = max(observed - chance, binomial / (10 * total))
    strength = max(binomial / between - 1, 1.0) if binomial > 0 else total
    return max(mean, 1e-9) * strength, max(1 - mean, 1e-9) * strength


def rank(counts: Mapping[str, tuple[int, int]], smallest: int = 10) -> list[GroupRank]:
    """Rank groups by their shrunken rate, best first; groups under `smallest` cases come last.

    Parameters
    ----------
    counts : mapping of str to (int, int)
        Successes and cases of each group.
    smallest : int
        Cases a group needs to be ranked.

    Examples
    --------
    >>> [p.group for p in rank({"large": (950, 1000), "lucky": (2, 2), "poor": (500, 1000)})]
    ['large', 'poor', 'lucky']
    """
    alpha, beta = prior_of(counts)
    places = []
    for group, (successes, n) in counts.items():
        low, high = wilson(successes, n)
        places.append(
            GroupRank(
                group=group,
                successes=successes,
                n=n,
                rate=successes / n if n else None,
                low=low,
                high=high,
                shrunk=(successes + alpha) / (n + alpha + beta),
                is_small=n < smallest,
            )
        )
    return sorted(places, key=lambda p: (p.is_small, -p.shrunk, p.group))
