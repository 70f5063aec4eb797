"""`gridpulse score` on public labelled series: NAB, SKAB and UCR, with intervals over the files."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.quality.nab import LOW_FALSE_POSITIVES, STANDARD, Gains, Windowed, best_score, gains
from benchmarks.quality.ranking import roc_area
from benchmarks.quality.series import z_score
from models.detect.contract import Floats
from models.detect.series.score import score_series, score_states_and_onsets

CALM: Final = 400  # first rows of a SKAB file, all of them calm
CALM_FROM: Final = 32
CALM_SHARE: Final = 0.99  # of the calm rows that stay under the threshold
TOLERANCE: Final = 100  # rows beside the anomaly that still are a hit (UCR)
RESAMPLES: Final = 400
SEED: Final = 20261129

Figure = dict[str, float]
Progress = Callable[[str], None]


def figures(folder: Path, progress: Progress, *, is_quick: bool) -> dict[str, dict[str, Figure]]:
    """Figures with 90 % intervals, by method and measure."""
    step = 15 if is_quick else 1
    progress("public: NAB")
    found = _nab(_read_nab(folder / "nab")[::step])
    progress("public: SKAB")
    found |= _skab(sorted((folder / "skab").glob("*.gz"))[::step])
    progress("public: UCR")
    found |= _ucr(folder / "ucr", step)
    return found


def interval(values: Sequence[Any], statistic: Callable[[list[Any]], float]) -> Figure:
    """Statistic of all files, and its 5 and 95 % quantiles where files are drawn again."""
    draws = np.random.default_rng(SEED).integers(0, len(values), (RESAMPLES, len(values)))
    drawn = [statistic([values[which] for which in draw]) for draw in draws.tolist()]
    low, high = np.quantile(drawn, [0.05, 0.95])
    return {"all": statistic(list(values)), "low": float(low), "high": float(high)}


def _mean(values: list[float]) -> float:
    return float(np.mean(values))


def _read_nab(folder: Path) -> list[Windowed]:
    windows = json.loads((folder / "windows.json").read_text("utf-8"))
    return [_read_windowed(folder, name, spans) for name, spans in sorted(windows.items())]


def _read_windowed(folder: Path, name: str, spans: list[list[str]]) -> Windowed:
    with gzip.open(folder / f"{name.replace('/', '__')}.gz", "rt", encoding="utf-8") as stream:
        rows = list(csv.reader(stream))[1:]
    times = [datetime.fromisoformat(row[0]) for row in rows]
    windows = []
    for span in spans:
        first, last = (datetime.fromisoformat(end) for end in span)
        inside = [which for which, time in enumerate(times) if first <= time <= last]
        windows.append((inside[0], inside[-1]))
    return Windowed(name, np.array([float(row[1]) for row in rows]), windows)


def _nab(files: list[Windowed]) -> dict[str, dict[str, Figure]]:
    scored = [score_states_and_onsets(file.values) for file in files]
    by_method = {
        "onset_score": [scores.onset for scores in scored],
        "anomaly_score": [scores.anomaly for scores in scored],
        "z-score": [z_score(file.values) for file in files],
    }
    found: dict[str, dict[str, Figure]] = {}
    for profile, cost in (("standard", STANDARD), ("low false positives", LOW_FALSE_POSITIVES)):
        for method, scores in by_method.items():
            earned: list[Gains] = [gains(*pair, cost) for pair in zip(files, scores, strict=True)]
            found.setdefault(f"NAB, {profile}", {})[method] = interval(earned, best_score)
    found["NAB, rows a call outside of windows at 0.5"] = {
        "onset_score": interval(
            [_calls(file, scores.onset) for file, scores in zip(files, scored, strict=True)],
            lambda pairs: sum(rows for rows, _ in pairs) / max(sum(n for _, n in pairs), 1),
        )
    }
    return found


def _calls(file: Windowed, scores: Floats) -> tuple[int, int]:
    """Rows outside of windows after the first 500, and calls among them."""
    outside = np.ones(scores.size, dtype=np.bool_)
    outside[:500] = False
    for first, last in file.windows:
        outside[first : last + 1] = False
    return int(outside.sum()), int((scores[outside] >= 0.5).sum())


def _skab(paths: list[Path]) -> dict[str, dict[str, Figure]]:
    areas: dict[str, list[float]] = {}
    hits: dict[str, list[float]] = {}
    for path in paths:
        with gzip.open(path, "rt", encoding="utf-8") as stream:
            rows = list(csv.reader(stream, delimiter=";"))[1:]
        table = np.array([[float(cell) for cell in row[1:-2]] for row in rows])
        labels = np.array([float(row[-2]) for row in rows])
        calm = np.abs(table - table[:CALM].mean(axis=0)) / (table[:CALM].std(axis=0) + 1e-9)
        for method, scores in (
            ("anomaly_score", score_series(table)),
            ("z-score against the calm start", calm.mean(axis=1)),
        ):
            areas.setdefault(method, []).append(roc_area(labels[CALM:], scores[CALM:]))
            hits.setdefault(method, []).append(_f1(labels, scores))
    measures = {"SKAB, ROC": areas, "SKAB, F1 at a threshold from the calm start": hits}
    return {
        name: {method: interval(values, _mean) for method, values in by_method.items()}
        for name, by_method in measures.items()
    }


def _f1(labels: Floats, scores: Floats) -> float:
    called = scores[CALM:] > np.quantile(scores[CALM_FROM:CALM], CALM_SHARE)
    found = float((labels[CALM:] * called).sum())
    return 2 * found / float(labels[CALM:].sum() + called.sum())


def _ucr(folder: Path, step: int) -> dict[str, dict[str, Figure]]:
    labels = json.loads((folder / "labels.json").read_text("utf-8"))
    hits: dict[str, list[float]] = {"anomaly_score": [], "z-score": []}
    for name, label in sorted(labels.items())[::step]:
        with gzip.open(folder / name, "rt", encoding="utf-8") as stream:
            values = np.array([float(line.split(",")[-1]) for line in stream.readlines()[1:]])
        hits["anomaly_score"].append(is_hit(score_series(values), label))
        hits["z-score"].append(is_hit(z_score(values), label))
    return {"UCR, hits": {method: interval(found, _mean) for method, found in hits.items()}}


def is_hit(scores: Floats, label: dict[str, int]) -> float:
    """1 where the highest score after the training rows lies at the anomaly, else 0."""
    highest = label["train_rows"] + int(scores[label["train_rows"] :].argmax())
    first, last = label["anomaly_first_row"], label["anomaly_last_row"]
    reach = max(TOLERANCE, last - first + 1)
    return float(first - reach <= highest <= last + reach)
