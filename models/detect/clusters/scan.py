"""Space-time scan: places that have seen too many cases for a while, and how seldom chance does it.

The search is exact (`search.py`). Three models say what to compare with (`scan_models.py`): only
cases, people at risk, or controls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.detect.clusters.scan_models import ScanModel
from models.detect.clusters.search import HIGH, LEAST_CASES, Best, ScanSearch
from models.detect.clusters.zones import Zones

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

REPLICATES: Final = 999
ENOUGH: Final = 50  # replicates as strong: the p-value is known well enough, and no small one
_AS_STRONG: Final = 1 - 1e-9  # the same cases at other places give the same ratio but for rounding
_EARLY_SHARE: Final = 0.75  # of the maxima so far that are above where the search begins


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """One cluster.

    Attributes
    ----------
    place : int
        Centre of the zone.
    shape, degrees : float
        Long over short axis and direction of the long one, from east to north; a circle has 1.
    radius_m : float
        Distance of the outermost place; of an ellipse the radius of the circle of the same area.
    zone : ndarray of int64
        Places in the zone.
    places : ndarray of int64
        Those of them that have a case in the cluster.
    first, last : int
        Steps of the window.
    observed, expected : float
        Cases in the window.
    llr : float
        Logarithm of the likelihood ratio.
    p_value : float
        That chance alone gives a best cluster this strong.
    """

    place: int
    shape: float
    degrees: float
    radius_m: float
    zone: Ints
    places: Ints
    first: int
    last: int
    observed: int
    expected: float
    llr: float
    p_value: float

    @property
    def days(self) -> int:
        """Steps of the window."""
        return self.last - self.first + 1

    @property
    def recurrence_interval_days(self) -> float:
        """Days in which chance alone gives one as strong, for one analysis a day."""
        return 1 / self.p_value


@dataclass(frozen=True, kw_only=True)
class ScanStudy:
    """What is scanned.

    Attributes
    ----------
    model : ScanModel
    zones : Zones
    longest : int
        Most steps of a window.
    every_end : bool
        Windows end anywhere (retrospective), not with the last step alone (prospective).
    least : int
        Fewest cases of a cluster.
    fresh : int, optional
        Centres have a case in so many last steps; any place may be one without it.
    """

    model: ScanModel
    zones: Zones
    longest: int
    every_end: bool = False
    least: int = LEAST_CASES
    fresh: int | None = None

    def search(self, model: ScanModel | None = None) -> ScanSearch:
        """Make the search, of what is left of the cases where some were taken out."""
        return ScanSearch(
            self.model if model is None else model,
            self.zones,
            longest=self.longest,
            every_end=self.every_end,
            least=self.least,
            fresh=self.fresh,
        )


@dataclass(frozen=True, slots=True)
class FoundWindow:
    """A window, the zones it was found among, and the cases that were left then."""

    best: Best
    zones: Zones
    model: ScanModel

    def cluster(self, p_value: float) -> Cluster:
        """Describe it as a cluster."""
        best, zones, model = self.best, self.zones, self.model
        row, zone = zones.row_of(best.pair), zones.members(best.pair)
        shape, degrees = zones.shapes[int(zones.shape[row])]
        inside = np.isin(model.place, zone) & (model.step >= best.first) & (model.step < best.end)
        return Cluster(
            place=int(zones.centre[row]),
            shape=shape,
            degrees=degrees,
            radius_m=float(zones.distance_m[best.pair]),
            zone=zone,
            places=np.unique(model.place[inside]),
            first=best.first,
            last=best.end - 1,
            observed=best.count,
            expected=best.weight * model.cases / model.weights().total,
            llr=best.llr,
            p_value=p_value,
        )


@dataclass(frozen=True, kw_only=True)
class ScanResult:
    """Clusters, the strongest first, and how many replicates their p-values rest on."""

    clusters: list[Cluster] = field(default_factory=list)
    replicates: int = 0


def find_clusters(
    study: ScanStudy,
    *,
    replicates: int = REPLICATES,
    seed: int = 1,
    most: int = 5,
    each: Callable[[int], None] = lambda _: None,
) -> ScanResult:
    """Find the clusters of a study.

    After each what is in that cluster is taken out and the rest is scanned again, so a big
    cluster does not hide a small one. All are compared with the best cluster that chance gives.

    Parameters
    ----------
    replicates : int
        Most draws of chance: the smallest p-value is one over their number and one. There are
        fewer where every cluster turns out to be what chance brings often.
    seed : int
        Of the draws: the same study gives the same answer.
    most : int
        Clusters to give at the most.
    each : callable
        Told the number of replicates done, for a progress bar.

    References
    ----------
    Zhang, Assunção & Kulldorff 2010, Statistics in Medicine 29:3146 (secondary clusters);
    Besag & Clifford 1991, Biometrika 78:301 (sequential Monte Carlo).
    """
    found = list(strongest_windows(study, most=most))
    levels = np.array([one.best.llr for one in found])
    p_values, drawn = monte_carlo(study, levels, replicates=replicates, seed=seed, each=each)
    clusters = [one.cluster(p) for one, p in zip(found, p_values.tolist(), strict=True)]
    return ScanResult(clusters=clusters, replicates=drawn)


def strongest_windows(
    study: ScanStudy, *, most: int, bar: float | None = None
) -> Iterator[FoundWindow]:
    """Give the strongest window, then that of what it leaves, and so on; one when it is asked for.

    Parameters
    ----------
    most : int
        Windows to give at the most.
    bar : float, optional
        Log likelihood ratio under which nothing is looked for; that is faster.
    """
    model, likely = study.model, HIGH
    for _ in range(most):
        search = study.search(model)
        best = (
            search.maximum(model.place, model.step, likely=likely)
            if bar is None
            else search.strongest(model.place, model.step, bar=bar)
        )
        if best is None:
            return
        yield FoundWindow(best, search.zones, model)
        zone = np.zeros(model.places, dtype=np.bool_)
        zone[search.zones.members(best.pair)] = True
        model, likely = model.without(zone, best.first, best.end - 1), best.llr


def monte_carlo(
    study: ScanStudy,
    levels: Floats,
    *,
    replicates: int,
    seed: int,
    enough: int = ENOUGH,
    each: Callable[[int], None] = lambda _: None,
) -> tuple[Floats, int]:
    """Give the probability that chance alone has a maximum as large, one level at a time.

    A level that `enough` replicates have reached is settled: their number over that of the draws
    until then is its p-value, without bias. Only what may reach an unsettled level is searched for.

    Parameters
    ----------
    levels : ndarray, shape (n,)
        Log likelihood ratios.

    Returns
    -------
    p_values : ndarray, shape (n,)
    drawn : int
        Replicates that were needed.
    """
    random, model, search = np.random.default_rng(seed), study.model, study.search()
    reached, settled = np.zeros(len(levels), dtype=np.int64), np.zeros(len(levels))
    drawn = 0
    while drawn < replicates and (settled == 0).any():
        bar = float(levels[settled == 0].min()) * _AS_STRONG
        best = search.strongest(*model.draw(random), bar=bar)
        drawn += 1
        if best is not None:
            reached += best.llr >= levels * _AS_STRONG
        now = (settled == 0) & (reached >= enough)
        settled[now] = reached[now] / drawn
        each(drawn)
    return np.where(settled > 0, settled, (1 + reached) / (1 + drawn)), drawn


def null_maxima(study: ScanStudy, *, replicates: int = REPLICATES, seed: int = 1) -> Floats:
    """Give the strongest log likelihood ratios that chance draws.

    Returns
    -------
    ndarray, shape (replicates,)
        0 where nothing stood out.
    """
    random, search = np.random.default_rng(seed), study.search()
    maxima = np.zeros(replicates)
    for number in range(replicates):
        likely = np.quantile(maxima[:number], 1 - _EARLY_SHARE) if number else HIGH
        best = search.maximum(*study.model.draw(random), likely=max(float(likely), 1.0))
        maxima[number] = 0.0 if best is None else best.llr
    return maxima
