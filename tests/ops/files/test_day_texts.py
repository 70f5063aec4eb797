"""Dates as files write them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.files.day_texts import EPOCH, NO_DAY, days_of

MARCH = date(2023, 3, 4).toordinal() - EPOCH


@pytest.mark.parametrize(
    "text",
    [
        "2023-03-04",
        "2023-03-04T23:59:00.000",
        "2023/3/4 07:00",
        "2023.03.04",
        "2023年3月4日",
        "20230304",
        "20230304 0759",
        "03/04/2023 11:59:00 PM",
        "4.3.2023",
        "4 Mar 2023",
        "04-Mar-2023 10:00",
        "March 4, 2023",
        " 2023-03-04 ",
        "1677888000",
        "1677888000000",
        str(MARCH),
    ],
)
def test_ways_to_write_a_day(text: str) -> None:
    assert days_of([text], "Asia/Shanghai").tolist() == [MARCH]


def test_the_column_tells_which_number_is_the_day() -> None:
    assert days_of(["04/03/2023", "25/03/2023"], "UTC").tolist() == [MARCH, MARCH + 21]
    assert days_of(["03/04/2023", "03/25/2023"], "UTC").tolist() == [MARCH, MARCH + 21]


def test_an_instant_falls_on_the_day_of_the_city() -> None:
    late = ["1677945600"]  # 2023-03-04 16:00 UTC
    assert days_of(late, "UTC").tolist() == [MARCH]
    assert days_of(late, "Asia/Shanghai").tolist() == [MARCH + 1]


@pytest.mark.parametrize("text", ["", "soon", "2023-13-04", "2023-02-30", "4 Foo 2023", "-5"])
def test_what_is_no_day(text: str) -> None:
    assert days_of([text], "UTC").tolist() == [NO_DAY]


@given(st.lists(st.text(max_size=20), max_size=5))
def test_any_text_is_read_or_refused(texts: list[str]) -> None:
    assert len(days_of(texts, "UTC")) == len(texts)


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)))
def test_iso_dates_come_back(day: date) -> None:
    assert days_of([day.isoformat()], "UTC").tolist() == [day.toordinal() - EPOCH]
