"""Weeks by their number: of ISO 8601, and of the MMWR calendar of disease surveillance."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum


class WeekCalendar(StrEnum):
    """How weeks are numbered; both call the week with most days of the new year the first."""

    ISO = "ISO 8601 weeks"  # from Monday
    MMWR = "MMWR weeks"  # from Sunday


def week_start(year: int, week: int, calendar: WeekCalendar) -> date:
    """First day of a week.

    Raises
    ------
    ValueError
        The year has no such week.

    References
    ----------
    CDC, MMWR Week Fact Sheet: week 1 ends on the first Saturday with at least four days in the
    year, so it holds 4 January.

    Examples
    --------
    >>> week_start(2014, 53, WeekCalendar.MMWR).isoformat()
    '2014-12-28'
    >>> week_start(2020, 53, WeekCalendar.ISO).isoformat()
    '2020-12-28'
    """
    if calendar is WeekCalendar.ISO:
        return date.fromisocalendar(year, week, 1)
    first, following = _first_sunday(year), _first_sunday(year + 1)
    start = first + timedelta(weeks=week - 1)
    if week < 1 or start >= following:
        msg = f"{year} has no MMWR week {week}"
        raise ValueError(msg)
    return start


def calendar_of(weeks: Iterable[tuple[int, int]]) -> WeekCalendar:
    """Tell the calendar from all (year, week) of a column.

    A week 53 that only one calendar has decides; then the calendar in which the column has fewer
    holes; else ISO.
    """
    distinct = set(weeks)
    days = {calendar: _starts(distinct, calendar) for calendar in WeekCalendar}
    missing = {calendar: len(distinct) - len(starts) for calendar, starts in days.items()}
    if missing[WeekCalendar.ISO] != missing[WeekCalendar.MMWR]:
        return min(missing, key=lambda calendar: missing[calendar])
    holes = {calendar: _holes(starts) for calendar, starts in days.items()}
    is_mmwr = holes[WeekCalendar.MMWR] < holes[WeekCalendar.ISO]
    return WeekCalendar.MMWR if is_mmwr else WeekCalendar.ISO


def _first_sunday(year: int) -> date:
    fourth = date(year, 1, 4)
    return fourth - timedelta(days=fourth.isoweekday() % 7)


def _starts(weeks: set[tuple[int, int]], calendar: WeekCalendar) -> set[date]:
    starts = set()
    for year, week in weeks:
        try:
            starts.add(week_start(year, week, calendar))
        except (ValueError, OverflowError):
            continue
    return starts


def _holes(starts: set[date]) -> int:
    """Weeks between the first and the last that are not there."""
    return (max(starts) - min(starts)).days // 7 + 1 - len(starts) if starts else 0
