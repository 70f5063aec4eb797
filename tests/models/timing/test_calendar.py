"""Which days are worked, and of which of them anybody knows."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.timing.calendar import FIRST_DAY, LAST_DAY, day_table, row_of

NONE, CHINA = day_table("none"), day_table("china")
DAYS = st.dates(FIRST_DAY, LAST_DAY - timedelta(days=1))


@given(DAYS)
def test_without_holidays_weekdays_are_worked_and_all_is_known(day: date) -> None:
    assert NONE.is_working(day) == (day.weekday() < 5)
    assert NONE.official[row_of(day)]


@given(DAYS)
def test_an_override_decides_over_everything_and_touches_no_other_day(day: date) -> None:
    for kind, table in (("none", NONE), ("china", CHINA)):
        turned = day_table(kind, {day: not table.is_working(day)})  # type: ignore[arg-type]
        assert turned.is_working(day) != table.is_working(day)
        assert (turned.working != table.working).sum() == 1
        assert (turned.official == table.official).all()


@pytest.mark.parametrize(
    ("day", "is_worked"),
    [
        (date(2024, 9, 29), True),  # a Sunday, worked for National Day
        (date(2024, 9, 30), True),
        (date(2024, 10, 1), False),
        (date(2024, 10, 7), False),
        (date(2024, 10, 8), True),
        (date(2024, 10, 12), True),  # a Saturday
        (date(2024, 10, 13), False),
    ],
)
def test_days_of_a_known_holiday(day: date, is_worked: bool) -> None:
    assert CHINA.is_working(day) is is_worked


def test_only_years_with_published_holidays_are_official() -> None:
    known = [day for day in (date(2003, 12, 31), date(2004, 1, 1), date(2024, 12, 31))]
    assert [bool(CHINA.official[row_of(day)]) for day in known] == [False, True, True]
    assert not CHINA.official[row_of(date(2090, 1, 1)) :].any()
    years = {day.year for day in (FIRST_DAY + timedelta(days=int(n)) for n in rows_known())}
    assert sorted(years) == list(range(2004, max(years) + 1))


def rows_known() -> list[int]:
    return [int(row) for row in CHINA.official.nonzero()[0]]


def test_the_table_ends_where_it_says() -> None:
    last = LAST_DAY - timedelta(days=1)
    assert (row_of(FIRST_DAY), row_of(last)) == (0, len(NONE.working) - 1)
    for outside in (FIRST_DAY - timedelta(days=1), LAST_DAY):
        with pytest.raises(IndexError, match=str(outside)):
            row_of(outside)
        with pytest.raises(IndexError, match=str(outside)):
            CHINA.is_working(outside)
