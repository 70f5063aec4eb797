"""For how long a group of cases is known: what its clusters may be compared with."""

from __future__ import annotations

import numpy as np
import pytest

from models.monitors.clusters.case_sample import SAMPLE_DAYS, days_known
from models.timing.evaluation_schedule import EvaluationTime
from tests.models.monitors.counted_cases import CELL, case_history, take_all

FIRST = 16_000  # a day, counted from 1970


@pytest.mark.parametrize(
    ("group", "day", "known"),
    [
        ((True, False), FIRST + 9, 10),
        ((False, True), FIRST + 9, 3),  # came into use a week later
        ((True, True), FIRST + 9, 10),
        ((False, False), FIRST + 9, 0),
        ((True, False), FIRST + 5000, SAMPLE_DAYS),  # no more is looked at
    ],
)
def test_a_group_is_known_from_its_first_case_on(
    group: tuple[bool, bool], day: int, known: int
) -> None:
    history = case_history()
    take_all(history, FIRST, {(CELL, "E0102"): 3})
    take_all(history, FIRST + 7, {(CELL, "E0103"): 1})
    assert history.categories == ["E0102", "E0103"]
    evaluation = EvaluationTime(day=day, hour=24, at_ms=0)
    assert days_known(history, evaluation, np.array(group)) == known
