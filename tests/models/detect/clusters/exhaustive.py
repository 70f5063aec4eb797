"""A scan as plain as can be: every centre, every distance, every window, one by one."""

from __future__ import annotations

from collections.abc import Iterator
from math import hypot, log

import numpy as np
from numpy.typing import NDArray

from models.detect.clusters.scan_models import BernoulliModel, PoissonModel, ScanModel

Window = tuple[float, frozenset[int], int, int]  # LLR, places, first step, step after the last


def poisson(count: float, expected: float, total: float) -> float:
    if count <= expected:
        return 0.0
    rest = total - count
    return count * log(count / expected) + (rest * log(rest / (total - expected)) if rest else 0.0)


def bernoulli(count: float, people: float, cases: float, total: float) -> float:
    if count * total <= cases * people:
        return 0.0

    def binomial(k: float, n: float) -> float:
        return sum(part * log(part / n) for part in (k, n - k) if part > 0)

    alone = binomial(cases, total)
    return binomial(count, people) + binomial(cases - count, total - people) - alone


def weights(model: ScanModel) -> NDArray[np.float64]:
    """Weight of each place and step; the last column is what lies before the steps."""
    table = np.zeros((model.places, model.steps + 1))
    if isinstance(model, PoissonModel):
        people = model.people @ model.shares
        table[:, :-1] = people / people.sum() * model.cases
        return table
    np.add.at(table, (model.place, np.maximum(model.step, -1)), 1)
    if isinstance(model, BernoulliModel):
        np.add.at(table, (model.control_place, np.maximum(model.control_step, -1)), 1)
        return table
    return np.outer(table.sum(axis=1), table.sum(axis=0)) / model.cases


def windows(
    model: ScanModel,
    x_m: list[float],
    y_m: list[float],
    radius_m: float,
    *,
    longest: int,
    every_end: bool,
) -> Iterator[Window]:
    """All windows with at least two cases and at most half of the weight."""
    weight, count = weights(model), np.zeros((model.places, model.steps + 1))
    np.add.at(count, (model.place, np.maximum(model.step, -1)), 1)
    total = float(weight.sum())
    for cx, cy in zip(x_m, y_m, strict=True):
        away = [hypot(x - cx, y - cy) for x, y in zip(x_m, y_m, strict=True)]
        for reach in sorted({each for each in away if each <= radius_m}):
            zone = frozenset(p for p, each in enumerate(away) if each <= reach + 1e-7)
            inside = sorted(zone)
            if weight[inside].sum() > total / 2 + 1e-9:
                continue
            cases, weighs = count[inside].sum(axis=0).tolist(), weight[inside].sum(axis=0).tolist()
            for end in range(1, model.steps + 1) if every_end else (model.steps,):
                for first in range(max(0, end - longest), end):
                    seen, weighed = sum(cases[first:end]), sum(weighs[first:end])
                    if isinstance(model, BernoulliModel):
                        llr = bernoulli(seen, weighed, model.cases, total)
                    else:
                        llr = poisson(seen, weighed, model.cases)
                    yield llr if seen >= 2 else 0.0, zone, first, end
