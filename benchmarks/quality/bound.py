"""How much of a local rise can be found at all: hours with exactly this rise, learned at leisure.

Boosted trees are shown hours of 2013 to 2015 as they were and the same hours with the rise in them,
and learn to tell them apart by all that is known then: the station's last day, what the others show
and showed, fine dust at the station itself, hour and season. By Neyman and Pearson the likelihood
ratio, which such a classifier estimates, is the test that finds most at a given rate of false
alarms. It gets what no detector in the stream has: it knows the rise it looks for, and its
threshold is set on the very years that it is tested on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from benchmarks.quality.air import Record
from benchmarks.quality.events import rise_name
from benchmarks.quality.rates import EVERY_MONTH, TESTED, alarms
from models.detect.contract import Floats

FITTED: Final = range(2013, 2016)
LAGS: Final = (1, 2, 3, 24)
SOFT: Final = 5.0  # µg/m³, added before the logarithm
SEED: Final = 7
WANTED: Final = 0.85  # share that is to be found


def risen(coarse: Floats, rise: float, *, is_share: bool) -> Floats:
    """Lay a rise over every hour, in whole µg/m³ as the record is: fractions would give it away."""
    dither = np.random.default_rng(SEED).random(coarse.shape)
    return np.asarray(
        np.floor(coarse * (1 + rise) + dither if is_share else coarse + rise), dtype=np.float64
    )


def features(record: Record, shown: Floats, station: int, hours: int) -> Floats:
    """Everything known of each hour, shape (hours, features).

    Parameters
    ----------
    shown : ndarray, shape (hours, stations)
        Coarse dust with the rise in it.
    hours : int
        How long the rise has lasted at this station: 0 is not yet, 1 since this hour.
    """
    plain = _log(record.coarse)
    others, fine = np.delete(plain, station, axis=1), _log(record.fine)
    region = np.median(others, axis=1, keepdims=True)
    own = [
        _earlier(_log(shown[:, [station]]) if lag < hours else plain[:, [station]], lag)
        for lag in (0, *LAGS)
    ]
    clock = [[time.hour, time.timetuple().tm_yday, station] for time in record.times]
    columns = [*own, own[0] - region, own[0] - own[1], own[1] - _earlier(region, 1)]
    columns += [others, np.sort(others, axis=1), own[0] - fine[:, [station]], fine]
    columns += [region - _earlier(region, 1), *(_earlier(region, lag) for lag in LAGS)]
    return np.column_stack([*columns, np.array(clock, dtype=np.float64)])


def bound(record: Record, rise: float, *, is_share: bool) -> dict[str, float]:
    """Find one kind of step: the share found, and what finding enough of them would cost.

    Returns
    -------
    dict
        `found` at one alarm a sensor-month of 2016-17, and `alarms_for_wanted`, the alarms a
        sensor-month at which `WANTED` of the steps of April 2016 would be found, with
        `hours_for_wanted`, the share of all hours that would alarm then.
    """
    shown = risen(np.maximum(record.coarse, 0), rise, is_share=is_share)
    model = _fitted(record, shown)
    tested = record.mask(TESTED, EVERY_MONTH)
    calm, first, second = (np.full(shown.shape, np.nan) for _ in range(3))
    for hours, scores in enumerate((calm, first, second)):
        for station in range(shown.shape[1]):
            known = tested & np.isfinite(record.coarse[:, station])
            x = features(record, shown, station, hours)[known]
            scores[known, station] = model.predict_proba(x)[:, 1]  # type: ignore[no-untyped-call]
    april = record.mask(range(2016, 2017), (4,))
    best = np.maximum(first[:-1], second[1:])[april[:-1]]  # of a step's first two hours
    best = best[np.isfinite(best)]
    thresholds = np.nanquantile(calm, np.linspace(0.9, 1, 500))
    rates = np.array([alarms(calm, tested, float(level)) for level in thresholds])
    allowed = thresholds[min(len(rates) - int(np.argmax(rates[::-1] > 1.0)), len(rates) - 1)]
    wanted = float(np.quantile(best, 1 - WANTED))
    return {
        "found": float((best >= allowed).mean()),
        "alarms_for_wanted": alarms(calm, tested, wanted),
        "hours_for_wanted": float(np.mean(calm[np.isfinite(calm)] >= wanted)),
    }


def bounds(record: Record, rises: Sequence[tuple[bool, float]]) -> dict[str, dict[str, float]]:
    """Give the bound of each rise by its name; a rise is (is it a share, its size)."""
    return {
        rise_name(rise, is_share=is_share): bound(record, rise, is_share=is_share)
        for is_share, rise in rises
    }


def _fitted(record: Record, shown: Floats) -> HistGradientBoostingClassifier:
    fit = record.mask(FITTED, EVERY_MONTH)
    parts, answers = [], []
    for station in range(shown.shape[1]):
        known = fit & np.isfinite(record.coarse[:, station])
        for hours in (0, 1):
            parts.append(features(record, shown, station, hours)[known])
            answers.append(np.full(int(known.sum()), hours))
    model = HistGradientBoostingClassifier(  # type: ignore[no-untyped-call]
        max_iter=100, learning_rate=0.15, random_state=SEED
    )
    model.fit(np.concatenate(parts), np.concatenate(answers))
    return model


def _log(values: Floats) -> Floats:
    return np.asarray(np.log(np.maximum(values, 0) + SOFT), dtype=np.float64)


def _earlier(values: Floats, hours: int) -> Floats:
    return np.vstack([np.full((hours, values.shape[1]), np.nan), values[: len(values) - hours]])
