"""What is known at a look is learned from what earlier days turned out to be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.monitors.counts.completeness import LEARNED_DAYS, TRUST, ReportingCompleteness
from models.timing.evaluation_schedule import EVALUATION_HOURS
from tests.models.monitors.counted_cases import case_history, take

DAY = 16_000


def lived(late: int, days: int = 60, count: int = 100) -> tuple[ReportingCompleteness, np.ndarray]:
    """Live through days of which `late` cases are told a day after the rest."""
    told, history = ReportingCompleteness(), case_history()
    for day in range(DAY, DAY + days):
        take(history, day, count - late)
        told.apply(day, 24, history)
        if late:
            take(history, day, count, revision=1)
    return told, told.shares(DAY + days, history)[0]


def test_where_all_is_told_in_time_nothing_is_missing() -> None:
    assert lived(0)[1].tolist() == [1.0] * 2 * len(EVALUATION_HOURS)


def test_the_missing_share_is_learned_by_the_age_of_the_look() -> None:
    _, shares = lived(30)
    whole = 60 - 9  # days that are corrected no more
    known = (TRUST + 70 * (whole - 1)) / (TRUST + 100 * (whole - 1))
    assert shares[EVALUATION_HOURS.index(24)] == pytest.approx(known, abs=0.01)
    assert shares[-1] == 1, "a day later all of them were known"


def test_newest_days_teach_nothing_yet() -> None:
    assert lived(30, days=9)[1].tolist() == [1.0] * 2 * len(EVALUATION_HOURS)


def test_old_days_are_forgotten() -> None:
    told, _ = lived(10, days=LEARNED_DAYS + 40)
    assert min(told.seen) == DAY + 39 + LEARNED_DAYS - LEARNED_DAYS


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=30))
@settings(max_examples=30, deadline=None)
def test_shares_are_shares(counts: list[tuple[int, int]]) -> None:
    told, history = ReportingCompleteness(), case_history()
    for day, (first, more) in enumerate(counts, DAY):
        take(history, day, first)
        told.apply(day, 24, history)
        take(history, day, first + more, revision=1)
    shares, variances = told.shares(DAY + 60, history)
    assert ((shares > 0) & (shares <= 1)).all()
    assert ((variances >= 0) & (variances <= 1)).all()
