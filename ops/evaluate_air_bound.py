"""How much of a local rise is found with everything known at that hour, fitted at leisure.

Run as `python -m ops.evaluate_air_bound FOLDER OUT.json`. Boosted trees predict coarse dust at one
station from its own last day, from what the other four show in the same hour and showed before,
from fine dust at the station itself, hour and season. A second model predicts how large the error
will be. It knows more of an hour than the detector does: what both miss at one alarm a
sensor-month is hardly to be had from this record.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from sklearn.ensemble import HistGradientBoostingRegressor

from models.detect.base import Floats
from ops.air_record import Record, read, read_fine
from ops.evaluate_air import (
    AMOUNTS,
    EVERY_MONTH,
    MINIMUM,
    SIZES,
    TESTED,
    TRAINED,
    alarms,
    threshold_for,
)

LAGS: Final = (1, 2, 3, 24)
SPREAD_FLOOR: Final = 0.03


def sizes(record: Record, fine: Floats) -> tuple[Floats, Floats, Floats]:
    """Errors over their predicted size, shape (hours, stations), with errors and sizes apart."""
    y = np.log(np.maximum(record.coarse, 0) + MINIMUM)
    fit = record.mask(range(2013, 2016), EVERY_MONTH)
    errors, spreads = np.empty(y.shape), np.empty(y.shape)
    for station in range(y.shape[1]):
        known = features(y, np.log(fine + MINIMUM), station, record)
        errors[:, station] = y[:, station] - _predicted(known, y[:, station], fit)
        spread = _predicted(known, np.abs(errors[:, station]), fit)
        spreads[:, station] = np.maximum(spread, SPREAD_FLOOR)
    return errors / spreads, errors, spreads


def features(y: Floats, fine: Floats, station: int, record: Record) -> Floats:
    """Everything known of an hour but the value itself, shape (hours, features)."""
    others = np.sort(np.delete(y, station, axis=1), axis=1)
    clock = [[time.hour, time.timetuple().tm_yday, time.weekday()] for time in record.times]
    columns = [others, fine, np.array(clock, dtype=np.float64)]
    columns += [_earlier(y[:, [station]], lag) for lag in LAGS]
    columns += [_earlier(np.median(others, axis=1, keepdims=True), lag) for lag in LAGS]
    return np.column_stack(columns)


def _earlier(values: Floats, hours: int) -> Floats:
    return np.vstack([np.full((hours, values.shape[1]), np.nan), values[:-hours]])


def _predicted(known: Floats, target: Floats, fit: NDArray[np.bool_]) -> Floats:
    """Predict every hour: those fitted on by models that did not see their thirty days."""
    fold = np.arange(target.size) // (30 * 24) % 3
    predicted = np.full(target.shape, np.nan)
    usable = fit & np.isfinite(target)
    for which in range(3):
        model = _model().fit(known[usable & (fold != which)], target[usable & (fold != which)])
        predicted[fit & (fold == which)] = model.predict(known[fit & (fold == which)])
    predicted[~fit] = _model().fit(known[usable], target[usable]).predict(known[~fit])
    return predicted


def _model() -> HistGradientBoostingRegressor:
    return HistGradientBoostingRegressor(  # type: ignore[no-untyped-call]
        loss="absolute_error", max_iter=150, learning_rate=0.1, random_state=1
    )


def figures(record: Record, fine: Floats) -> dict[str, Any]:
    """Share of steps in April 2016 found in their first or second hour."""
    scores, errors, spreads = sizes(record, fine)
    counted = np.where(np.nan_to_num(record.coarse) >= MINIMUM, scores, np.nan)
    trained = record.mask(TRAINED, EVERY_MONTH)
    unit = float(np.nanquantile(counted[trained], 0.9999)) / 8  # so that thresholds fit the search
    threshold = unit * threshold_for(counted / unit, trained, 1.0)
    april = record.mask(range(2016, 2017), (4,))
    found = {}
    for is_share, rises in ((True, SIZES), (False, AMOUNTS)):
        for rise in rises:
            base = np.maximum(record.coarse, 0)
            risen = base * (1 + rise) if is_share else base + rise
            gain = np.log(risen + MINIMUM) - np.log(base + MINIMUM)
            hit = ((errors + gain) / spreads >= threshold) & (risen >= MINIMUM)
            known = np.isfinite(errors[:-1]) & np.isfinite(errors[1:]) & april[:-1, None]
            either = hit[:-1] | hit[1:]  # the second hour still sees the first as it was
            name = f"+{rise:.0%}" if is_share else f"+{rise:.0f} µg/m³"
            found[name] = float(either[known].mean())
    inside, usual = errors[april], np.maximum(record.coarse[april], 0)
    return {
        "threshold": threshold,
        "false_alarms_2016_17": alarms(counted, record.mask(TESTED, EVERY_MONTH), threshold),
        "typical_error": float(np.nanmedian(np.abs(inside))),
        "error_once_a_month": float(np.nanquantile(inside, 1 - 1 / 730)),
        "typical_gain_of_half_more": float(np.nanmedian(np.log1p(0.5 * usual / (usual + MINIMUM)))),
        "found": found,
    }


def main(arguments: list[str]) -> None:
    """Print the table and write the figures."""
    folder, out = Path(arguments[0]), Path(arguments[1])
    result = figures(read(folder), read_fine(folder))
    out.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    table = Table(title="boosted trees: found within 2 h at one alarm a sensor-month")
    for column in ("one station, step", "found"):
        table.add_column(column)
    for name, share in result["found"].items():
        table.add_row(name, f"{share:.0%}")
    Console().print(table)


if __name__ == "__main__":
    main(sys.argv[1:])
