"""Alarms a sensor-month, and the threshold that keeps to so many."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.detect.contract import Floats
from models.detect.readings.verdict import NOTABLE

SENSOR_MONTH_H: Final = 730
MERGE_H: Final = 6  # alarms of one sensor nearer than this are one alarm
EVERY_MONTH: Final = tuple(range(1, 13))
TRAINED: Final = range(2014, 2016)  # years the threshold is set on
TESTED: Final = range(2016, 2018)


def alarms(scores: Floats, chosen: NDArray[np.bool_], threshold: float) -> float:
    """Alarms a sensor-month: hours from the threshold on, near ones counted once.

    Parameters
    ----------
    scores : ndarray, shape (hours, sensors)
        NaN where nothing is said.
    chosen : ndarray, shape (hours,), bool
        The hours that count.
    """
    count = 0
    for sensor in range(scores.shape[1]):
        hours = np.flatnonzero(chosen & (scores[:, sensor] >= threshold))
        count += int((np.diff(hours) > MERGE_H).sum()) + int(hours.size > 0)
    sensor_months = float(chosen.sum()) * scores.shape[1] / SENSOR_MONTH_H
    return float(count / max(sensor_months, 1e-9))


def threshold_for(scores: Floats, chosen: NDArray[np.bool_], rate: float) -> float:
    """Least threshold with at most `rate` alarms a sensor-month over the chosen hours.

    No less than the score from which on a detector says whose a departure is.
    """
    candidates = np.arange(NOTABLE, 8.0, 0.02)
    rates = [alarms(scores, chosen, float(candidate)) for candidate in candidates]
    return float(candidates[int(np.argmax(np.array(rates) <= rate))])
