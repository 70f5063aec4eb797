"""Training on the past: what a baseline has seen, and how it is judged."""

from __future__ import annotations

import numpy as np
import pytest

from models.detect.registry import KINDS, DetectorConfig
from models.monitors.readings.rules_by_detector import rules_by_detector
from models.monitors.readings.training import HELD_OUT_MS, Training
from models.timing.units import HOUR_MS
from tests.streams.agents.district import dongcheng

CELLS = np.array([110101001001002, 110101001001001, 110101002001001])
SETTING = DetectorConfig(width_s=3600, zone="Asia/Shanghai", minimum=60)
HOURS = 24 * 40


def trained(values: np.ndarray) -> Training:
    """Train on hourly panes, shape (hours, cells); NaN where none."""
    rules = rules_by_detector(dongcheng(), "dust")["coarse", "seasonal"]
    key = ("dust", "coarse", "seasonal")
    training = Training(key, SETTING, rules, len(values) * HOUR_MS)
    for hour, row in enumerate(values):
        known = np.isfinite(row)
        if known.any():
            training.learn(hour * HOUR_MS, CELLS[known], row[known])
    return training


def noise(hours: int) -> np.ndarray:
    rng = np.random.default_rng(3)
    return np.asarray(np.exp(rng.normal(4, 0.2, (hours, len(CELLS)))))


def test_the_state_is_that_of_a_detector_that_saw_the_same() -> None:
    values = noise(24 * 20)
    baseline = trained(values).baseline()
    alone = KINDS["seasonal"].make(SETTING)
    for hour, row in enumerate(values):
        alone.judge(hour * HOUR_MS, row)
    assert np.frombuffer(baseline.codes, "<i8").tolist() == CELLS.tolist()
    assert baseline.state == alone.to_bytes()
    assert (baseline.trained_from_ms, baseline.trained_until_ms) == (0, len(values) * HOUR_MS)


def test_the_quality_counts_panes_cells_gaps_and_alarms() -> None:
    values = noise(HOURS)
    values[:, 2] = np.nan
    values[HOURS // 2 :: 2, 2] = 50.0  # comes late, and every other hour
    quiet = trained(values).baseline().quality
    values[-100:-90, 0] *= 40
    loud = trained(values).baseline().quality
    assert (loud.panes, loud.cells) == (HOURS, 3)
    assert loud.held_out_panes == HELD_OUT_MS // HOUR_MS
    assert loud.coverage_by_cell[str(CELLS[2])] == 0.5
    assert loud.coverage_by_cell[str(CELLS[0])] == 1.0
    assert loud.coverage == pytest.approx((2 * HOURS + HOURS / 4) / (2.5 * HOURS))
    assert 0.5 < (quiet.spread or 0) < 1.5
    assert quiet.alarms_per_cell_month is not None
    assert loud.alarms_per_cell_month is not None
    assert loud.alarms_per_cell_month > quiet.alarms_per_cell_month


def test_too_little_to_judge_is_said_and_not_called_good() -> None:
    short = trained(noise(24))
    quality = short.baseline().quality
    assert (quality.judged, quality.spread, quality.error) == (0, None, None)
    assert quality.alarms_per_cell_month is None
