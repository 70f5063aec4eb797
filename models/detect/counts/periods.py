"""Periods of a count series: integers, ISO dates or ISO weeks, on one evenly spaced axis."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

_WEEK = re.compile(r"(\d{4})-?W(\d{1,2})(?:-?([1-7]))?")
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_DAYS_A_YEAR = 365.25
_EPOCH = date(1970, 1, 1).toordinal()

_Reader = Callable[[str], int]


class BadPeriod(ValueError):
    """A text is no period, or the periods do not fit on one axis."""


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
    weekday : int or None
        Day of the week of the first period (Monday 0) where periods are days.
    first : int or None
        Day since 1970 on which the first period begins, where periods are days or weeks.
    days : int
        Days in a period; 0 for integers and months.
    """

    index: NDArray[np.int64]
    length: int
    season: float
    weekday: int | None
    first: int | None = None
    days: int = 0


def axis_of(texts: Sequence[str]) -> Axis:
    """Place periods on their axis.

    Raises
    ------
    BadPeriod
        Naming the row (from 1) and the text.

    Examples
    --------
    >>> axis_of(["2024-W52", "2025-W01", "2025-W03"]).index.tolist()
    [0, 1, 3]
    >>> axis_of(["2024-02-28", "2024-02-29"]).weekday
    2
    """
    if not texts:
        msg = "there are no periods"
        raise BadPeriod(msg)
    kind, values = _parse(texts)
    first = int(values.min())
    steps = values - first
    step = int(np.gcd.reduce(steps)) or 1
    if kind == "integer":
        step = 1
    index = steps // step
    season = {"integer": np.nan, "month": 12 / step, "day": _DAYS_A_YEAR / step}[kind]
    weekday = (first - 1) % 7 if kind == "day" and step == 1 else None
    length = int(index.max()) + 1
    if kind != "day":
        return Axis(index=index, length=length, season=season, weekday=None)
    return Axis(
        index=index,
        length=length,
        season=season,
        weekday=weekday,
        first=first - _EPOCH,
        days=step,
    )


def _parse(texts: Sequence[str]) -> tuple[str, NDArray[np.int64]]:
    """Read all texts as one kind: integers, months, or days (weeks are their Mondays)."""
    for kind, read in _KINDS:
        try:
            read(texts[0].strip())
        except ValueError:
            continue
        values = _read_all(texts, kind, read)
        return _first_of_month(values) if kind == "day" else (kind, values)
    msg = f"row 1: {texts[0]!r} is no period; expected an integer, 2024-03-01, 2024-W09 or 2024-03"
    raise BadPeriod(msg)


def _first_of_month(days: NDArray[np.int64]) -> tuple[str, NDArray[np.int64]]:
    """Take days that are all the first of a month for months: their lengths differ."""
    distinct, at = np.unique(days, return_inverse=True)
    dates = [date.fromordinal(day) for day in distinct.tolist()]
    if len(dates) < 2 or any(day.day != 1 for day in dates):
        return "day", days
    months = np.array([day.year * 12 + day.month - 1 for day in dates], dtype=np.int64)
    return "month", months[at]


def _read_all(texts: Sequence[str], kind: str, read: _Reader) -> NDArray[np.int64]:
    values = np.empty(len(texts), dtype=np.int64)
    for row, text in enumerate(texts):
        try:
            values[row] = read(text.strip())
        except ValueError:
            msg = f"row {row + 1}: {text!r} is no {kind} like the periods above it"
            raise BadPeriod(msg) from None
    return values


def _month(text: str) -> int:
    found = _MONTH.fullmatch(text)
    if not found or not 1 <= int(found[2]) <= 12:
        raise ValueError
    return int(found[1]) * 12 + int(found[2]) - 1


def _day(text: str) -> int:
    found = _WEEK.fullmatch(text)
    if found:
        return date.fromisocalendar(int(found[1]), int(found[2]), int(found[3] or 1)).toordinal()
    return date.fromisoformat(text[:10]).toordinal()


_KINDS: tuple[tuple[str, _Reader], ...] = (("integer", int), ("month", _month), ("day", _day))
