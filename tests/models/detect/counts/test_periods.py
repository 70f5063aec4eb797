"""Periods on their axis: kinds, steps, seasons, mistakes."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.detect.counts.periods import BadPeriod, axis_of


@pytest.mark.parametrize(
    ("texts", "index", "season", "weekday"),
    [
        (["3", "1", "7"], [2, 0, 6], np.nan, None),
        (["-2", " 0 "], [0, 2], np.nan, None),
        (["2024-01-01", "2024-01-03", "2024-01-02"], [0, 2, 1], 365.25, 0),
        (["2024-01-07", "2024-01-21", "2024-01-14"], [0, 2, 1], 365.25 / 7, None),
        (["2020-W53", "2021-W01"], [0, 1], 365.25 / 7, None),
        (["2020W53", "2021-W02"], [0, 1], 365.25 / 14, None),
        (["2024-02", "2023-11", "2024-01"], [3, 0, 2], 12, None),
        (["2024-01-01", "2024-02-01", "2024-03-01"], [0, 1, 2], 12, None),
        (["2023-01-01", "2023-04-01", "2023-10-01"], [0, 1, 3], 4, None),
        (["2024-01-01T00:00", "2024-01-02T00:00"], [0, 1], 365.25, 0),
        (["2024-05-05"], [0], 365.25, None),
    ],
)
def test_axis(texts: list[str], index: list[int], season: float, weekday: int | None) -> None:
    axis = axis_of(texts)
    assert axis.index.tolist() == index
    assert axis.length == max(index) + 1
    assert axis.season == pytest.approx(season, nan_ok=True)
    if len(texts) > 1:
        assert axis.weekday == weekday


@given(st.dates(date(1990, 1, 8), date(2050, 1, 1)), st.integers(2, 400))
def test_days_in_a_row_are_one_step_apart(first: date, days: int) -> None:
    axis = axis_of([(first + timedelta(day)).isoformat() for day in range(days)])
    if days < 3 and axis.weekday is None:  # first of January and of February look like months
        return
    assert axis.index.tolist() == list(range(days))
    assert axis.weekday == first.weekday()


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        ([], "no periods"),
        (["soon"], "row 1: 'soon' is no period"),
        (["2024-13"], "row 1"),
        (["2024-W60"], "row 1"),
        (["1", "2", "2024-01-01"], "row 3: '2024-01-01' is no integer"),
        (["2024-01-01", "2024-01-32"], "row 2: '2024-01-32' is no day"),
        (["2024-01", "2024-01-01"], "row 2: '2024-01-01' is no month"),
        (["1", ""], "row 2: ''"),
    ],
)
def test_mistake_is_named_with_its_row(texts: list[str], told: str) -> None:
    with pytest.raises(BadPeriod, match=told):
        axis_of(texts)
