"""A scan that only looks around the newest cases: what a stream can afford at every evaluation.

The search is as exact as that of a file, around fewer centres: the places with a case in the last
days. A cluster that is alive has a centre near one. Chance is given the same, so the p-value holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.detect.clusters.scan import Cluster, ScanStudy, null_maxima, strongest_windows
from models.detect.clusters.scan_models import PermutationModel
from models.detect.clusters.zones import zones_around
from models.detect.stats.gumbel import gumbel_p_value

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FRESH_DAYS: Final = 3  # a place with a case in so many days is a centre
LEAST_CASES: Final = 3  # two are a coincidence nobody is sent to
LEAST_P: Final = 1e-12  # so that the interval stays finite
_LEAST_FIT: Final = 20  # maxima that a Gumbel fit needs
_LEAST_LLR: Final = 1.0  # under which there is nothing to tell
_USUAL: Final = 0.5  # share of the null under which nothing is looked for


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

    def study(self, centres: Ints | None = None) -> ScanStudy:
        """Give what is scanned, around some places or all."""
        step = self.days - 1 - self.age_days
        return ScanStudy(
            model=PermutationModel(
                place=self.place, step=step, places=len(self.x_m), steps=self.days
            ),
            zones=zones_around(self.x_m, self.y_m, self.radius_m, centres=centres),
            longest=self.days,
            least=LEAST_CASES,
            fresh=FRESH_DAYS,
        )


def near_clusters(scene: ScanInput, null: Floats, *, most: int = 3) -> Iterator[Cluster]:
    """Find the clusters of the day, the strongest first; each is taken out before the next.

    The next one is searched for only when it is asked for: none is needed behind a weak one. What
    chance reaches every other day is not looked for.

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
    study = scene.study(np.unique(scene.place[scene.age_days < FRESH_DAYS]))
    bar = max(float(np.quantile(null, _USUAL)), _LEAST_LLR)
    for found in strongest_windows(study, most=most, bar=bar):
        yield found.cluster(max(_p_value(found.best.llr, null), LEAST_P))


def near_maxima(scene: ScanInput, *, replicates: int = 99, seed: int = 1) -> Floats:
    """Strongest log likelihood ratios of data without clusters: dates are shuffled.

    Returns
    -------
    ndarray, shape (replicates,)
        0 where nothing stood out.
    """
    return null_maxima(scene.study(), replicates=replicates, seed=seed)


def _p_value(llr: float, null: Floats) -> float:
    """Chance of a maximum as large; often nothing stands out at all, which counts as well."""
    some = null[null > 0]
    if some.size < _LEAST_FIT:
        return (1 + int((null >= llr).sum())) / (1 + null.size)
    return float(gumbel_p_value(np.array(llr), some)) * some.size / null.size
