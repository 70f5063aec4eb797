"""Every detector, as the conformance suite makes it; a new one is added here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.quality.methods.cusum import cusum
from benchmarks.quality.methods.ears import c1, c2, c3
from benchmarks.quality.methods.farrington import farrington
from models.detect.contract import Detector
from models.detect.counts.expectation import judge_counts
from models.detect.readings.seasonal import SeasonalDetector
from models.detect.series.score import score_series, score_states_and_onsets

DETECTORS: Final[dict[str, Callable[[], Detector]]] = {
    "seasonal, ratios": lambda: SeasonalDetector(width_s=3600, offset=5.0),
    "seasonal, differences": lambda: SeasonalDetector(width_s=3600, offset=None),
}


Floats = NDArray[np.float64]


def _cusum(counts: Floats) -> Floats:
    mean = np.full(counts.shape, 6.0)
    return cusum(counts, mean, np.full(counts.shape, 1.2))


def _farrington(counts: Floats) -> Floats:
    scores = np.full(counts.shape, np.nan)
    for period in range(counts.shape[1] - 5, counts.shape[1]):
        scores[:, period] = -farrington(counts, period).p_value
    return scores


# Scores of whole series, shape (series, periods) in and out: the newest periods are the last.
SERIES: Final[dict[str, Callable[[Floats], Floats]]] = {
    "EARS C1": c1,
    "EARS C2": c2,
    "EARS C3": c3,
    "CUSUM": _cusum,
    "Farrington": _farrington,
    "counts": lambda counts: -judge_counts(counts, season=52).p_value,
    "score": lambda values: score_series(values.T)[None],
    "onset": lambda values: score_states_and_onsets(values.T).onset[None],
}
