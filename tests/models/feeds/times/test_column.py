"""A column of times is read as one, or refused in a sentence that names the option."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from models.feeds.times.column import read_times
from models.feeds.times.plausible import NO_TIME, impossible
from models.feeds.times.stamp import UnclearTimes
from models.feeds.times.texts import Grain
from models.feeds.times.weeks import WeekCalendar

BEGIN = datetime(2024, 2, 27, 22, tzinfo=UTC)


def ms(*moments: datetime) -> list[int]:
    return [round(moment.timestamp() * 1000) for moment in moments]


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-03-01T20:00:00Z", utc(2024, 3, 1, 20)),
        ("2024-03-01T20:00:00+08:00", utc(2024, 3, 1, 12)),
        ("2024-03-01 20:00:00.123+0800", utc(2024, 3, 1, 12, 0, 0, 123_000)),
        ("2024-03-01T20:00:00-05", utc(2024, 3, 2, 1)),
        ("2024-03-01 20:00 UTC", utc(2024, 3, 1, 20)),
        ("2024-03-01T20:00+08:00[Asia/Shanghai]", utc(2024, 3, 1, 12)),
        ("Fri, 01 Mar 2024 20:00:00 +0800", utc(2024, 3, 1, 12)),
        ("Fri Mar 01 2024 20:00:00 GMT+0800 (China Standard Time)", utc(2024, 3, 1, 12)),
        ("2024年3月1日下午8:05", utc(2024, 3, 1, 20, 5)),
        ("2024年03月01日 20时", utc(2024, 3, 1, 20)),
        ("2024年3月1日20点05分", utc(2024, 3, 1, 20, 5)),
        ("2024/3/1 8:05 PM", utc(2024, 3, 1, 20, 5)),
        ("2024-03-01 12:30 AM", utc(2024, 3, 1, 0, 30)),
        ("2024-03-01 24:00", utc(2024, 3, 2)),
        ("2024.03.01 20.05.00", utc(2024, 3, 1, 20, 5)),
        ("20240301T2005", utc(2024, 3, 1, 20, 5)),
        ("2024030120", utc(2024, 3, 1, 20)),
        ("202403012005", utc(2024, 3, 1, 20, 5)),
        ("20240301240000", utc(2024, 3, 2)),
        ("20240301", utc(2024, 3, 1)),
        ("1709323200", utc(2024, 3, 1, 20)),
        ("1709323200.5", utc(2024, 3, 1, 20, 0, 0, 500_000)),
        ("1709323200000", utc(2024, 3, 1, 20)),
        ("1709323200000000", utc(2024, 3, 1, 20)),
        ("1.3.2024 20:05", utc(2024, 3, 1, 20, 5)),
        ("4 Mar 2024", utc(2024, 3, 4)),
        ("March 4, 2024 5 pm", utc(2024, 3, 4, 17)),
        ("04-Mar-24", utc(2024, 3, 4)),
        ("２０２４－０３－０１", utc(2024, 3, 1)),
        ("2024-03", utc(2024, 3, 1)),
        ("2024Q2", utc(2024, 4, 1)),
        ("2024年第二季度", utc(2024, 4, 1)),
        ("2024-W09", utc(2024, 2, 26)),
        ("2024年第9周", utc(2024, 2, 26)),
        ("2024-W09-3", utc(2024, 2, 28)),
    ],
)
def test_every_way_to_write_a_time(text: str, moment: datetime) -> None:
    assert read_times([text, f" {text} "]).ms.tolist() == ms(moment, moment)


@pytest.mark.parametrize(
    "text",
    [
        "soon",
        "2024-13-04",
        "2023-02-30",
        "2024-03-01 25:00",
        "4 Foo 2023",
        "2024-03-01 20:00 CST",
        "2024-03-01 13:00 AM",
        "2024-W60",
        "2024Q5",
        "20:15",
        "2024-03-01 10:61",
    ],
)
def test_what_is_no_time_is_unreadable_and_never_guessed(text: str) -> None:
    read = read_times(["2024-03-01 10:00", text, ""])
    assert read.ms[1:].tolist() == [NO_TIME, NO_TIME]
    assert read.unreadable.tolist() == [False, True, False]
    assert read.missing.tolist() == [False, False, True]


def test_one_day_over_twelve_settles_the_order_of_the_whole_column() -> None:
    assert read_times(["01/03/2024", "13/03/2024"]).ms.tolist() == ms(
        utc(2024, 3, 1), utc(2024, 3, 13)
    )
    assert read_times(["01/03/2024", "01/13/2024"]).ms.tolist() == ms(
        utc(2024, 1, 3), utc(2024, 1, 13)
    )
    assert read_times(["1/1/20 0:05", "1/13/20 8:43"]).ms.tolist() == ms(
        utc(2020, 1, 1, 0, 5), utc(2020, 1, 13, 8, 43)
    )


def test_an_unproven_order_is_refused_and_the_option_settles_it() -> None:
    texts = ["01/02/2024 09:00:00 AM", "01/05/2024 09:00:00 AM"]
    with pytest.raises(UnclearTimes, match=r"--time-format dmy or mdy"):
        read_times(texts)
    assert read_times(texts, form="mdy").ms[1] == ms(utc(2024, 1, 5, 9))[0]
    assert read_times(texts, form="dmy").ms[1] == ms(utc(2024, 5, 1, 9))[0]
    beside = read_times(texts, others=lambda: ["id 7", "06/30/2024 02:00:00 AM"])
    assert beside.ms[1] == ms(utc(2024, 1, 5, 9))[0]


def test_dates_of_both_orders_are_refused() -> None:
    with pytest.raises(UnclearTimes, match="only be day first and others only month first"):
        read_times(["13/03/2024", "03/13/2024"])


def test_same_numbers_need_no_order() -> None:
    assert read_times(["03/03/2024", "04/04/2024"]).ms.tolist() == ms(
        utc(2024, 3, 3), utc(2024, 4, 4)
    )


@pytest.mark.parametrize(
    ("texts", "refused"),
    [
        (["24/03/01", "24/03/02"], "dmy or ymd|dmy or mdy or ymd"),
        (["202401", "202402", "202403"], "month or week or number"),
        (["45292", "45293"], "excel or number"),
        (["2012.01", "2012.10", "2013.02"], "%Y.%m or number"),
    ],
)
def test_numbers_that_may_be_two_things_are_refused(texts: list[str], refused: str) -> None:
    with pytest.raises(UnclearTimes, match=f"--time-format ({refused})"):
        read_times(texts)


def test_six_digits_are_weeks_or_months_by_the_whole_column() -> None:
    weeks = read_times(["202051", "202052", "202053", "202101"])
    assert weeks.grain is Grain.WEEK
    assert set(np.diff(weeks.ms).tolist()) == {7 * 86_400_000}
    months = read_times([f"{year}{month:02}" for year in (2017, 2018) for month in range(1, 13)])
    assert months.grain is Grain.MONTH
    assert months.ms[12] == ms(utc(2018, 1, 1))[0]
    assert read_times(["202401", "202402"], form="month").grain is Grain.MONTH
    assert read_times(["202401", "202402"], form="number").grain is Grain.NUMBER


@pytest.mark.parametrize("pattern", ["{}/{:02}", "{}-{}", "{1:02}/{0}"])
def test_numbers_of_a_year_above_twelve_are_weeks_unless_misprints(pattern: str) -> None:
    weeks = read_times([pattern.format(2018, week) for week in range(1, 53)])
    assert (weeks.grain, int(weeks.known.sum())) == (Grain.WEEK, 52)
    assert set(np.diff(weeks.ms).tolist()) == {7 * 86_400_000}
    months = [pattern.format(2012 + k // 12, k % 12 + 1) for k in range(120)]
    read = read_times([*months, pattern.format(2015, 13)])
    assert (read.grain, np.flatnonzero(read.unreadable).tolist()) == (Grain.MONTH, [120])


def test_week_53_tells_the_calendar_of_the_weeks() -> None:
    mmwr = read_times(["2014-W52", "2014-W53", "2015-W01"])
    assert mmwr.weeks is WeekCalendar.MMWR
    assert mmwr.ms[1] == ms(utc(2014, 12, 28))[0]
    iso = read_times(["2015-W52", "2015-W53", "2016-W01"])
    assert iso.weeks is WeekCalendar.ISO
    assert iso.ms[1] == ms(utc(2015, 12, 28))[0]
    skipped = read_times(["201551", "201552", "201601"])  # no 53 in a year that has one in ISO
    assert skipped.weeks is WeekCalendar.MMWR


def test_a_pattern_reads_what_it_says_offsets_included() -> None:
    read = read_times(["2024|03|01 20:00:00.250 +0800"], form="%Y|%m|%d %H:%M:%S.%f %z")
    assert read.ms.tolist() == ms(utc(2024, 3, 1, 12, 0, 0, 250_000))
    assert read_times(["01.03.24 UTC"], form="%d.%m.%y %Z", zone="Asia/Shanghai").ms.tolist() == (
        ms(utc(2024, 3, 1))
    )
    with pytest.raises(UnclearTimes, match="no form of times"):
        read_times(["1"], form="fast")


def test_times_without_an_offset_are_of_the_zone_and_others_are_not() -> None:
    read = read_times(["2024-03-01T20:00:00", "2024-03-01T20:00:00Z"], zone="Asia/Shanghai")
    assert read.ms.tolist() == ms(utc(2024, 3, 1, 12), utc(2024, 3, 1, 20))
    assert np.diff(read.local_ms).tolist() == [8 * 3_600_000]


@pytest.mark.parametrize("step_min", [60, 10])
@pytest.mark.parametrize("is_reversed", [False, True])
def test_the_hour_that_comes_twice_is_read_by_order(step_min: int, is_reversed: bool) -> None:
    vienna = ZoneInfo("Europe/Vienna")
    begin = datetime(2021, 10, 30, 20, tzinfo=UTC)
    moments = [begin + timedelta(minutes=step_min * k) for k in range(24 * 60 // step_min)]
    if is_reversed:
        moments.reverse()
    texts = [moment.astimezone(vienna).strftime("%Y-%m-%d %H:%M") for moment in moments]
    read = read_times(texts, zone="Europe/Vienna")
    assert read.ms.tolist() == ms(*moments)
    assert "comes twice" in read.notes[0]


def test_the_hour_that_comes_twice_is_read_series_by_series() -> None:
    texts = ["2021-10-31 02:00", "2021-10-31 02:00", "2021-10-31 02:00", "2021-10-31 02:00"]
    groups = np.array([0, 1, 0, 1])
    read = read_times(texts, zone="Europe/Vienna", groups=groups)
    assert read.ms.tolist() == ms(*[utc(2021, 10, 31, 0)] * 2, *[utc(2021, 10, 31, 1)] * 2)


def test_an_hour_that_never_was_is_told() -> None:
    assert "never were" in read_times(["2021-03-28 02:30"], zone="Europe/Vienna").notes[0]


@pytest.mark.parametrize(
    "wrong",
    [
        "1970-01-01 00:00",
        "1970-03-05 00:00",
        "2106-02-07 06:28",
        "9999-12-31 00:00",
        "1900-01-01 00:00",
        "2044-03-01 00:00",
        "0001-01-01 00:00",
        "1899-12-30 00:00",
    ],
)
def test_an_impossible_time_is_set_aside(wrong: str) -> None:
    texts = [f"2024-03-{day:02} 00:00" for day in range(1, 29)]
    read = read_times([*texts, wrong])
    assert read.impossible.tolist() == [False] * 28 + [True]
    assert read.ms[-1] == NO_TIME


def test_an_epoch_of_zero_among_others_is_impossible() -> None:
    read = read_times(["1709251200", "1709254800", "0", "1709258400"])
    assert read.impossible.tolist() == [False, False, True, False]


def test_old_data_are_possible_and_a_long_gap_is_too() -> None:
    old = read_times([f"1970-01-{day:02}" for day in range(1, 20)])
    assert not old.impossible.any()
    halves = read_times([f"{year}-01-{day:02}" for year in (2005, 2020) for day in range(1, 20)])
    assert not halves.impossible.any()


def test_plain_numbers_are_counts_and_never_impossible() -> None:
    read = read_times(["0", "60", "120.5"])
    assert read.grain is Grain.NUMBER
    assert read.ms.tolist() == [0, 60_000, 120_500]


NUMBERS = st.text("0123456789.eE+-²２", min_size=1, max_size=14)


@given(st.lists(st.text(max_size=25) | NUMBERS, max_size=8))
def test_any_texts_are_read_or_refused(texts: list[str]) -> None:
    try:
        read = read_times(texts, zone="Europe/Vienna")
    except UnclearTimes as error:
        assert ("--time-format" in str(error)) == bool(error.forms)
    else:
        assert len(read.ms) == len(texts)
        assert (read.known | read.missing | read.unreadable | read.impossible).all()


@given(st.lists(NUMBERS, min_size=1, max_size=8))
@example(["1e308", "45292"])
@example(["²", "２０２４０３０１"])
def test_any_numbers_are_read_or_refused(texts: list[str]) -> None:
    try:
        assert len(read_times(texts).ms) == len(texts)
    except UnclearTimes as error:
        assert ("--time-format" in str(error)) == bool(error.forms)


@given(st.lists(st.dates(date(1950, 1, 1), date(2090, 12, 31)), min_size=1, max_size=20))
def test_iso_dates_come_back(days: list[date]) -> None:
    read = read_times([day.isoformat() for day in days])
    expected = [(day - date(1970, 1, 1)).days * 86_400_000 for day in days]
    kept = ~read.impossible
    assert read.ms[kept].tolist() == [e for e, keep in zip(expected, kept, strict=True) if keep]


@given(st.lists(st.integers(-(2**60), 2**60), max_size=50))
def test_impossible_times_are_a_judgement_on_any_column(times: list[int]) -> None:
    wrong = impossible(np.array(times, dtype=np.int64))
    assert wrong.shape == (len(times),)


@pytest.mark.parametrize(
    "spell",
    [
        "%Y-%m-%d %H:%M",
        "%Y/%m/%d %H:%M",
        "%d/%m/%Y %H:%M",
        "%m/%d/%Y %I:%M %p",
        "%Y%m%d%H%M",
        "%d.%m.%Y %H.%M",
        "%d/%m/%y %H:%M",
        "%Y年%m月%d日 %H时%M分",
        "%d-%b-%Y %H:%M",
        "%Y%m%dT%H%M",
        "%Y-%m-%dT%H:%M:00+00:00",
        "%Y-%m-%dT%H:%M:00Z",
        "%s",
    ],
)
def test_one_column_in_all_its_spellings(spell: str) -> None:
    moments = [BEGIN + timedelta(hours=k) for k in range(24 * 400)]
    if spell == "%d/%m/%y %H:%M":
        read = read_times([moment.strftime(spell) for moment in moments], form="dmy")
    else:
        read = read_times([moment.strftime(spell) for moment in moments])
    assert read.ms.tolist() == ms(*moments)
