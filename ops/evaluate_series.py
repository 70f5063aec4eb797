"""How well any series is scored, beside other methods, on series of many makes.

Run as `python -m ops.evaluate_series OUT.json`: prints a table of the area under the
precision-recall curve, with labels as they are and with edges blurred, and writes the figures.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table
from scipy.stats import rankdata

from models.detect.base import Floats
from models.detect.series import score_series
from ops.archetypes import LEAD, Labelled, labelled

SEED: Final = 20240601
REPEATS: Final = 2
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


METHODS: Final[dict[str, tuple[Scorer, str | None]]] = {
    "gridpulse score": (score_series, None),
    "z-score": (z_score, None),
    "moving robust z-score": (moving_z_score, None),
    "half-space trees (river)": (half_space_trees, "river"),
    "left matrix profile (stumpy)": (left_matrix_profile, "stumpy"),
}


def average_precision(weights: Floats, scores: Floats) -> float:
    """Area under the precision-recall curve; `weights` in [0, 1] say how anomalous a value is.

    Examples
    --------
    >>> average_precision(np.array([0.0, 1, 0, 1]), np.array([0.1, 0.9, 0.5, 0.4]))
    0.8333333333333333
    """
    order = np.argsort(-scores, kind="stable")
    ranked, hits = scores[order], np.cumsum(weights[order])
    last = np.r_[ranked[1:] != ranked[:-1], True]
    recall = hits[last] / weights.sum()
    precision = hits[last] / np.flatnonzero(np.r_[False, last])
    return float(np.diff(recall, prepend=0.0) @ precision)


def blurred(labels: Floats, over: int) -> Floats:
    """Fade the edges of labels over so many values, as in the volume under the surface.

    References
    ----------
    Paparrizos, J. et al. (2022). Volume under the surface. PVLDB 15, 2774-2787.
    """
    if not over:
        return labels
    marked = np.flatnonzero(labels)
    time = np.arange(labels.size)
    after = np.searchsorted(marked, time)
    to_next = np.abs(time - marked[np.minimum(after, marked.size - 1)])
    to_last = np.abs(time - marked[np.maximum(after - 1, 0)])
    near = 1 - np.minimum(to_next, to_last) / over
    return np.asarray(np.sqrt(np.maximum(near, 0.0)), dtype=np.float64)


def roc_area(labels: Floats, scores: Floats) -> float:
    """Area under the receiver operating characteristic."""
    ranks = rankdata(scores)
    found = labels.sum()
    rest = labels.size - found
    return float((ranks[labels > 0].sum() - found * (found + 1) / 2) / (found * rest))


def measure(series: Labelled, scorer: Scorer) -> tuple[float, float, float]:
    """Plain and blurred precision-recall area, and the ROC area, after the lead."""
    scores = scorer(series.values)[LEAD:]
    labels = series.labels[LEAD:].astype(np.float64)
    areas = [average_precision(blurred(labels, over), scores) for over in BLURS]
    return areas[0], float(np.mean(areas)), roc_area(labels, scores)


def figures(repeats: int = REPEATS) -> dict[str, dict[str, list[float]]]:
    """Mean figures by method and make; `all` is the mean over the makes."""
    every = list(labelled(SEED, repeats))
    found: dict[str, dict[str, list[float]]] = {}
    for name, (scorer, needs) in METHODS.items():
        if needs and find_spec(needs) is None:
            continue
        by_make: dict[str, list[tuple[float, float, float]]] = {}
        for series in track(every, name, console=Console(stderr=True)):
            by_make.setdefault(series.make, []).append(measure(series, scorer))
        means = {make: np.mean(rows, axis=0).tolist() for make, rows in by_make.items()}
        found[name] = {"all": np.mean(list(means.values()), axis=0).tolist(), **means}
    return found


def main(arguments: list[str]) -> None:
    """Print the table and write the figures."""
    found = figures()
    Path(arguments[0]).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    table = Table(title=f"{REPEATS} series of each make, seed {SEED}")
    for column in ("method", "PR area", "PR area, edges blurred", "ROC area"):
        table.add_column(column)
    for name, by_make in found.items():
        table.add_row(name, *(f"{value:.3f}" for value in by_make["all"]))
    Console().print(table)


if __name__ == "__main__":
    main(sys.argv[1:])
