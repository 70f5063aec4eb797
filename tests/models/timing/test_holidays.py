"""Holidays as a regression wants them."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from models.timing.calendar import EPOCH, FIRST_DAY, LAST_DAY, day_table
from models.timing.holidays import Holidays


def number(day: date) -> int:
    return (day - EPOCH).days


def test_days_off_and_days_worked_in_exchange() -> None:
    first = number(date(2024, 2, 4))  # a Sunday that is worked; the New Year holiday is 10 to 17
    off, exchanged = Holidays(day_table("china")).shares(first, first + 15).T
    assert np.flatnonzero(off).tolist() == [8, 9, 10, 11, 12]
    assert np.flatnonzero(exchanged).tolist() == [0, 14]


def test_a_week_has_the_shares_of_its_days() -> None:
    monday = number(date(2024, 9, 30))  # off: Tuesday to Friday and the next Monday
    shares = Holidays(day_table("china")).shares(monday, monday + 14, 7)
    assert np.allclose(shares, [[4 / 7, 0], [1 / 7, 1 / 7]])


def test_a_city_decides_for_itself() -> None:
    day = date(2024, 9, 26)
    own = Holidays(day_table("none", {day: False}))
    assert own.shares(number(day) - 1, number(day) + 2).tolist() == [[0, 0], [1, 0], [0, 0]]


def test_days_that_no_calendar_holds_are_ordinary() -> None:
    table = Holidays(day_table("china"))
    assert not table.shares(number(FIRST_DAY) - 3, number(FIRST_DAY)).any()
    assert not table.shares(number(LAST_DAY), number(LAST_DAY) + 2).any()


def test_the_first_and_the_last_day_of_the_calendar_count() -> None:
    last = LAST_DAY - timedelta(days=1)  # a Thursday; the first is a Saturday
    own = Holidays(day_table("none", {FIRST_DAY: True, last: False}))
    around_first = own.shares(number(FIRST_DAY) - 1, number(FIRST_DAY) + 2)
    assert around_first.tolist() == [[0, 0], [0, 1], [0, 0]]
    around_last = own.shares(number(last) - 1, number(last) + 2)
    assert around_last.tolist() == [[0, 0], [1, 0], [0, 0]]


def test_every_weekday_is_known_for_what_it_is() -> None:
    monday = number(date(2024, 7, 1))
    week = [date(2024, 7, 1) + timedelta(days=n) for n in range(7)]
    turned = Holidays(day_table("none", {day: day.weekday() >= 5 for day in week}))
    wanted = [[1, 0]] * 5 + [[0, 1]] * 2
    assert turned.shares(monday, monday + 7).tolist() == wanted
