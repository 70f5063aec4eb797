"""Detection: a tick of the seasonal detector, a refit of Farrington, a scan; peers in the same run.

`python -m benchmarks.detect` prints a table, then one JSON object. Peers that are not installed
(`make bench` installs them) are left out and named.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.quality.methods.farrington import farrington
from models.detect.clusters.scan import ScanStudy, find_clusters, monte_carlo, strongest_windows
from models.detect.clusters.scan_models import PermutationModel
from models.detect.clusters.zones import zones_around
from models.detect.counts.expectation import judge_counts
from models.detect.readings.seasonal import SeasonalDetector
from models.detect.series.score import score_series

Floats = NDArray[np.float64]
Figures = dict[str, Any]

CELLS: Final = 10_000
METRICS: Final = 8
PANE_S: Final = 900
START_MS: Final = 1_767_225_600_000  # 2026-01-01
SERIES: Final = 10_000
WEEKS: Final = 5 * 52 + 30  # five years, and what Farrington leaves out
SIDE: Final = 100
DAYS: Final = 30
SQUARES: Final = tuple((side, side) for side in range(1, 26, 2))
PEER_SERIES: Final = 200  # of a slow peer; its time is then scaled up
FEW_SERIES: Final = 5  # of a peer that takes a good part of a second for one
PEERS: Final = ("statsmodels", "river", "pyod", "stumpy", "prophet")
POINTS: Final = 5_000
ROUNDS: Final = 5


def best(work: Callable[[], object], rounds: int = ROUNDS) -> tuple[float, float]:
    """Give the least wall time and the least CPU time of some rounds, seconds."""
    walls, cpus = [], []
    for _ in range(rounds):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return min(walls), min(cpus)


def tick() -> Figures:
    """Judge one pane of all cells and metrics, after two days of panes."""
    random = np.random.default_rng(1)
    values = random.lognormal(3, 0.5, (METRICS, CELLS))
    detectors = [SeasonalDetector(width_s=PANE_S, offset=5.0) for _ in range(METRICS)]
    panes = iter(range(10_000))

    def judge() -> None:
        start_ms = START_MS + next(panes) * PANE_S * 1000
        for detector, metric in zip(detectors, values, strict=True):
            detector.judge(start_ms, metric)

    for _ in range(20):
        judge()
    return _timed("seasonal tick, 10,000 cells × 8 metrics", 0.150, judge)


def refit() -> Figures:
    """Fit five years of weeks of every series, and judge the newest week."""
    counts = weekly(SERIES)
    name = "Farrington refit, 10,000 series"
    return _timed(name, 2.0, lambda: farrington(counts, WEEKS - 1), 3)


def circles() -> Figures:
    """Scan circles around 5,000 places exactly, and draw 99 replicates at a usual ratio."""
    random = np.random.default_rng(3)
    place, age = random.integers(0, POINTS, 7000), random.integers(0, 365, 7000)
    x_m, y_m = random.uniform(0, 12_000, (2, POINTS))
    model = PermutationModel(place=place, step=DAYS - 1 - age, places=POINTS, steps=DAYS)
    around = _timed("zones around 5,000 places", None, lambda: zones_around(x_m, y_m, 1000.0), 2)
    study = ScanStudy(model=model, zones=zones_around(x_m, y_m, 1000.0), longest=DAYS)
    level = np.array([next(strongest_windows(study, most=1)).best.llr + 1])
    one = _timed("exact scan of circles, 7,000 cases", None, lambda: list(
        strongest_windows(study, most=1)
    ), 2)  # fmt: skip
    draws = _timed(
        "99 replicates of it", None, lambda: monte_carlo(study, level, replicates=99, seed=1), 2
    )
    whole = _timed("clusters and p-values, 999 replicates", None, lambda: find_clusters(study), 1)
    return around | one | draws | whole


def files() -> Figures:
    """Score 20,000 rows of one series, and judge 100 series of ten years of weeks."""
    random = np.random.default_rng(4)
    rows = np.sin(np.arange(20_000) / 24 * 2 * np.pi)[:, None] + random.normal(0, 0.2, (20_000, 1))
    series = _timed("score of 20,000 rows", 10.0, lambda: score_series(rows), 1)
    counts = _timed(
        "counts, 100 series × 520 weeks", None, lambda: judge_counts(weekly(100, 520), season=52), 1
    )
    return series | counts


def peers() -> Iterator[Figures]:
    """Time other packages at the same work; a slow one on a part, scaled up."""
    if _is_there("statsmodels"):
        yield _statsmodels()
    if _is_there("river"):
        yield _river()
    if _is_there("pyod"):
        yield _pyod()
    if _is_there("stumpy"):
        yield _stumpy()
    if _is_there("prophet"):
        yield _prophet()


def weekly(series: int, weeks: int = WEEKS) -> Floats:
    """Draw seasonal counts, shape (series, weeks)."""
    random = np.random.default_rng(5)
    mean = 10 * np.exp(0.4 * np.cos(2 * np.pi * np.arange(weeks) / 52))
    return random.negative_binomial(mean, 0.5, (series, weeks)).astype(np.float64)


def _statsmodels() -> Figures:
    """Fit the same number of coefficients by a Poisson GLM, one series at a time."""
    sm = import_module("statsmodels.api")
    counts = weekly(PEER_SERIES)[:, :-27]
    time_axis = np.arange(counts.shape[1])
    level = time_axis % 52 * 10 // 52
    design = np.column_stack([np.ones(len(level)), time_axis / 52, np.eye(10)[level][:, 1:]])

    def fit() -> None:
        for series in counts:
            sm.GLM(series, design, family=sm.families.Poisson()).fit()

    return _scaled("statsmodels GLM, 10,000 series (no re-weighting)", fit, SERIES / PEER_SERIES)


def _river() -> Figures:
    """Score and learn one pane of 200 cells by half-space trees, one value at a time."""
    river = import_module("river.anomaly")
    models = [river.HalfSpaceTrees(n_trees=10, height=6, seed=1) for _ in range(PEER_SERIES)]
    values = np.random.default_rng(6).uniform(0, 1, PEER_SERIES).tolist()

    def judge() -> None:
        for model, value in zip(models, values, strict=True):
            model.score_one({"v": value})
            model.learn_one({"v": value})

    return _scaled("river HalfSpaceTrees, the same tick", judge, CELLS * METRICS / PEER_SERIES)


def _pyod() -> Figures:
    """Fit and score 20,000 rows by an isolation forest over windows of eight: not causal."""
    forest = import_module("pyod.models.iforest").IForest(random_state=1)
    values = np.random.default_rng(7).normal(size=20_000)
    windows = np.lib.stride_tricks.sliding_window_view(values, 8)
    return _scaled("pyod IForest, 20,000 rows at once", lambda: forest.fit(windows), 1.0)


def _stumpy() -> Figures:
    """Take the left matrix profile of a stream, value by value: 300 values on 5,000."""
    stumpi = import_module("stumpy").stumpi
    values = np.random.default_rng(8).normal(size=5_310)
    stream = stumpi(values[:5_000], m=48, egress=False)
    for value in values[5_000:5_010]:  # compiles
        stream.update(value)

    def update() -> None:
        for value in values[5_010:]:
            stream.update(value)

    return _scaled("stumpy stumpi, 20,000 rows (at 5,000 in the past)", update, 20_000 / 300, 1)


def _prophet() -> Figures:
    """Fit trend and season to five years of weeks, and predict the newest, one series at a time."""
    logging.getLogger("cmdstanpy").disabled = True
    made, frame = import_module("prophet").Prophet, import_module("pandas").DataFrame
    days = np.datetime64("2020-01-06") + 7 * np.arange(WEEKS)
    tables = [frame({"ds": days, "y": counts}) for counts in weekly(FEW_SERIES)]

    def fit() -> None:
        for table in tables:
            made(weekly_seasonality=False, daily_seasonality=False).fit(table[:-1]).predict(
                table[-1:]
            )

    return _scaled("prophet, 10,000 series of five years", fit, SERIES / FEW_SERIES)


def _is_there(package: str) -> bool:
    return find_spec(package) is not None


def _timed(
    name: str, goal_s: float | None, work: Callable[[], object], rounds: int = ROUNDS
) -> Figures:
    wall_s, cpu_s = best(work, rounds)
    return {name: {"wall_s": round(wall_s, 4), "cpu_s": round(cpu_s, 4), "goal_s": goal_s}}


def _scaled(name: str, work: Callable[[], object], factor: float, rounds: int = 2) -> Figures:
    wall_s, cpu_s = best(work, rounds)
    return {name: {"wall_s": round(wall_s * factor, 2), "cpu_s": round(cpu_s * factor, 2)}}


def main() -> None:
    figures: Figures = {}
    for measure in (tick, refit, circles, files):
        figures |= measure()
    for peer in peers():
        figures |= peer
    absent = [p for p in PEERS if not _is_there(p)]
    for name, row in figures.items():
        goal = f"goal {row['goal_s']} s" if row.get("goal_s") else ""
        print(f"{name:<52} {row['wall_s']:>9.3f} s  (CPU {row['cpu_s']:.3f} s)  {goal}")
    if absent:
        print(f"not installed: {', '.join(absent)}")
    print(json.dumps({"figures": figures, "not_installed": absent}, ensure_ascii=False))


if __name__ == "__main__":
    main()
