"""How well any series is scored, beside other methods, on series of many makes."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Final

import numpy as np

from benchmarks.quality.archetypes import LEAD, Labelled, labelled
from benchmarks.quality.ranking import average_precision, blurred, roc_area
from models.detect.contract import Floats
from models.detect.series.score import score_series

SEED: Final = 20240601
BLURS: Final = (0, 8, 16, 32)  # values over which the edges of a label fade
WINDOW: Final = 48

Scorer = Callable[[Floats], Floats]


def z_score(values: Floats) -> Floats:
    """Distance from the mean of all earlier values, in their standard deviations."""
    count = np.arange(1, values.size + 1)
    mean = np.cumsum(values) / count
    variance = np.maximum(np.cumsum(values**2) / count - mean**2, 1e-12)
    past_mean, past_sd = np.r_[0, mean[:-1]], np.r_[1, np.sqrt(variance[:-1])]
    return np.asarray(np.abs(values - past_mean) / past_sd, dtype=np.float64)


def moving_z_score(values: Floats) -> Floats:
    """Distance from the median of the last values, in their median absolute deviations."""
    past = np.lib.stride_tricks.sliding_window_view(np.pad(values, (WINDOW, 0), "edge"), WINDOW)
    past = past[:-1]
    middle = np.median(past, axis=1)
    spread = np.median(np.abs(past - middle[:, None]), axis=1)
    return np.asarray(np.abs(values - middle) / (spread + 0.05 * values.std()), dtype=np.float64)


def half_space_trees(values: Floats) -> Floats:
    """River's half-space trees over the last eight values, scaled by what came before."""
    scaler = import_module("river.preprocessing").MinMaxScaler()
    model = scaler | import_module("river.anomaly").HalfSpaceTrees(seed=1)
    scores = np.zeros(values.size)
    for which in range(8, values.size):
        point = {str(k): float(values[which - k]) for k in range(8)}
        scores[which] = model.score_one(point)
        model.learn_one(point)
    return scores


def left_matrix_profile(values: Floats) -> Floats:
    """Stumpy's left matrix profile with a fixed window, at the end of each window."""
    head = max(4 * WINDOW, LEAD)
    stream = import_module("stumpy").stumpi(values[:head], WINDOW, egress=False)
    for value in values[head:]:
        stream.update(value)
    distances = np.asarray(stream.left_P_, dtype=np.float64)
    return np.concatenate([np.zeros(WINDOW - 1), np.nan_to_num(distances, posinf=0.0)])


def begun(scorer: Scorer) -> Scorer:
    """Let a method that knows no beginning say nothing of the first window."""

    def scored(values: Floats) -> Floats:
        return np.where(np.arange(values.size) < WINDOW, 0.0, scorer(values))

    return scored


METHODS: Final[dict[str, tuple[Scorer, str | None]]] = {
    "gridpulse score": (score_series, None),
    "z-score": (begun(z_score), None),
    "moving robust z-score": (begun(moving_z_score), None),
    "half-space trees (river)": (begun(half_space_trees), "river"),
    "left matrix profile (stumpy)": (left_matrix_profile, "stumpy"),
}


def measure(series: Labelled, scorer: Scorer) -> tuple[float, float, float]:
    """Plain and blurred precision-recall area, and the ROC area, of all rows from the first on."""
    scores, labels = scorer(series.values), series.labels.astype(np.float64)
    areas = [average_precision(blurred(labels, over), scores) for over in BLURS]
    return areas[0], float(np.mean(areas)), roc_area(labels, scores)


def figures(repeats: int, progress: Callable[[str], None]) -> dict[str, dict[str, list[float]]]:
    """Mean figures by method and make; `all` is the mean over the makes.

    Parameters
    ----------
    repeats : int
        Series of each make.
    progress : callable
        Hears what is being worked at, and which method is not installed.
    """
    every = list(labelled(SEED, repeats))
    found: dict[str, dict[str, list[float]]] = {}
    for name, (scorer, needs) in METHODS.items():
        if needs and find_spec(needs) is None:
            progress(f"series: {name} is left out, it is not installed")
            continue
        progress(f"series: {name}")
        by_make: dict[str, list[tuple[float, float, float]]] = {}
        for series in every:
            by_make.setdefault(series.make, []).append(measure(series, scorer))
        means = {make: np.mean(rows, axis=0).tolist() for make, rows in by_make.items()}
        found[name] = {"all": np.mean(list(means.values()), axis=0).tolist(), **means}
    return found
