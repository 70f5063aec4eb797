"""Scan against a seasonal expectation: zones that have seen more than the season explains.

The permutation scan asks whether a zone's cases came later than the city's. This one asks whether
there are more than expected, so a rise of the whole city shows as one, and a seasonal rise that
was expected does not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.detect.gumbel import gumbel_p_value
from models.detect.zones import Circles

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_LEAST_CASES = 3
_LEAST_EXPECTED = 1e-3  # for a place that never had a case: a surprise, not an infinite one
_LEAST_PHI = 1 + 1e-3


@dataclass(frozen=True, kw_only=True)
class Excess:
    """A zone with more cases than expected in the last days.

    Attributes
    ----------
    place, ring : int
        Zone: centre and radius index of the circles.
    places : ndarray of int64
        Places of the zone.
    days : int
        Length of the window; it ends with the newest day.
    observed, expected : float
    score : float
        Log likelihood ratio, divided by the dispersion.
    p_value : float
        That chance alone gives a best zone this strong.
    """

    place: int
    ring: int
    places: Ints
    days: int
    observed: float
    expected: float
    score: float
    p_value: float


def find_excess(
    counts: Floats,
    expected: Floats,
    zones: Circles,
    *,
    phi: float = 1.0,
    replicates: int = 199,
    seed: int = 1,
    most: int = 5,
) -> list[Excess]:
    """Find the zones with an excess, the strongest first; each is taken out before the next.

    Parameters
    ----------
    counts, expected : ndarray, shape (places, days)
        Of the last days, the newest last; `expected` for example from `count_baseline`.
    zones : Circles
        Over the same places.
    phi : float
        Dispersion: variance = phi × expected; 1 is Poisson, above it negative binomial.
    replicates : int
        Simulated data sets that tell what chance gives, at least 20.
    seed : int
    most : int
        Zones to give at the most.

    Raises
    ------
    ValueError
        The shapes differ, or a count or expectation is no number from 0.

    References
    ----------
    Neill 2009, International Journal of Forecasting 25:498 (expectation-based Poisson). For
    overdispersed counts the ratio is divided by phi (quasi-likelihood: McCullagh & Nelder 1989,
    chapter 9); its null is simulated, so the p-value does not rest on that.
    """
    if counts.shape != expected.shape or len(counts) != len(zones.x_m):
        msg = f"counts {counts.shape}, expected {expected.shape}, {len(zones.x_m)} places: differ"
        raise ValueError(msg)
    if not (np.isfinite(counts) & (counts >= 0) & np.isfinite(expected) & (expected >= 0)).all():
        msg = "counts and expectations should be numbers from 0"
        raise ValueError(msg)
    usual = np.maximum(expected, _LEAST_EXPECTED)
    baseline = _recent(usual, zones)
    null = _null_maxima(usual, baseline, zones, phi, replicates, np.random.default_rng(seed))
    found: list[Excess] = []
    left = counts.astype(np.float64)
    while len(found) < most:
        excess = _strongest(left, baseline, zones, phi, null)
        if excess is None:
            break
        found.append(excess)
        left[excess.places, -excess.days :] = 0
    return found


def excess_score(observed: Floats, expected: Floats, phi: float = 1.0) -> Floats:
    """Log likelihood ratio of a rise over the expected; 0 where there is none.

    Examples
    --------
    >>> excess_score(np.array([8.0, 1.0]), np.array([2.0, 2.0])).round(3)
    array([5.09, 0.  ])
    """
    over = observed > expected
    ratio = np.where(over, observed, expected) / expected
    score: Floats = np.where(over, observed * np.log(ratio) + expected - observed, 0.0) / phi
    return score


def _recent(values: Floats, zones: Circles) -> Floats:
    """Add up each zone over the last 1, 2, ... days, shape (places, rings, days)."""
    latest_first = values[:, ::-1].cumsum(axis=1)
    return zones.sums(latest_first.astype(np.float32)).astype(np.float64)


def _strongest(
    counts: Floats, baseline: Floats, zones: Circles, phi: float, null: Floats
) -> Excess | None:
    observed = _recent(counts, zones)
    score = np.where(observed >= _LEAST_CASES, excess_score(observed, baseline, phi), 0.0)
    at = np.unravel_index(int(score.argmax()), score.shape)
    if score[at] <= 0:
        return None
    place, ring, day = (int(i) for i in at)
    return Excess(
        place=place,
        ring=ring,
        places=zones.members(place, ring),
        days=day + 1,
        observed=float(observed[at]),
        expected=float(baseline[at]),
        score=float(score[at]),
        p_value=float(gumbel_p_value(score[at], null)),
    )


def _null_maxima(
    expected: Floats,
    baseline: Floats,
    zones: Circles,
    phi: float,
    replicates: int,
    random: np.random.Generator,
) -> Floats:
    maxima = np.zeros(replicates)
    for number in range(replicates):
        observed = _recent(_draw(expected, phi, random), zones)
        score = excess_score(observed, baseline, phi)
        maxima[number] = score[observed >= _LEAST_CASES].max(initial=0.0)
    return maxima


def _draw(expected: Floats, phi: float, random: np.random.Generator) -> Floats:
    """Draw counts with this mean and dispersion."""
    if phi < _LEAST_PHI:
        return random.poisson(expected).astype(np.float64)
    return random.negative_binomial(expected / (phi - 1), 1 / phi).astype(np.float64)
