"""One text → the numbers that stand in it. What they mean, the column decides (`column`)."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple

from models.feeds.tidy import seen
from models.timing.units import HOUR_MS

_MONTHS: Final = (
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
)
_QUARTERS: Final = {"一": 1, "二": 2, "三": 3, "四": 4}
_FARTHEST_MS: Final = 14 * HOUR_MS  # Kiribati
PIVOT: Final = 69  # two-digit years from here on are of the 20th century, as in POSIX


class Shape(StrEnum):
    """Make of a text."""

    DATE = "date"  # year, month and day are known
    YEAR_LAST = "year last"  # two numbers, then a year of four digits
    TWO_DIGIT = "two-digit year"  # three numbers of one or two digits
    MONTH = "month"
    QUARTER = "quarter"
    WEEK = "week"
    NUMBER = "number"


class Stamp(NamedTuple):
    """Numbers of a text.

    Attributes
    ----------
    shape : Shape
    first, second, third : int
        Of a date year, month and day; of the other dates in the order of the text; of a month,
        quarter or week the year and its number.
    clock_ms : int
        Milliseconds since midnight, -1 without a clock; `DAY_MS` is hour 24.
    offset_ms : int or None
        Local time less UTC, where the text has it.
    sign : str
        Between the numbers of a date.
    """

    shape: Shape
    first: int = 0
    second: int = 0
    third: int = 0
    clock_ms: int = -1
    offset_ms: int | None = None
    sign: str = ""


_NUMBER: Final = re.compile(r"[-+]?\d+(\.\d*)?([eE][-+]?\d+)?")
_WEEKDAY: Final = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+)?"
_YEAR_FIRST: Final = re.compile(
    r"(\d{4})\s*([-/.年])\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?!\d)(?:\s*[日号])?"
)
_COMPACT: Final = re.compile(r"(\d{4})(\d\d)(\d\d)(?=[T\s_]\s*\d)")
_YEAR_LAST: Final = re.compile(r"(\d{1,2})\s?([-/.])\s?(\d{1,2})\s?\2\s?(\d{4}|\d\d)(?!\d)")
_NAMED: Final = re.compile(
    _WEEKDAY + r"(\d{1,2})(?:st|nd|rd|th)?[ -]([a-z]{3,9})\.?,?[ -](\d{4}|\d\d)(?!\d)",
    re.IGNORECASE,
)
_NAMED_FIRST: Final = re.compile(
    _WEEKDAY + r"([a-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})(?!\d)", re.IGNORECASE
)
_NAMED_MIDDLE: Final = re.compile(r"(\d{4})[ -]([a-z]{3,9})[ -](\d{1,2})(?!\d)", re.IGNORECASE)
_YEAR_MONTH: Final = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*月?")
_MONTH_YEAR: Final = re.compile(r"(\d{1,2})\s*[-/.]\s*(\d{4})")
_NAMED_MONTH: Final = re.compile(r"([a-z]{3,9})\.?,?[ -](\d{4})", re.IGNORECASE)
_QUARTER: Final = re.compile(
    r"(\d{4})\s*[-/年]?\s*(?:q([1-4])|第?\s*([1-4一二三四])\s*季度?)", re.IGNORECASE
)
_QUARTER_FIRST: Final = re.compile(r"q([1-4])\s*[-/]?\s*(\d{4})", re.IGNORECASE)
_WEEK: Final = re.compile(r"(\d{4})\s*-?\s*w(\d{1,2})(?:-?([1-7]))?", re.IGNORECASE)
_WEEK_ZH: Final = re.compile(r"(\d{4})\s*年?\s*第\s*(\d{1,2})\s*[周週]")

_PERIODS: Final = (  # shape, pattern, group of the year, groups of the number
    (Shape.QUARTER, _QUARTER, 1, (2, 3)),
    (Shape.QUARTER, _QUARTER_FIRST, 2, (1,)),
    (Shape.WEEK, _WEEK, 1, (2,)),
    (Shape.WEEK, _WEEK_ZH, 1, (2,)),
    (Shape.MONTH, _YEAR_MONTH, 1, (2,)),
    (Shape.MONTH, _MONTH_YEAR, 2, (1,)),
    (Shape.MONTH, _NAMED_MONTH, 2, (1,)),
)

_INTERVAL: Final = re.compile(r"(\d{4}-\d\d-\d\dT[^/]+)/(?:\d{4}-\d\d-\d\dT[^/]+|P[\dDHMSTWY.]+)")
_WEEKDAY_ZH: Final = re.compile(r"\s*\(?(?:星期|周|週)[一二三四五六日天]\)?\s*")

_HALF: Final = r"(am|pm|[ap]\. ?m\.|上午|下午)"
_CLOCK: Final = re.compile(
    rf"(?:\s+(?:at|um|-)\s+|[T\s,_]+|(?=[上下]午)|(?<=[日号])){_HALF}?\s*"
    r"(\d{1,2})(?:[:.h时点時]\s*(\d{1,2}))?(?:[:.分]\s*(\d{1,2})(?:[.,](\d{1,9}))?)?"
    r"\s*(?:[时点時分秒]|uhr)?"
    rf"\s*{_HALF}?",
    re.IGNORECASE,
)
_CLOCK_COMPACT: Final = re.compile(r"[T\s_]+(\d\d)(\d\d)(\d\d)?(?:[.,](\d{1,9}))?(?!\d)")
_ZONE: Final = re.compile(
    r"\s*(?:z|(?:utc|gmt)?\s*([-+])(\d{1,2})(?::?(\d\d))?|utc|gmt)\s*(?:\([^)]*\)|\[[^]]*\])?",
    re.IGNORECASE,
)


def parse(text: str) -> Stamp | None:
    """Take a text apart; None where it is no time.

    Examples
    --------
    >>> parse("2024-03-01T20:00:00+08:00")[1:6]
    (2024, 3, 1, 72000000, 28800000)
    >>> parse("01/02/2024 09:00:00 AM").shape.value
    'year last'
    >>> parse("2019年01月01日 00时")[1:5]
    (2019, 1, 1, 0)
    >>> parse("soon") is None
    True
    """
    plain = text.strip() if text.isascii() else _plain(text)
    if interval := _INTERVAL.fullmatch(plain):  # of ISO 8601: it is named by its beginning
        plain = interval[1]
    if _NUMBER.fullmatch(plain):
        return Stamp(Shape.NUMBER)
    found = _date(plain)
    if found is None:
        return _period(plain)
    stamp, end = found
    return _with_clock(stamp, plain, end) if end < len(plain) else stamp


def _plain(text: str) -> str:
    """Write digits and signs of any width as those of ASCII, without the day of the week."""
    return _WEEKDAY_ZH.sub(" ", unicodedata.normalize("NFKC", seen(text))).strip()


def century(year: int) -> int:
    """Whole year of two digits."""
    return year + (1900 if year >= PIVOT else 2000)


def _date(text: str) -> tuple[Stamp, int] | None:
    """Read the date at the beginning; also where it ends."""
    if found := _YEAR_FIRST.match(text):
        year, sign, month, day = found.groups()
        return Stamp(Shape.DATE, int(year), int(month), int(day), sign=sign), found.end()
    if found := _COMPACT.match(text):
        year, month, day = found.groups()
        return Stamp(Shape.DATE, int(year), int(month), int(day)), found.end()
    if found := _YEAR_LAST.match(text):
        first, sign, second, year = found.groups()
        shape = Shape.YEAR_LAST if len(year) == 4 else Shape.TWO_DIGIT
        return Stamp(shape, int(first), int(second), int(year), sign=sign), found.end()
    return _named_date(text)


def _named_date(text: str) -> tuple[Stamp, int] | None:
    for pattern, (year, month, day) in (
        (_NAMED, (3, 2, 1)),
        (_NAMED_FIRST, (3, 1, 2)),
        (_NAMED_MIDDLE, (1, 2, 3)),
    ):
        if (found := pattern.match(text)) and (number := _month(found[month])):
            whole = int(found[year]) if len(found[year]) == 4 else century(int(found[year]))
            return Stamp(Shape.DATE, whole, number, int(found[day])), found.end()
    return None


def _period(text: str) -> Stamp | None:
    """Read a month, quarter or week."""
    for shape, pattern, year, part in _PERIODS:
        if found := pattern.fullmatch(text):
            number = _part(next(filter(None, found.group(*part, 0))))
            if number:
                return _period_stamp(shape, int(found[year]), number, found)
    return None


def _period_stamp(shape: Shape, year: int, number: int, found: re.Match[str]) -> Stamp | None:
    """Make the stamp; a week with its weekday is a day."""
    if found.re is not _WEEK or not found[3]:
        return Stamp(shape, year, number)
    try:
        day = date.fromisocalendar(year, number, int(found[3]))
    except ValueError:
        return None
    return Stamp(Shape.DATE, day.year, day.month, day.day)


def _part(text: str) -> int | None:
    """Read the number of a period: digits, a Chinese numeral or the name of a month."""
    return int(text) if text.isdigit() else _QUARTERS.get(text) or _month(text)


def _month(name: str) -> int | None:
    """Give the number of a month by its name or the first three letters of it."""
    short = name[:3].lower()
    return _MONTHS.index(short) + 1 if short in _MONTHS else None


def _with_clock(stamp: Stamp, text: str, at: int) -> Stamp | None:
    """Read the clock and the offset that follow a date; None where they cannot be read."""
    clock = None
    if found := _CLOCK_COMPACT.match(text, at):
        clock, at = _clock_ms(*found.groups(), half=None), found.end()
    elif found := _CLOCK.match(text, at):
        half, hour, minute, second, fraction, after = found.groups()
        clock, at = _clock_ms(hour, minute, second, fraction, half=half or after), found.end()
    if clock is None:
        return None
    offset_ms = None
    if at < len(text):
        zone = _ZONE.fullmatch(text, at)
        offset_ms = None if zone is None else _offset_ms(zone)
        if offset_ms is None:
            return None
    return stamp._replace(clock_ms=clock, offset_ms=offset_ms)


def _clock_ms(
    hour: str, minute: str | None, second: str | None, fraction: str | None, *, half: str | None
) -> int | None:
    """Milliseconds since midnight; None where no clock shows that."""
    h, m, s = int(hour), int(minute or 0), int(second or 0)
    if half is not None:
        is_after = half[0] in "pP下"
        if h > 12 and not is_after:
            return None
        h = h if h > 12 else h % 12 + 12 * is_after
    if m > 59 or s > 60 or h > 24 or (h == 24 and (m or s)):
        return None
    return h * HOUR_MS + m * 60_000 + s * 1000 + int((fraction or "0")[:3].ljust(3, "0"))


def _offset_ms(zone: re.Match[str]) -> int | None:
    """Local time less UTC; None where no clock on earth is so far from it."""
    sign, hours, minutes = zone.groups()
    if sign is None:
        return 0
    size = int(hours) * HOUR_MS + int(minutes or 0) * 60_000
    if size > _FARTHEST_MS or int(minutes or 0) > 59:
        return None
    return -size if sign == "-" else size


class UnclearTimes(ValueError):
    """A column may mean two things and nothing in it decides; `str()` says which and what helps.

    Attributes
    ----------
    what : str
        What may be two things, or cannot be read at all.
    forms : tuple of str
        Values of `--time-format` of which one settles it; none where the file has to be mended.
    """

    def __init__(self, what: str, forms: tuple[str, ...] = ()) -> None:
        helps = f"; say which with --time-format {' or '.join(forms)}" if forms else ""
        super().__init__(f"{what}{helps}")
        self.what = what
        self.forms = forms
