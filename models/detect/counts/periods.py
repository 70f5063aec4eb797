"""Periods of a count series on one evenly spaced axis: integers, hours, days, weeks, months."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.feeds.times.column import TimeColumn
from models.feeds.times.texts import Grain
from models.timing.units import DAY_MS, HOUR_MS
from models.timing.zone import zone_of

Ints = NDArray[np.int64]

DAYS_A_YEAR: Final = 365.25
_EPOCH: Final = date(1970, 1, 1).toordinal()
_FEW_MONTHS: Final = 6  # in a row, with one day each: the days stand for them
_LONGEST: Final = 5_000_000  # periods of an axis: more is a misprint, whatever the file


class BadPeriod(ValueError):
    """The periods do not fit on one axis."""


@dataclass(frozen=True, kw_only=True)
class Axis:
    """Evenly spaced periods.

    Attributes
    ----------
    index : ndarray, shape (rows,), int64
        Place of each given period, from 0.
    length : int
        Periods from the first to the last.
    season : float
        Periods in a year as far as the periods tell; NaN for integers.
    weekday : ndarray, shape (length,), int64, or None
        Day of the week (Monday 0) of each period that is a day or a part of one.
    hour : ndarray, shape (length,), int64, or None
        Hour of the day of each period that is a part of a day.
    first : int or None
        Day since 1970 on which the first period begins, where periods are days or weeks.
    days : int
        Days in a period; 0 for integers, months and parts of days.
    unit : str
        What a period is, for people.
    """

    index: Ints
    length: int
    season: float
    unit: str
    weekday: Ints | None = None
    hour: Ints | None = None
    first: int | None = None
    days: int = 0


def axis_of(times: TimeColumn, zone: str | None = None) -> Axis:
    """Place periods on their axis.

    Days of which each month has one at most, always the same, always the last, or in every month of
    half a year and more, are months. Times are parts of days as long as the greatest step that fits
    all of them.

    Parameters
    ----------
    times : TimeColumn
        Every row with a time; see `models.feeds.times.column.read_times`.
    zone : str, optional
        That the times were read with.

    Raises
    ------
    BadPeriod
        There are none, a plain number is not whole, or they span too many steps.
    """
    if not times.ms.size:
        msg = "there are no periods"
        raise BadPeriod(msg)
    if times.grain is Grain.NUMBER:
        return _integers(times.ms)
    days = times.local_ms // DAY_MS
    if (times.local_ms % DAY_MS).any():
        return _clocks(times, zone)
    if times.grain in (Grain.MONTH, Grain.QUARTER) or _are_months(days):
        return _months(days)
    return _days(days)


def _integers(ms: Ints) -> Axis:
    if (ms % 1000).any():
        msg = "periods that are plain numbers should be whole"
        raise BadPeriod(msg)
    index = _index(ms // 1000, 1)
    return Axis(index=index, length=int(index.max()) + 1, season=np.nan, unit="integers")


def _months(days: Ints) -> Axis:
    months = _month_of(days)
    step = _step(months)
    index = _index(months, step)
    unit = {1: "months", 3: "quarters", 12: "years"}.get(step, f"{step} months")
    return Axis(index=index, length=int(index.max()) + 1, season=12 / step, unit=unit)


def _days(days: Ints) -> Axis:
    step = _step(days)
    index = _index(days, step)
    length, first = int(index.max()) + 1, int(days.min())
    return Axis(
        index=index,
        length=length,
        season=DAYS_A_YEAR / step,
        unit={1: "days", 7: "weeks"}.get(step, f"{step} days"),
        weekday=(first + 3 + np.arange(length)) % 7 if step == 1 else None,
        first=first,
        days=step,
    )


def _clocks(times: TimeColumn, zone: str | None) -> Axis:
    """Hours and other parts of a day; even in instants, so that no change of clocks shifts them."""
    step = _step(times.ms)
    index = _index(times.ms, step)
    length = int(index.max()) + 1
    shift = int(times.local_ms[0] - times.ms[0])
    instants = int(times.ms.min()) + step * np.arange(length)
    local = zone_of(zone).local(instants) if zone else instants + shift
    return Axis(
        index=index,
        length=length,
        season=DAYS_A_YEAR * DAY_MS / step,
        unit="hours" if step == HOUR_MS else f"{step / 60_000:g} minutes",
        weekday=(local // DAY_MS + 3) % 7,
        hour=local // HOUR_MS % 24,
    )


def _are_months(days: Ints) -> bool:
    """Tell whether days stand for their months: the lengths of months differ."""
    distinct = [date.fromordinal(day + _EPOCH) for day in np.unique(days).tolist()]
    if len({(day.year, day.month) for day in distinct}) < max(len(distinct), 2):
        return False
    is_last = all(day.day == monthrange(day.year, day.month)[1] for day in distinct)
    first, last = distinct[0], distinct[-1]
    span = 12 * (last.year - first.year) + last.month - first.month + 1
    has_every = len(distinct) >= _FEW_MONTHS and len(distinct) == span  # as last working days do
    return is_last or has_every or len({day.day for day in distinct}) == 1


def _month_of(days: Ints) -> Ints:
    months: Ints = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return months


def _step(values: Ints) -> int:
    return int(np.gcd.reduce(values - values.min())) or 1


def _index(values: Ints, step: int) -> Ints:
    index: Ints = (values - values.min()) // step
    if int(index.max()) > _LONGEST:
        msg = f"the periods span {int(index.max()) + 1} steps; is one of them a misprint?"
        raise BadPeriod(msg)
    return index
