"""Prospective space-time scan: places that have seen too many cases in the last days.

Only the cases are needed: how many a zone should see in the last d days follows from the zone's
share of all cases and the days' share of all cases. Chance is what shuffled dates give.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.detect.clusters.zones import Circles, circles
from models.detect.stats.gumbel import gumbel_p_value

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
AnyFloats = NDArray[np.float32] | NDArray[np.float64]

LEAST_CASES = 3  # fewer are no cluster
LEAST_P = 1e-12  # so that the interval stays finite
_LARGEST_SHARE = 0.5  # of all cases in one zone


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """One cluster that ends on the day of analysis.

    Attributes
    ----------
    place, ring : int
        Zone: centre and radius index.
    radius_m : float
    places : ndarray of int64
        Places with a case in the cluster.
    days : int
        Length of the window; it ends with the day of analysis.
    observed, expected : float
        Cases in the window.
    llr : float
        Logarithm of the likelihood ratio.
    p_value : float
        That chance alone gives a best cluster this strong, on one day of analysis.
    recurrence_interval_days : float
        1 / p_value, for one analysis a day.
    """

    place: int
    ring: int
    radius_m: float
    places: Ints
    days: int
    observed: int
    expected: float
    llr: float
    p_value: float
    recurrence_interval_days: float


@dataclass(frozen=True, slots=True)
class Best:
    """The strongest window of a scan: row of the middle of its zone, and what is expected in it."""

    llr: float
    middle: int
    ring: int
    window: int
    expected: float


@dataclass(frozen=True, kw_only=True)
class ScanStudy:
    """Cases of a study period, and the zones to scan.

    Attributes
    ----------
    place : ndarray, shape (cases,), int64
        Place of each case.
    age_days : ndarray, shape (cases,), int64
        Whole days before the day of analysis, 0 on it.
    zones : Circles
    windows : ndarray, shape (w,), int64
        Lengths of the windows in days, ascending.
    """

    place: Ints
    age_days: Ints
    zones: Circles
    windows: Ints

    def __post_init__(self) -> None:
        """Check the shapes."""
        if self.place.shape != self.age_days.shape:
            msg = f"{len(self.place)} places and {len(self.age_days)} ages: they belong together"
            raise ValueError(msg)


def window_lengths(days: int) -> Ints:
    """Lengths to try up to `days`: each up to a week, then ever wider apart."""
    lengths = [*range(1, 8), 10, 14, 21, 30, 45, 60, 90]
    return np.array([*(each for each in lengths if each < days), days], dtype=np.int64)


def make_study(
    place: Ints, age_days: Ints, x_m: Floats, y_m: Floats, *, radius_m: float, days: int
) -> ScanStudy:
    """Put a study together from cases and places."""
    zones = circles(x_m, y_m, radius_m)
    return ScanStudy(place=place, age_days=age_days, zones=zones, windows=window_lengths(days))


def find_clusters(
    study: ScanStudy,
    *,
    replicates: int = 199,
    seed: int = 1,
    most: int = 5,
    null: Floats | None = None,
    each: Callable[[int], None] = lambda _: None,
) -> list[Cluster]:
    """Find the clusters of the day, the strongest first.

    After each the cases of that cluster are taken out and the rest is scanned again, so a big
    cluster does not hide a small one.

    Parameters
    ----------
    replicates : int
        Shuffles of the dates that tell what chance gives, at least 20.
    seed : int
        Of the shuffles: the same study gives the same answer.
    most : int
        Clusters to give at the most.
    null : ndarray, shape (replicates,), optional
        What `null_maxima` gave a while ago for nearly the same cases: scanning again each minute
        then costs one scan. Without it the dates are shuffled anew.
    each : callable
        Told the number of replicates done, for a progress bar.

    References
    ----------
    Kulldorff et al. 2005, PLoS Medicine 2:e59 (statistic); Zhang, Assunção & Kulldorff 2010,
    Statistics in Medicine 29:3146 (secondary clusters); Abrams et al. 2010 (Gumbel).
    """
    if len(study.place) < 2 * LEAST_CASES:
        return []
    if null is None:
        null = null_maxima(study, replicates=replicates, seed=seed, each=each)
    clusters: list[Cluster] = []
    place, age = study.place, study.age_days
    while len(clusters) < most and len(place) >= 2 * LEAST_CASES:
        found = _strongest(study, place, age)
        if found is None:
            break
        cluster, inside = _describe(study, found, place, age, null)
        clusters.append(cluster)
        place, age = place[~inside], age[~inside]
    return clusters


def permutation_llr(observed: Floats, expected: Floats, total: float) -> Floats:
    """Log likelihood ratio of a window against chance; 0 where it holds no more than expected.

    Examples
    --------
    >>> permutation_llr(np.array([8.0, 1.0]), np.array([1.0, 1.0]), 100.0).round(3)
    array([9.889, 0.   ])
    """
    observed = np.asarray(observed, dtype=np.float64)
    rest, expected_rest = total - observed, np.maximum(total - expected, 1e-9)
    inside = observed * np.log(np.maximum(observed, 1) / expected)
    outside = np.where(rest > 0, rest * np.log(np.maximum(rest, 1e-9) / expected_rest), 0.0)
    llr: Floats = np.where(observed > expected, inside + outside, 0.0)
    return llr


def null_maxima(
    study: ScanStudy,
    *,
    replicates: int = 199,
    seed: int = 1,
    each: Callable[[int], None] = lambda _: None,
) -> Floats:
    """Give the strongest log likelihood ratios of data without clusters: dates are shuffled.

    Parameters
    ----------
    replicates, seed, each
        As in `find_clusters`.

    Returns
    -------
    ndarray, shape (replicates,)
        0 where nothing stood out.
    """
    random = np.random.default_rng(seed)
    maxima = np.zeros(replicates)
    for number in range(replicates):
        found = _strongest(study, study.place, random.permutation(study.age_days))
        maxima[number] = 0.0 if found is None else found.llr
        each(number + 1)
    return maxima


def _strongest(study: ScanStudy, place: Ints, age: Ints) -> Best | None:
    """Find the best window of all zones; None without any."""
    n = len(study.zones.x_m)
    all_cases = np.bincount(place, minlength=n).astype(np.float32)
    recent = recent_cases(place, age, study.windows, n).T.astype(np.float32, order="C")
    share, observed = study.zones.sums(all_cases[:, None]), study.zones.sums(recent)
    return strongest(share, observed, recent.sum(axis=0), len(place))


def recent_cases(place: Ints, age: Ints, windows: Ints, n: int) -> Ints:
    """Count the cases of each place in the last days, shape (windows, n)."""
    first = np.searchsorted(windows, age, side="right")  # first window long enough
    inside = first < windows.size
    flat = first[inside] * n + place[inside]
    counts = np.bincount(flat, minlength=n * windows.size).reshape(windows.size, n)
    return counts.cumsum(axis=0)


def strongest(share: AnyFloats, observed: AnyFloats, recent: AnyFloats, total: int) -> Best | None:
    """Find the best window of some zones; None where none holds enough cases.

    Parameters
    ----------
    share : ndarray, shape (middles, rings, 1)
        Cases of a zone at any time.
    observed : ndarray, shape (middles, rings, windows)
    recent : ndarray, shape (windows,)
        Cases of all places in the last days.
    total : int
        Cases of all places at any time.
    """
    expected = share * (recent / total)
    worth = (observed >= LEAST_CASES) & (observed > expected) & (share <= _LARGEST_SHARE * total)
    at = np.flatnonzero(worth)
    if not at.size:
        return None
    llr = permutation_llr(
        observed.ravel()[at].astype(np.float64), expected.ravel()[at].astype(np.float64), total
    )
    best = int(llr.argmax())
    middle, ring, window = (int(i) for i in np.unravel_index(at[best], observed.shape))
    return Best(float(llr[best]), middle, ring, window, float(expected[middle, ring, window]))


def _describe(
    study: ScanStudy,
    best: Best,
    place: Ints,
    age: Ints,
    null: Floats,
) -> tuple[Cluster, NDArray[np.bool_]]:
    """Make the cluster, and mark the cases in it."""
    expected, length = best.expected, study.windows[best.window]
    zone = np.isin(place, study.zones.members(best.middle, best.ring))
    inside = zone & (age < length)
    days = int(age[inside].max()) + 1  # no longer than its first case
    if days < length:
        expected *= float((age < days).sum() / (age < length).sum())
    p_value = float(gumbel_p_value(np.array(best.llr), null))
    cluster = Cluster(
        place=best.middle,
        ring=best.ring,
        radius_m=float(study.zones.radii_m[best.ring]),
        places=np.unique(place[inside]),
        days=days,
        observed=int(inside.sum()),
        expected=expected,
        llr=best.llr,
        p_value=p_value,
        recurrence_interval_days=1 / max(p_value, LEAST_P),
    )
    return cluster, inside
