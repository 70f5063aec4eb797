"""The working-time clock against a count minute by minute, and against days known by heart."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.timing.calendar import FIRST_DAY, LAST_DAY, DayTable, day_table, row_of
from models.timing.units import DAY_MS, MINUTE_MS
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


def test_the_table_goes_from_its_first_day_to_its_last() -> None:
    last = LAST_DAY - timedelta(days=1)
    table = day_table("none", {FIRST_DAY: True, last: True})
    clock = WorkingClock(zone_of("UTC"), table, ((600, 660),))
    first_ms, end_ms = (
        np.array([int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000])
        for day in (FIRST_DAY, LAST_DAY)
    )
    hours = Basis.WORKING_HOURS
    assert clock.working_ms_between(first_ms, first_ms + DAY_MS, hours)[0] == 3_600_000
    assert clock.working_ms_between(first_ms - DAY_MS, first_ms, hours)[0] == 0
    assert clock.working_ms_between(end_ms - DAY_MS, end_ms, hours)[0] == 3_600_000
    assert clock.working_ms_between(end_ms, end_ms + 9 * DAY_MS, hours)[0] == 0
    due = clock.deadline(end_ms - DAY_MS, np.array([60]), hours)
    assert due[0] == (end_ms - DAY_MS)[0] + 660 * MINUTE_MS


def test_only_days_within_the_table_are_official() -> None:
    clock = WorkingClock(zone_of("UTC"), day_table("none"), ((600, 660),))
    first, last = (
        np.array([int(datetime(d.year, d.month, d.day, tzinfo=UTC).timestamp()) * 1000])
        for d in (FIRST_DAY, LAST_DAY - timedelta(days=1))
    )
    assert clock.is_official(first, last).tolist() == [True]
    assert clock.is_official(first - 1, last).tolist() == [False]
    assert clock.is_official(first, last + DAY_MS - 1).tolist() == [True]
    assert clock.is_official(first, last + DAY_MS).tolist() == [False]
    both = np.r_[first, first - 1]
    assert clock.is_official(both, both[::-1]).tolist() == [False, False]


def test_a_minute_begun_counts_by_the_millisecond_and_is_told_when_it_is_full() -> None:
    start = ms("2024-03-11 09:00")
    for spent_ms, minutes in ((59_999, 0), (60_000, 1), (-59_999, 0), (-60_000, -1)):
        end = start + spent_ms
        assert CLOCK.working_ms_between(start, end, Basis.WORKING_HOURS)[0] == spent_ms
        assert CLOCK.working_minutes_between(start, end, Basis.WORKING_HOURS)[0] == minutes
        assert CLOCK.working_minutes_between(start, end, Basis.CALENDAR)[0] == minutes


@pytest.mark.parametrize("basis", Basis)
def test_urgent_and_calendar_time_run_through_a_weekend_and_working_time_stands(
    basis: Basis,
) -> None:
    urgent = WorkingClock(zone_of("Asia/Shanghai"), CHINA, SHIFTS, ((0, 360), (1200, 1440)))
    saturday, monday = ms("2024-03-16 00:00"), ms("2024-03-18 00:00")
    hours = int(urgent.working_ms_between(saturday, monday, basis)[0]) / 3_600_000
    wanted = {Basis.CALENDAR: 48, Basis.URGENT_HOURS: 20}
    assert hours == wanted.get(basis, 0)
    due = urgent.deadline(saturday, np.array([7 * 60]), basis)
    wanted_due = {
        Basis.CALENDAR: "2024-03-16 07:00",
        Basis.URGENT_HOURS: "2024-03-16 21:00",
        Basis.WORKING_DAYS: "2024-03-18 07:00",
        Basis.WORKING_HOURS: "2024-03-18 17:00",
    }
    assert due[0] == ms(wanted_due[basis])[0]


def test_urgent_work_goes_round_the_clock_unless_a_city_says_otherwise() -> None:
    saturday = ms("2024-03-16 00:00")
    assert CLOCK.deadline(saturday, np.array([600]), Basis.URGENT_HOURS)[0] == (
        saturday[0] + 600 * MINUTE_MS
    )


@pytest.mark.parametrize(
    ("shifts", "urgent"),
    [
        (((540, 540),), ((0, 1440),)),
        (((600, 540),), ((0, 1440),)),
        (((0, 1),), ((5, 5),)),
        ((), ((0, 1),)),
    ],
)
def test_both_kinds_of_shifts_must_have_a_length(
    shifts: tuple[tuple[int, int], ...], urgent: tuple[tuple[int, int], ...]
) -> None:
    with pytest.raises(ValueError, match=r"expected shifts of some length, got \["):
        WorkingClock(zone_of("Asia/Shanghai"), CHINA, shifts, urgent)
    WorkingClock(zone_of("Asia/Shanghai"), CHINA, ((0, 0), (0, 1)), ((1439, 1440),))


def held(*holds: tuple[str, str | None], minutes: int = 120, now: str = "2024-03-12 10:00") -> str:
    """Give the deadline of a case reported on a Monday at nine."""
    spans = [
        (int(ms(since)[0]), None if until is None else int(ms(until)[0])) for since, until in holds
    ]
    start, now_ms = int(ms("2024-03-11 09:00")[0]), int(ms(now)[0])
    end = CLOCK.deadline_held(start, minutes, Basis.WORKING_HOURS, spans, now_ms)
    return datetime.fromtimestamp(end / 1000, ZoneInfo("Asia/Shanghai")).strftime("%d %H:%M")


def test_holds_add_up_and_one_from_before_the_report_counts_from_the_report_on() -> None:
    assert held() == "11 11:00"
    assert held(("2024-03-11 09:30", "2024-03-11 10:00")) == "11 11:30"
    twice = (("2024-03-11 09:30", "2024-03-11 10:00"), ("2024-03-11 11:00", "2024-03-11 11:30"))
    assert held(*twice) == "11 12:00"
    assert held(("2024-03-08 09:00", "2024-03-11 10:00")) == "11 12:00"
    assert held(("2024-03-11 08:00", None), now="2024-03-11 09:15") == "11 11:15"


def test_a_hold_at_the_deadline_or_backwards_saves_nothing() -> None:
    assert held(("2024-03-11 11:00", "2024-03-11 15:00")) == "11 11:00"
    assert held(("2024-03-11 10:59", "2024-03-11 11:30")) == "11 11:31"
    assert held(("2024-03-11 10:30", "2024-03-11 10:00")) == "11 11:00"
    late_then_early = (
        ("2024-03-11 15:00", "2024-03-11 16:00"),
        ("2024-03-11 09:30", "2024-03-11 10:00"),
    )
    assert held(*late_then_early) == "11 11:00"  # in the order of the holds; the first is too late


def test_a_deadline_beyond_the_table_is_the_end_of_the_table() -> None:
    clock = WorkingClock(zone_of("UTC"), day_table("none"), SHIFTS)
    end = np.array([int(datetime(LAST_DAY.year, 1, 1, tzinfo=UTC).timestamp()) * 1000])
    for basis in (Basis.WORKING_HOURS, Basis.WORKING_DAYS, Basis.URGENT_HOURS):
        assert clock.deadline(end - DAY_MS, np.array([10**6]), basis)[0] == end[0]
        assert clock.deadline(end, np.array([10]), basis)[0] == end[0]
    assert clock.deadline(end + 5, np.array([10]), Basis.WORKING_HOURS)[0] == end[0] + 5


def test_one_millisecond_into_a_shift_is_reached_in_it() -> None:
    hours = Basis.WORKING_HOURS
    noon = ms("2024-03-11 11:59") + 1
    assert CLOCK.deadline(noon, np.array([1]), hours)[0] == ms("2024-03-11 13:30")[0] + 1
    evening = ms("2024-03-11 17:59") + 1
    assert CLOCK.deadline(evening, np.array([1]), hours)[0] == ms("2024-03-12 08:30")[0] + 1


@pytest.mark.parametrize(
    ("held_ms", "saved_ms"), [(-5, 0), (0, 0), (1, 1), (2, 2), (60_001, 60_001)]
)
def test_a_hold_saves_its_time_to_the_millisecond(held_ms: int, saved_ms: int) -> None:
    start, since = int(ms("2024-03-11 09:00")[0]), int(ms("2024-03-11 09:30")[0])
    for basis in Basis:
        holds = [(since, since + held_ms)]
        assert CLOCK.deadline_held(start, 60, basis, holds, 0) == start + 3_600_000 + saved_ms
