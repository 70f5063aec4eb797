"""Columns of plain numbers: calendar numbers (20240301), epoch times, or numbers and no more."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from models.feeds.times.stamp import UnclearTimes

_MOSTLY: Final = 0.98  # share of a column that must fit a form
_SHORT_YEAR: Final = re.compile(r"(?:19|20)\d\d")
_POINTED_MONTH: Final = re.compile(r"(?:19|20)\d\d\.(?:0[1-9]|1[0-2])")
_EXCEL_DAYS: Final = range(36_526, 54_788)  # 2000 to 2049


class NumberForm(StrEnum):
    """What the plain numbers of a column are."""

    STAMP = "calendar numbers such as 20240301 or 2024030105"
    MONTH = "months such as 202403"
    WEEK = "weeks such as 202409"
    EPOCH_S = "epoch seconds"
    EPOCH_MS = "epoch milliseconds"
    EPOCH_US = "epoch microseconds"
    EPOCH_NS = "epoch nanoseconds"
    EXCEL = "days of a spreadsheet"
    PLAIN = "plain numbers"


EPOCH_MS_PER_UNIT: Final = {
    NumberForm.EPOCH_S: 1000.0,
    NumberForm.EPOCH_MS: 1.0,
    NumberForm.EPOCH_US: 1e-3,
    NumberForm.EPOCH_NS: 1e-6,
}
_EPOCHS: Final = {
    9: NumberForm.EPOCH_S,
    10: NumberForm.EPOCH_S,
    12: NumberForm.EPOCH_MS,
    13: NumberForm.EPOCH_MS,
    15: NumberForm.EPOCH_US,
    16: NumberForm.EPOCH_US,
    18: NumberForm.EPOCH_NS,
    19: NumberForm.EPOCH_NS,
}
_STAMP_FORMATS: Final = {8: "%Y%m%d", 10: "%Y%m%d%H", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}


def number_form(texts: Sequence[str]) -> NumberForm:
    """Tell what the distinct plain numbers of a column are, from all of them together.

    Raises
    ------
    UnclearTimes
        They may be two things, and nothing in the column decides.

    Examples
    --------
    >>> number_form(["2024030104", "2024030105"]).name
    'STAMP'
    >>> number_form(["1709251200", "1709254800"]).name
    'EPOCH_S'
    """
    if _mostly(texts, lambda text: _POINTED_MONTH.fullmatch(text) is not None):
        msg = f"numbers such as {texts[0]} may be years and months or plain numbers"
        raise UnclearTimes(msg, ("%Y.%m", "number"))
    whole = [text.split(".")[0] for text in texts]
    length, _ = Counter(len(text) for text in whole).most_common(1)[0]
    alike = [text for text in whole if len(text) == length and text.isdecimal()]
    if not alike:
        return NumberForm.PLAIN
    if length in _STAMP_FORMATS and "." not in "".join(texts) and _mostly(alike, is_stamp):
        return NumberForm.STAMP
    if length == 6 and _mostly(alike, _is_numbered):
        return _month_or_week(alike)
    if length == 5 and _mostly(alike, lambda text: int(text) in _EXCEL_DAYS):
        msg = f"numbers such as {alike[0]} may be days of a spreadsheet or plain numbers"
        raise UnclearTimes(msg, ("excel", "number"))
    return _EPOCHS.get(length, NumberForm.PLAIN)


def is_stamp(text: str) -> bool:
    """Tell whether a number reads as year, month, day and perhaps a clock."""
    try:
        return stamp_time(text) is not None
    except ValueError:
        return False


def stamp_time(text: str) -> datetime:
    """Time of a calendar number; hour 24 is the next day's 00.

    Raises
    ------
    ValueError
        It is not a date and time in digits.
    """
    if not text.isdigit() or not _SHORT_YEAR.match(text) or len(text) not in _STAMP_FORMATS:
        raise ValueError(text)
    if len(text) > 8 and text[8:10] == "24" and not text[10:].strip("0"):
        midnight = datetime.strptime(text[:8], "%Y%m%d").toordinal() + 1  # noqa: DTZ007 - no zone
        return datetime.combine(date.fromordinal(midnight), datetime.min.time())
    return datetime.strptime(text, _STAMP_FORMATS[len(text)])  # noqa: DTZ007 - a wall clock


def _is_numbered(text: str) -> bool:
    """Tell whether a number reads as a year and a month or week."""
    return bool(_SHORT_YEAR.match(text)) and 1 <= int(text[4:]) <= 53


def _month_or_week(texts: Sequence[str]) -> NumberForm:
    """Read them as weeks if one is above 12, as months if six or more of two years are not."""
    numbers = [int(text[4:]) for text in texts if _is_numbered(text)]
    if max(numbers) > 12:
        return NumberForm.WEEK
    years = {text[:4] for text in texts}
    if len(years) > 1 and len(set(texts)) >= 6:
        return NumberForm.MONTH
    msg = f"numbers such as {texts[0]} may be months or weeks"
    raise UnclearTimes(msg, ("month", "week", "number"))


def _mostly(texts: Sequence[str], fits: Callable[[str], bool]) -> bool:
    return sum(fits(text) for text in texts) >= _MOSTLY * len(texts)
