"""Sensors of a feed: nothing walks through time that nobody lived."""

from __future__ import annotations

import numpy as np

from config.catalog import SilenceRule
from models.monitors.silence.sensor_heartbeat import (
    EVERY_MS,
    MOST_EVALUATIONS,
    SensorHeartbeatMonitor,
)
from tests.streams.agents.district import dongcheng

BEGAN_MS = 1_772_323_200_000
CELLS = np.array([110101001001001, 110101001001002])


def monitor() -> SensorHeartbeatMonitor:
    rule = dongcheng().rules["dust-silence"]
    assert isinstance(rule, SilenceRule)
    return SensorHeartbeatMonitor(rule)


def apply(sensors: SensorHeartbeatMonitor, end_ms: int) -> list[int]:
    return [batch.tick_ms for batch in sensors.apply(0, 1, end_ms, end_ms, CELLS)]


def test_every_hour_in_which_somebody_reported_is_evaluated() -> None:
    sensors = monitor()
    hours = [BEGAN_MS + n * EVERY_MS for n in range(1, 50)]
    evaluated = [at for end_ms in hours for at in apply(sensors, end_ms)]
    assert evaluated == hours[1:]


def test_of_a_gap_of_decades_only_the_end_is_evaluated() -> None:
    sensors = monitor()
    for n in range(1, 5):
        apply(sensors, BEGAN_MS + n * EVERY_MS)
    later_ms = BEGAN_MS + 60 * 365 * 24 * EVERY_MS
    evaluated = apply(sensors, later_ms)
    assert len(evaluated) <= MOST_EVALUATIONS + 2
    assert evaluated[-1] == later_ms
