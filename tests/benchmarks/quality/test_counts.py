"""Measures of detection on alarms whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.quality.counts import measured


def test_perfect_scores_find_all_at_once() -> None:
    cases = np.zeros((10, 40))
    cases[:, 20:23] = 5
    found = measured(cases + np.random.default_rng(1).uniform(0, 1, cases.shape), cases, 0.03)
    assert (found["found"], found["found_in_first_week"], found["delay_weeks"]) == (1, 1, 0)
    assert found["false_alarms"] == pytest.approx(0.03, abs=0.005)


def test_late_alarm_is_found_with_its_delay() -> None:
    cases, scores = np.zeros((2, 40)), np.zeros((2, 40))
    cases[0, 10:14] = 3
    scores[0, 12] = 1
    found = measured(scores, cases, 0.03)
    assert (found["found"], found["found_in_first_week"], found["delay_weeks"]) == (1, 0, 2)


def test_useless_scores_find_nothing() -> None:
    cases = np.zeros((2, 40))
    cases[0, 10:14] = 3
    found = measured(np.zeros((2, 40)), cases, 0.03)
    assert (found["found"], found["false_alarms"]) == (0, 0)
    assert np.isnan(found["delay_weeks"])
