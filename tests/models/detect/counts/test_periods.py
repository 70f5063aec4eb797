"""Periods on their axis: kinds, steps, seasons, mistakes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.detect.counts.periods import Axis, BadPeriod
from models.detect.counts.periods import axis_of as axis_of_times
from models.feeds.times.column import read_times


def axis_of(texts: list[str], zone: str | None = None) -> Axis:
    return axis_of_times(read_times(texts, zone=zone), zone)


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
        (["2012-01-31", "2012-02-29", "2012-04-30"], [0, 1, 3], 12, None),
        (["2012-01-15", "2012-02-15", "2012-03-15"], [0, 1, 2], 12, None),
        (["2012-03-31", "2012-06-30", "2012-12-31"], [0, 1, 3], 4, None),
        (["20171230", "20171231", "20180101"], [0, 1, 2], 365.25, 5),
        (["202052", "202053", "202101"], [0, 1, 2], 365.25 / 7, None),
        (["2014-W53", "2015-W01"], [0, 1], 365.25 / 7, None),
        (["2024Q1", "2024Q2", "2025Q1"], [0, 1, 4], 4, None),
        (["2024年3月", "2024年4月"], [0, 1], 12, None),
        (["13/01/2024", "14/01/2024"], [0, 1], 365.25, 5),
    ],
)
def test_axis(texts: list[str], index: list[int], season: float, weekday: int | None) -> None:
    axis = axis_of(texts)
    assert axis.index.tolist() == index
    assert axis.length == max(index) + 1
    assert axis.season == pytest.approx(season, nan_ok=True)
    if len(texts) > 1:
        assert (None if axis.weekday is None else int(axis.weekday[0])) == weekday


@given(st.dates(date(1990, 1, 8), date(2050, 1, 1)), st.integers(2, 400))
def test_days_in_a_row_are_one_step_apart(first: date, days: int) -> None:
    axis = axis_of([(first + timedelta(day)).isoformat() for day in range(days)])
    if days < 3 and axis.weekday is None:  # last of January and first of February, say
        return
    assert axis.index.tolist() == list(range(days))
    assert axis.weekday is not None
    assert axis.weekday.tolist() == [(first + timedelta(day)).weekday() for day in range(days)]


def test_hours_are_even_in_instants_and_know_the_clock() -> None:
    texts = ["2021-10-31 00:00", "2021-10-31 02:00", "2021-10-31 02:00", "2021-10-31 03:00"]
    axis = axis_of(texts, "Europe/Vienna")
    assert axis.unit == "hours"
    assert axis.index.tolist() == [0, 2, 3, 4]
    assert axis.hour is not None and axis.weekday is not None
    assert axis.hour.tolist() == [0, 1, 2, 2, 3]
    assert axis.weekday.tolist() == [6] * 5
    assert axis.season == pytest.approx(8766)
    assert axis_of(["2024-01-01 00:00", "2024-01-01 00:30"]).unit == "30 minutes"


@pytest.mark.parametrize(
    ("texts", "wrong"),
    [
        ([], "no periods"),
        (["soon"], "no periods"),
        (["1.5", "2.5"], "should be whole"),
        (["1", "99999999"], "is one of them a misprint"),
    ],
)
def test_what_is_no_axis(texts: list[str], wrong: str) -> None:
    times = read_times(texts)
    with pytest.raises(BadPeriod, match=wrong):
        axis_of_times(
            replace(times, ms=times.ms[times.known], local_ms=times.local_ms[times.known])
        )


def last_working_days(months: int) -> list[str]:
    ends = [date(2012 + k // 12, k % 12 + 1, 1) - timedelta(1) for k in range(1, months + 1)]
    return [str(end - timedelta(max(0, end.weekday() - 4))) for end in ends]


def test_days_one_in_every_month_of_half_a_year_are_months() -> None:
    axis = axis_of(last_working_days(24))
    assert (axis.unit, axis.index.tolist()) == ("months", list(range(24)))
    assert axis_of(last_working_days(6)).unit == "months"
    assert axis_of(last_working_days(5)).unit != "months"
    with_a_hole = last_working_days(24)
    del with_a_hole[7]
    assert axis_of(with_a_hole).unit != "months"
