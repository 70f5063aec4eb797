"""Columns of plain numbers: calendar numbers (20240301), epoch times, or numbers and no more."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from enum import StrEnum
from itertools import pairwise
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
_POWER: Final = re.compile(r"([1-9])(?:\.(\d*))?[eE]\+?(\d+)")
_LONG: Final = 8  # digits from which a power of ten hides a calendar number or an epoch time
_SHORT_STAMPS: Final = {10: "%y%m%d%H%M", 12: "%y%m%d%H%M%S"}
_EPOCH_WORDS: Final = {10: "epoch-s", 12: "epoch-ms"}
_FAR_S: Final = 2_208_988_800  # 2040: no epoch time that somebody has measured
_ENOUGH: Final = 6  # numbers that show by their jumps that they are of a calendar
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
    _refuse_calendars(texts)
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
    if length in _SHORT_STAMPS and _are_short_stamps(alike, _SHORT_STAMPS[length]):
        msg = f"numbers such as {alike[0]} may have years of two digits or count from 1970"
        raise UnclearTimes(msg, (_SHORT_STAMPS[length], _EPOCH_WORDS[length]))
    return _EPOCHS.get(length, NumberForm.PLAIN)


def plain_numbers(texts: Iterable[str]) -> list[str]:
    """Write numbers without powers of ten and without a fraction that is nothing.

    Raises
    ------
    UnclearTimes
        A spreadsheet has dropped the last digits of long numbers.

    Examples
    --------
    >>> plain_numbers(["20240301.0", "2.0240302E+07", "3.5"])
    ['20240301', '20240302', '3.5']
    """
    given = list(texts)
    found = [_POWER.fullmatch(text) for text in given]
    cut = [text for text, power in zip(given, found, strict=True) if power and _is_cut(power)]
    if len(cut) > (1 - _MOSTLY) * len(given):
        msg = f"numbers such as {cut[0]} have lost their last digits; export the column as text"
        raise UnclearTimes(msg)
    return [_plain(text, power) for text, power in zip(given, found, strict=True)]


def _is_cut(power: re.Match[str]) -> bool:
    """Tell whether a long number may have had more digits than it shows."""
    return _LONG <= int(power[3]) < 20 and int(power[3]) > len(power[2] or "")


def _plain(text: str, power: re.Match[str] | None) -> str:
    if power and len(power[2] or "") <= int(power[3]) < 20:
        return power[1] + (power[2] or "").ljust(int(power[3]), "0")
    head, _, fraction = text.partition(".")
    return head if fraction and not fraction.strip("0") else text


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


def _are_short_stamps(texts: Sequence[str], form: str) -> bool:
    """Tell whether numbers as long as an epoch time all read as a stamp with a short year."""
    is_far = len(texts[0]) == 12 or int(texts[0]) > _FAR_S
    return (is_far or len(set(texts)) >= _ENOUGH) and all(_fits(text, form) for text in texts)


def _refuse_calendars(texts: Sequence[str]) -> None:
    """Refuse numbers that jump as calendars do: 11212 → 11301 are months, 20234 → 20241 quarters.

    Raises
    ------
    UnclearTimes
        What they are is not said; as plain numbers they would have gaps where none are.
    """
    numbers = sorted({int(text) for text in texts if text.isdecimal() and len(text) < 8})
    if len(numbers) < _ENOUGH or len(numbers) < len(set(texts)):
        return
    steps = {after - before for before, after in pairwise(numbers)}
    shown = [str(number) for number in numbers]
    forms: tuple[str, ...] = ()
    if 89 in steps and all(1 <= n % 100 <= 12 for n in numbers) and numbers[-1] < 100_000:
        forms = ("%y%m", "number") if numbers[-1] < 10_000 else ("number",)
    elif 7 in steps and all(19_001 <= n <= 21_004 and 1 <= n % 10 <= 4 for n in numbers):
        forms = ("number",)
    elif all(_fits(text, "%Y%j") and _SHORT_YEAR.match(text) for text in shown if len(text) == 7):
        forms = ("%Y%j", "number") if len(shown[0]) == 7 else ()
    if all(_fits(f"20{text}" if len(text) == 6 else "", "%Y%m%d") for text in shown):
        forms = ("%y%m%d", "number")
    if all(len(t) in (6, 7) and _fits(f"{int(t[:-4]) + 1911}{t[-4:]}", "%Y%m%d") for t in shown):
        forms = forms or ("number",)  # years of the Republic of China
    if forms:
        msg = f"numbers such as {shown[0]} may be of a calendar or plain numbers"
        raise UnclearTimes(msg, forms)


def _fits(text: str, form: str) -> bool:
    try:
        datetime.strptime(text, form)  # noqa: DTZ007 - only asked whether it can be read
    except ValueError:
        return False
    return True


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
