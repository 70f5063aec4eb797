"""A scan that only looks around the newest cases: what a stream can afford at every evaluation.

The zones are circles around the places with a case in the last days: a cluster that is alive has
its middle near one. Chance is given the same zones, so the p-value holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from models.detect.clusters.scan import (
    LEAST_CASES,
    LEAST_P,
    Best,
    Cluster,
    recent_cases,
    strongest,
    window_lengths,
)
from models.detect.stats.gumbel import gumbel_p_value

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FRESH_DAYS: Final = 3  # a place with a case in so many days is the middle of zones
_LEAST_RADIUS_M: Final = 75.0
_RINGS: Final = 8
_LEAST_FIT: Final = 20  # maxima that a Gumbel fit needs


@dataclass(frozen=True, kw_only=True)
class ScanInput:
    """Cases of a study period.

    Attributes
    ----------
    place : ndarray, shape (cases,), int64
    age_days : ndarray, shape (cases,), int64
        Whole days before the day of analysis, 0 on it.
    x_m, y_m : ndarray, shape (places,)
    radius_m : float
        Of the largest circle.
    days : int
        Length of the longest window.
    """

    place: Ints
    age_days: Ints
    x_m: Floats
    y_m: Floats
    radius_m: float
    days: int

    @property
    def radii_m(self) -> Floats:
        """Radii of the circles, the first being the place itself."""
        return _radii(self.radius_m)


@cache
def _radii(largest_m: float) -> Floats:
    if largest_m <= _LEAST_RADIUS_M:
        return np.array([0.0, largest_m])
    return np.array([0.0, *np.geomspace(_LEAST_RADIUS_M, largest_m, _RINGS)])


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Pairs of a middle and a place near it, by the row of the middle."""

    middle: Ints
    place: Ints
    ring: Ints


def near_clusters(scene: ScanInput, null: Floats, *, most: int = 3) -> Iterator[Cluster]:
    """Find the clusters of the day, the strongest first; each is taken out before the next.

    The next one is searched for only when it is asked for: none is needed behind a weak one.

    Parameters
    ----------
    scene : ScanInput
    null : ndarray, shape (replicates,)
        What `near_maxima` gave for these or recent cases of the same kind.
    most : int
        Clusters to give at the most.

    References
    ----------
    Kulldorff et al. 2005, PLoS Medicine 2:e59; Abrams et al. 2010 (Gumbel).
    """
    places = np.stack([scene.x_m, scene.y_m], axis=1)
    place, age = scene.place, scene.age_days
    for _ in range(most):
        middles = np.unique(place[age < FRESH_DAYS])
        pairs = _pairs(places, middles, scene)
        best = _strongest(scene, place, age, middles, pairs)
        if best is None:
            return
        rows = (pairs.middle == best.middle) & (pairs.ring <= best.ring)
        days = int(window_lengths(scene.days)[best.window])
        inside = np.isin(place, pairs.place[rows]) & (age < days)
        yield _cluster(scene, best, int(middles[best.middle]), days, place[inside], null)
        place, age = place[~inside], age[~inside]


def near_maxima(scene: ScanInput, *, replicates: int = 99, seed: int = 1) -> Floats:
    """Strongest log likelihood ratios of data without clusters: dates are shuffled.

    Returns
    -------
    ndarray, shape (replicates,)
        0 where nothing stood out.
    """
    places = np.stack([scene.x_m, scene.y_m], axis=1)
    every = _pairs(places, np.arange(len(places)), scene)
    start = np.searchsorted(every.middle, np.arange(len(places) + 1))
    random = np.random.default_rng(seed)
    maxima = np.zeros(replicates)
    for number in range(replicates):
        age = random.permutation(scene.age_days)
        middles = np.unique(scene.place[age < FRESH_DAYS])
        length = start[middles + 1] - start[middles]
        rows = np.repeat(start[middles] - np.cumsum(length) + length, length) + np.arange(
            length.sum()
        )
        row_of = np.repeat(np.arange(middles.size), length)
        pairs = _Pairs(row_of, every.place[rows], every.ring[rows])
        best = _strongest(scene, scene.place, age, middles, pairs)
        maxima[number] = 0.0 if best is None else best.llr
    return maxima


def _pairs(places: Floats, middles: Ints, scene: ScanInput) -> _Pairs:
    """Pair each middle with the places around it, sorted by the row of the middle."""
    near = cKDTree(places[middles]).sparse_distance_matrix(
        cKDTree(places), scene.radius_m, output_type="ndarray"
    )
    order = np.lexsort((near["j"], near["i"]))
    ring = np.searchsorted(scene.radii_m, near["v"][order] - 1e-9)
    return _Pairs(near["i"][order].astype(np.int64), near["j"][order].astype(np.int64), ring)


def _strongest(
    scene: ScanInput, place: Ints, age: Ints, middles: Ints, pairs: _Pairs
) -> Best | None:
    """Find the best window of all zones; None without any."""
    n = len(scene.x_m)
    if len(place) < 2 * LEAST_CASES or not middles.size:
        return None
    recent = recent_cases(place, age, window_lengths(scene.days), n)
    columns = np.concatenate([np.bincount(place, minlength=n)[None], recent]).astype(np.float64)
    shape = (middles.size, scene.radii_m.size)
    key = pairs.middle * shape[1] + pairs.ring
    sums = np.stack(
        [
            np.bincount(key, weights=column[pairs.place], minlength=shape[0] * shape[1])
            .reshape(shape)
            .cumsum(axis=1)
            for column in columns
        ],
        axis=2,
    )
    return strongest(sums[:, :, :1], sums[:, :, 1:], columns[1:].sum(axis=1), len(place))


def _cluster(
    scene: ScanInput, best: Best, middle: int, days: int, places: Ints, null: Floats
) -> Cluster:
    p_value = max(_p_value(best.llr, null), LEAST_P)
    return Cluster(
        place=middle,
        ring=best.ring,
        radius_m=float(scene.radii_m[best.ring]),
        places=np.unique(places),
        days=days,
        observed=places.size,
        expected=best.expected,
        llr=best.llr,
        p_value=p_value,
        recurrence_interval_days=1 / p_value,
    )


def _p_value(llr: float, null: Floats) -> float:
    """Chance of a maximum as large; often nothing stands out at all, which counts as well."""
    some = null[null > 0]
    if some.size < _LEAST_FIT:
        return (1 + int((null >= llr).sum())) / (1 + null.size)
    return float(gumbel_p_value(np.array(llr), some)) * some.size / null.size
