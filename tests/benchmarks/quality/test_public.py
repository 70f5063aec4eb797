"""Public benchmarks are scored as their authors score them, on cases whose answer is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.quality.nab import LOW_FALSE_POSITIVES, STANDARD, Windowed, best_score, gains
from benchmarks.quality.public import figures, interval, is_hit

FILE = Windowed("made", np.zeros(1000), [(500, 599)])


def called(*rows: int) -> float:
    scores = np.zeros(1000)
    scores[list(rows)] = 1
    return best_score([gains(FILE, scores, STANDARD)])


def test_call_at_the_first_row_of_the_window_is_perfect_and_no_call_is_nothing() -> None:
    assert called(500) == pytest.approx(100)
    assert called() == 0


def test_only_the_first_call_of_a_window_earns_and_an_earlier_one_more() -> None:
    assert called(550, 560, 570) == called(550)
    assert called(500) > called(550) > called(590) > 50


def test_false_calls_cost_their_weight() -> None:
    assert called(300, 500) == pytest.approx(100 - 100 * STANDARD / 2)
    scores = np.zeros(1000)
    scores[[300, 500]] = 1
    low = best_score([gains(FILE, scores, LOW_FALSE_POSITIVES)])
    assert low == pytest.approx(100 - 100 * LOW_FALSE_POSITIVES / 2)


def test_calls_in_the_probation_count_nothing() -> None:
    assert called(10, 149, 500) == pytest.approx(100)


def test_best_threshold_leaves_lower_false_calls_out() -> None:
    scores = np.zeros(1000)
    scores[[300, 500]] = 0.5, 1
    assert best_score([gains(FILE, scores, STANDARD)]) == pytest.approx(100)


def test_hit_is_within_the_tolerance() -> None:
    label = {"train_rows": 100, "anomaly_first_row": 500, "anomaly_last_row": 520}
    for row, expected in ((50, 0), (399, 0), (400, 1), (510, 1), (620, 1), (621, 0)):
        scores = np.zeros(1000)
        scores[row] = 1
        assert is_hit(scores, label) == expected


def test_interval_holds_the_figure() -> None:
    found = interval([0.0, 1.0, 1.0, 0.0, 1.0], lambda values: float(np.mean(values)))
    assert found["low"] < found["all"] == 0.6 < found["high"]


def test_shared_series_are_read_and_scored(shared_data: Path) -> None:
    found = figures(shared_data / "series", lambda _: None, is_quick=True)
    assert found["SKAB, ROC"]["anomaly_score"]["all"] > 0.8
    assert {name.split(",")[0] for name in found} == {"NAB", "SKAB", "UCR"}
