"""The working-time clock against a count minute by minute, and against days known by heart."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.timing.calendar import FIRST_DAY, DayTable, day_table, row_of
from models.timing.units import MINUTE_MS
from models.timing.working_clock import Basis, WorkingClock
from models.timing.zone import Times, zone_of

SHIFTS = ((8 * 60 + 30, 12 * 60), (13 * 60 + 30, 18 * 60))
CHINA = day_table("china")
CLOCK = WorkingClock(zone_of("Asia/Shanghai"), CHINA, SHIFTS)
BOSTON = WorkingClock(zone_of("America/New_York"), day_table("none"), SHIFTS)


def ms(text: str, zone: str = "Asia/Shanghai") -> Times:
    local = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
    return np.array([int(local.timestamp()) * 1000])


def between(start: str, end: str, basis: Basis) -> int:
    return int(CLOCK.working_minutes_between(ms(start), ms(end), basis)[0])


def due(start: str, minutes: int, basis: Basis) -> str:
    end = int(CLOCK.deadline(ms(start), np.array([minutes]), basis)[0])
    local = datetime.fromtimestamp(end / 1000, ZoneInfo("Asia/Shanghai"))
    return local.strftime("%Y-%m-%d %H:%M:%S")


def by_the_minute(start: int, end: int, zone: str, days: DayTable, basis: Basis) -> int:
    """Count the working minutes one by one."""
    count = 0
    for at in range(start, end, MINUTE_MS):
        local = datetime.fromtimestamp(at / 1000, ZoneInfo(zone))
        minute = local.hour * 60 + local.minute
        is_shift = any(low <= minute < high for low, high in SHIFTS)
        is_worked = days.is_working(local.date())
        count += {
            Basis.CALENDAR: True,
            Basis.WORKING_HOURS: is_shift and is_worked,
            Basis.WORKING_DAYS: is_worked,
            Basis.URGENT_HOURS: True,
        }[basis]
    return count


def test_a_night_does_not_count() -> None:
    assert between("2024-03-11 17:30", "2024-03-12 09:00", Basis.WORKING_HOURS) == 60
    assert between("2024-03-11 17:30", "2024-03-12 09:00", Basis.URGENT_HOURS) == 15 * 60 + 30


def test_a_weekend_worked_for_a_holiday_counts() -> None:
    # 2024-10-12 was a Saturday worked for National Day; 2024-10-01 to 07 were free.
    assert between("2024-10-12 08:30", "2024-10-12 12:00", Basis.WORKING_HOURS) == 210
    assert between("2024-10-01 00:00", "2024-10-08 00:00", Basis.WORKING_HOURS) == 0
    assert between("2024-10-01 00:00", "2024-10-08 00:00", Basis.WORKING_DAYS) == 0


def test_a_limit_of_four_hours_goes_over_the_weekend() -> None:
    assert due("2024-03-15 16:30", 240, Basis.WORKING_HOURS) == "2024-03-18 11:00:00"


def test_a_limit_that_fills_the_day_ends_with_its_shift() -> None:
    assert due("2024-03-15 08:30", 480, Basis.WORKING_HOURS) == "2024-03-15 18:00:00"
    assert due("2024-03-15 08:30", 481, Basis.WORKING_HOURS) == "2024-03-18 08:31:00"


def test_a_limit_of_a_working_day_keeps_the_hour() -> None:
    assert due("2024-03-15 16:30", 1440, Basis.WORKING_DAYS) == "2024-03-18 16:30:00"


def test_seconds_are_kept() -> None:
    assert due("2024-03-15 10:00:42", 60, Basis.WORKING_HOURS) == "2024-03-15 11:00:42"


def test_a_limit_set_at_night_begins_in_the_morning() -> None:
    assert due("2024-03-14 23:10:30", 30, Basis.WORKING_HOURS) == "2024-03-15 09:00:00"


def test_no_limit_is_the_start_itself() -> None:
    start = ms("2024-03-16 12:00")  # a Saturday
    for basis in Basis:
        assert CLOCK.deadline(start, np.array([0]), basis)[0] == start[0]
        assert CLOCK.deadline(start, np.array([-5]), basis)[0] == start[0]


def test_an_end_before_the_start_is_negative() -> None:
    assert between("2024-03-12 10:00", "2024-03-12 09:00", Basis.WORKING_HOURS) == -60


def test_a_hold_moves_the_deadline_by_its_working_time() -> None:
    start, hold = int(ms("2024-03-11 09:00")[0]), (int(ms("2024-03-11 11:00")[0]),)
    holds = [(*hold, int(ms("2024-03-11 14:30")[0]))]  # two working hours
    end = CLOCK.deadline_held(start, 240, Basis.WORKING_HOURS, holds, 0)
    assert end == int(ms("2024-03-11 16:30")[0])


def test_an_open_hold_lasts_to_now_and_a_late_one_saves_nothing() -> None:
    start = int(ms("2024-03-11 09:00")[0])
    held, now = int(ms("2024-03-11 10:00")[0]), int(ms("2024-03-12 10:00")[0])
    assert CLOCK.deadline_held(start, 120, Basis.WORKING_HOURS, [(held, None)], now) == int(
        ms("2024-03-12 11:00")[0]
    )
    late = int(ms("2024-03-11 15:00")[0])
    assert CLOCK.deadline_held(start, 120, Basis.WORKING_HOURS, [(late, None)], now) == int(
        ms("2024-03-11 11:00")[0]
    )


def test_years_without_published_holidays_have_weekends_and_say_so() -> None:
    assert CHINA.is_working(date(2090, 10, 2))  # a Monday
    assert not CHINA.is_working(date(2090, 10, 1))  # a Sunday
    far, near = ms("2090-10-02 10:00"), ms("2024-10-02 10:00")
    assert not CLOCK.is_official(far, far)[0]
    assert not CLOCK.is_official(near, far)[0]
    assert CLOCK.is_official(near, near)[0]


def test_times_outside_the_table_neither_raise_nor_count() -> None:
    old = np.array([-(2**45)])
    assert CLOCK.working_minutes_between(old, old + MINUTE_MS, Basis.WORKING_HOURS)[0] == 0
    assert not CLOCK.is_official(old, old)[0]


def test_the_city_decides_over_the_calendar() -> None:
    table = day_table("china", {date(2024, 10, 1): True, date(2024, 10, 14): False})
    assert table.is_working(date(2024, 10, 1))
    assert not table.is_working(date(2024, 10, 14))


def test_days_outside_the_table_are_refused() -> None:
    with pytest.raises(IndexError, match="outside"):
        row_of(FIRST_DAY - timedelta(days=1))


def test_shifts_without_length_are_refused() -> None:
    with pytest.raises(ValueError, match="shifts of some length"):
        WorkingClock(zone_of("Asia/Shanghai"), CHINA, ((540, 540),))


def test_the_clock_change_of_summer_time() -> None:
    # 2024-03-10 02:00 was set forward to 03:00: the calendar day has 23 hours.
    start, end = (
        ms("2024-03-10 00:00", "America/New_York"),
        ms("2024-03-11 00:00", "America/New_York"),
    )
    assert BOSTON.working_minutes_between(start, end, Basis.CALENDAR)[0] == 23 * 60
    week = BOSTON.deadline(
        ms("2024-03-08 09:00", "America/New_York"), np.array([480]), Basis.WORKING_HOURS
    )
    assert week[0] == ms("2024-03-11 09:00", "America/New_York")[0]


INSTANTS = st.integers(
    ms("2019-01-01 00:00")[0] // MINUTE_MS, ms("2025-12-01 00:00")[0] // MINUTE_MS
)


@settings(max_examples=60, deadline=None)
@given(INSTANTS, st.integers(0, 12 * 1440), st.sampled_from(Basis))
def test_equals_a_count_minute_by_minute(start: int, length: int, basis: Basis) -> None:
    begin, end = start * MINUTE_MS, (start + length) * MINUTE_MS
    counted = by_the_minute(begin, end, "Asia/Shanghai", CHINA, basis)
    assert CLOCK.working_minutes_between(np.array([begin]), np.array([end]), basis)[0] == counted


@settings(max_examples=25, deadline=None)
@given(INSTANTS, st.integers(0, 8 * 1440))
def test_equals_a_count_in_a_zone_with_summer_time(start: int, length: int) -> None:
    begin, end = start * MINUTE_MS, (start + length) * MINUTE_MS
    days = day_table("none")
    counted = by_the_minute(begin, end, "America/New_York", days, Basis.WORKING_HOURS)
    spent = BOSTON.working_minutes_between(np.array([begin]), np.array([end]), Basis.WORKING_HOURS)
    assert spent[0] == counted


@given(
    st.integers(ms("2005-01-01 00:00")[0], ms("2030-01-01 00:00")[0]),
    st.integers(1, 50_000),
    st.sampled_from(Basis),
)
def test_deadline_is_the_earliest_instant_with_so_much_work(
    start: int, minutes: int, basis: Basis
) -> None:
    begin = np.array([start])
    end = CLOCK.deadline(begin, np.array([minutes]), basis)
    assert CLOCK.working_ms_between(begin, end, basis)[0] == minutes * MINUTE_MS
    assert CLOCK.working_ms_between(begin, end - 1, basis)[0] == minutes * MINUTE_MS - 1


def test_many_at_once_equal_one_by_one() -> None:
    rng = np.random.default_rng(1)
    start = rng.integers(ms("2015-01-01 00:00")[0], ms("2026-01-01 00:00")[0], 500)
    minutes = rng.integers(0, 10_000, 500)
    together = CLOCK.deadline(start, minutes, Basis.WORKING_HOURS)
    for at in range(0, 500, 50):
        one = CLOCK.deadline(start[at : at + 1], minutes[at : at + 1], Basis.WORKING_HOURS)
        assert together[at] == one[0]
