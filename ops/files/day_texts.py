"""Local days from the dates and times that files have, however they are written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

NO_DAY: Final = int(np.iinfo(np.int64).min)
EPOCH: Final = date(1970, 1, 1).toordinal()
_YEAR_FIRST: Final = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?!\d)")
_COMPACT: Final = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)(?:\D.*)?")
_YEAR_LAST: Final = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?!\d)")
_NAMED: Final = re.compile(r"(\d{1,2})[ -]([A-Za-z]{3})[a-z]*\.?[ -](\d{4})(?!\d)")
_NAMED_FIRST: Final = re.compile(r"([A-Za-z]{3})[a-z]*\.? (\d{1,2}),? (\d{4})(?!\d)")
_SECONDS: Final = re.compile(r"\d{9,10}(\.\d*)?")
_MILLISECONDS: Final = re.compile(r"\d{12,13}")
_NUMBER: Final = re.compile(r"\d{1,5}")
_MONTHS: Final = "janfebmaraprmayjunjulaugsepoctnovdec"


def days_of(texts: Sequence[str], zone: str) -> Ints:
    """Read a column of dates or times.

    A time is taken as local as it is written; seconds and milliseconds since 1970 fall on the day
    of the city. Where it could be the day or the month that comes first, the column as a whole
    tells: a first number over 12 is a day. If none is, points between the numbers mean the day
    first, other signs the month.

    Parameters
    ----------
    texts : sequence of str
    zone : str
        IANA time zone of the city.

    Returns
    -------
    ndarray, shape (n,), int64
        Days since 1970; a plain number up to five digits is such a day itself. `NO_DAY` where
        nothing can be read.

    Examples
    --------
    >>> days_of(["1970-01-02", "1970/1/3 07:00", "4 Jan 1970", "soon"], "UTC")[:3].tolist()
    [1, 2, 3]
    >>> days_of(["13/02/1970", "01/02/1970"], "UTC").tolist()
    [43, 31]
    """
    is_day_first = _is_day_first(texts)
    local = ZoneInfo(zone)
    known = {text: _day(text.strip(), local, is_day_first=is_day_first) for text in set(texts)}
    return np.array([known[text] for text in texts], dtype=np.int64)


def _is_day_first(texts: Sequence[str]) -> bool:
    found = [match for text in set(texts) if (match := _YEAR_LAST.match(text.strip()))]
    if any(int(match[1]) > 12 for match in found):
        return True
    if any(int(match[3]) > 12 for match in found):
        return False
    return bool(found) and all(match[2] == "." for match in found)


def _day(text: str, zone: ZoneInfo, *, is_day_first: bool) -> int:
    try:
        return _read(text, zone, is_day_first=is_day_first)
    except (ValueError, OverflowError, OSError):
        return NO_DAY


def _read(text: str, zone: ZoneInfo, *, is_day_first: bool) -> int:
    if found := _YEAR_FIRST.match(text) or _COMPACT.fullmatch(text):
        return _number(*(int(part) for part in found.groups()))
    if found := _YEAR_LAST.match(text):
        first, second, year = int(found[1]), int(found[3]), int(found[4])
        return _number(year, second, first) if is_day_first else _number(year, first, second)
    if found := _NAMED.match(text):
        return _number(int(found[3]), _month(found[2]), int(found[1]))
    if found := _NAMED_FIRST.match(text):
        return _number(int(found[3]), _month(found[1]), int(found[2]))
    return _counted(text, zone)


def _counted(text: str, zone: ZoneInfo) -> int:
    """Read a number of days, seconds or milliseconds since 1970."""
    if _NUMBER.fullmatch(text):
        return int(text)
    if _SECONDS.fullmatch(text):
        seconds = float(text)
    elif _MILLISECONDS.fullmatch(text):
        seconds = int(text) / 1000
    else:
        raise ValueError(text)
    return datetime.fromtimestamp(seconds, zone).toordinal() - EPOCH


def _month(name: str) -> int:
    at, rest = divmod(_MONTHS.index(name.lower()), len(name))
    if rest:
        raise ValueError(name)
    return at + 1


def _number(year: int, month: int, day: int) -> int:
    return date(year, month, day).toordinal() - EPOCH
