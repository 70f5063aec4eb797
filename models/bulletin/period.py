"""The periods of a bulletin, and those that it is compared with."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

_WEEK: Final = timedelta(days=7)
_YEAR: Final = timedelta(days=52 * 7)  # whole weeks: the same days of the week


class Span(StrEnum):
    """How long a bulletin's period is."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


class Against(StrEnum):
    """With what a period is compared."""

    BEFORE = "before"  # the day, week or month before
    LAST_WEEK = "last-week"  # of a day: the same day of the week before
    LAST_YEAR = "last-year"


@dataclass(frozen=True, kw_only=True)
class Period:
    """Whole local days, from `first` to `last`, both included."""

    span: Span
    first: date
    last: date

    @property
    def days(self) -> int:
        """Number of days."""
        return (self.last - self.first).days + 1

    @property
    def next_day(self) -> date:
        """Day after the period."""
        return self.last + timedelta(days=1)


def period_of(span: Span, day: date) -> Period:
    """Give the day, the week (Monday to Sunday) or the month that holds a day.

    Examples
    --------
    >>> week = period_of(Span.WEEKLY, date(2016, 12, 7))
    >>> week.first.isoformat(), week.last.isoformat()
    ('2016-12-05', '2016-12-11')
    """
    match span:
        case Span.DAILY:
            return Period(span=span, first=day, last=day)
        case Span.WEEKLY:
            monday = day - timedelta(days=day.weekday())
            return Period(span=span, first=monday, last=monday + timedelta(days=6))
        case Span.MONTHLY:
            length = monthrange(day.year, day.month)[1]
            return Period(span=span, first=day.replace(day=1), last=day.replace(day=length))


def compared_with(period: Period) -> dict[Against, Period]:
    """Give the periods with which one is compared.

    A week is compared with that of 52 weeks before; a day with its date of last year, 29 February
    with the 28th.

    Examples
    --------
    >>> day = period_of(Span.DAILY, date(2016, 2, 29))
    >>> [each.first.isoformat() for each in compared_with(day).values()]
    ['2016-02-28', '2016-02-22', '2015-02-28']
    """
    span, first = period.span, period.first
    before = {Against.BEFORE: period_of(span, first - timedelta(days=1))}
    match span:
        case Span.DAILY:
            before[Against.LAST_WEEK] = period_of(span, first - _WEEK)
            before[Against.LAST_YEAR] = period_of(span, _year_before(first))
        case Span.WEEKLY:
            before[Against.LAST_YEAR] = period_of(span, first - _YEAR)
        case Span.MONTHLY:
            before[Against.LAST_YEAR] = period_of(span, _year_before(first))
    return before


def _year_before(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:  # 29 February
        return day.replace(year=day.year - 1, day=28)
