"""Distinct texts of a column → wall clocks and offsets, by the one form that the column has."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.feeds.times.doubts import refuse_seasons, refuse_spans, refuse_swapped
from models.feeds.times.numbers import (
    EPOCH_MS_PER_UNIT,
    NumberForm,
    number_form,
    plain_numbers,
    stamp_time,
)
from models.feeds.times.order import ORDERS, SPOKEN, date_in, order_of
from models.feeds.times.plausible import NO_TIME
from models.feeds.times.stamp import Shape, Stamp, UnclearTimes, parse
from models.feeds.times.weeks import WeekCalendar, calendar_of, week_start
from models.timing.units import DAY_MS

Ints = NDArray[np.int64]

_EPOCH: Final = date(1970, 1, 1).toordinal()
_EXCEL_EPOCH: Final = date(1899, 12, 30).toordinal()
NO_OFFSET: Final = NO_TIME
_MISPRINTS: Final = 0.02  # share of a column's texts that may be wrong
_UTC: Final = re.compile(r"\b(UTC|GMT)\b", re.IGNORECASE)
_NUMBER_WORDS: Final = {
    "epoch-s": NumberForm.EPOCH_S,
    "epoch-ms": NumberForm.EPOCH_MS,
    "epoch-us": NumberForm.EPOCH_US,
    "compact": NumberForm.STAMP,
    "month": NumberForm.MONTH,
    "week": NumberForm.WEEK,
    "mmwr": NumberForm.WEEK,
    "excel": NumberForm.EXCEL,
    "number": NumberForm.PLAIN,
}
FORMS: Final = (*ORDERS, *_NUMBER_WORDS)


class Grain(StrEnum):
    """How long what a text names lasts."""

    INSTANT = "time"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    NUMBER = "number"  # counts from a zero that nobody names


@dataclass(frozen=True)
class TextTimes:
    """Distinct texts as read.

    Attributes
    ----------
    local_ms : ndarray, shape (n,), int64
        Wall clock, milliseconds since 1970-01-01 00:00; `NO_TIME` where it cannot be read.
    offset_ms : ndarray, shape (n,), int64
        Local time less UTC, where the text has it; else `NO_OFFSET`.
    """

    local_ms: Ints
    offset_ms: Ints
    grain: Grain
    form: str
    weeks: WeekCalendar | None = None


def check_form(form: str) -> None:
    """Refuse what is not a form of times.

    Raises
    ------
    UnclearTimes
        It is neither one of `FORMS` nor a pattern.
    """
    if form not in FORMS and "%" not in form:
        msg = f"{form!r} is no form of times: expected a pattern such as %d/%m/%Y or a word"
        raise UnclearTimes(msg, FORMS)


def read_texts(
    distinct: Sequence[str],
    counts: Sequence[int],
    form: str | None,
    others: Callable[[], Iterable[str]],
) -> TextTimes:
    """Read the distinct texts of a column by the form that most of its rows have.

    Parameters
    ----------
    distinct : sequence of str
    counts : sequence of int
        Rows of each text.
    form, others
        As in `models.feeds.times.column.read_times`.

    Raises
    ------
    UnclearTimes
        The column may mean two things.
    """
    if form is not None:
        check_form(form)
    if form is not None and "%" in form:
        return _by_pattern(distinct, form)
    refuse_spans(distinct)
    stamps = _with_weeks([parse(text) for text in distinct])
    if form in _NUMBER_WORDS:
        return _numbers(distinct, stamps, form)
    match _usual_shape(stamps, counts):
        case Shape.NUMBER:
            return _numbers(distinct, stamps, None)
        case Shape.WEEK:
            return _weeks(stamps)
        case Shape.MONTH | Shape.QUARTER as shape:
            return _months(stamps, shape)
        case _:
            return _dates(stamps, form, others)


def _usual_shape(stamps: Sequence[Stamp | None], counts: Sequence[int]) -> Shape:
    shapes = Counter[Shape]()
    for stamp, count in zip(stamps, counts, strict=True):
        if stamp is not None:
            shapes[_family(stamp.shape)] += count
    return shapes.most_common(1)[0][0] if shapes else Shape.DATE


def _family(shape: Shape) -> Shape:
    return Shape.DATE if shape in (Shape.YEAR_LAST, Shape.TWO_DIGIT) else shape


def _dates(
    stamps: Sequence[Stamp | None], form: str | None, others: Callable[[], Iterable[str]]
) -> TextTimes:
    """Read dates and times; each make of date has one order."""
    refuse_swapped(stamps)
    orders: dict[Shape, str] = {}
    for shape in (Shape.YEAR_LAST, Shape.TWO_DIGIT):
        made = [stamp for stamp in stamps if stamp is not None and stamp.shape is shape]
        if made:
            beside = (stamp for text in others() if (stamp := parse(text)) is not None)
            orders[shape] = _order(made, form, shape, beside)
    local = np.full(len(stamps), NO_TIME)
    offset = np.full(len(stamps), NO_OFFSET)
    has_clock = False
    for index, stamp in enumerate(stamps):
        if stamp is None or _family(stamp.shape) is not Shape.DATE:
            continue
        order = orders.get(stamp.shape)
        year, month, day = date_in(stamp, order) if order else stamp[1:4]
        local[index] = _local_ms(year, month, day, max(stamp.clock_ms, 0))
        has_clock |= stamp.clock_ms >= 0
        if stamp.offset_ms is not None:
            offset[index] = stamp.offset_ms
    spoken = ", ".join(dict.fromkeys(SPOKEN[order] for order in orders.values()))
    grain = Grain.INSTANT if has_clock else Grain.DAY
    return TextTimes(local, offset, grain, spoken or "year, month and day")


def _order(stamps: Sequence[Stamp], form: str | None, shape: Shape, others: Iterable[Stamp]) -> str:
    if form is None or (shape is Shape.YEAR_LAST and form == "ymd"):
        return order_of(stamps, others)
    return form


def _weeks(stamps: Sequence[Stamp | None], calendar: WeekCalendar | None = None) -> TextTimes:
    made = [s for s in stamps if s is not None and s.shape is Shape.WEEK]
    calendar = calendar or calendar_of((stamp.first, stamp.second) for stamp in made)
    local = np.full(len(stamps), NO_TIME)
    for index, stamp in enumerate(stamps):
        if stamp is not None and stamp.shape is Shape.WEEK:
            local[index] = _week_ms(stamp, calendar)
    offset = np.full(len(stamps), NO_OFFSET)
    return TextTimes(local, offset, Grain.WEEK, calendar.value, weeks=calendar)


def _with_weeks(stamps: list[Stamp | None]) -> list[Stamp | None]:
    """Take years with a number, such as 2018/14, for weeks where too many pass 12 for misprints."""
    refuse_seasons(stamps)
    made = {s for s in stamps if s is not None and s.shape is Shape.MONTH}
    above = sum(12 < stamp.second <= 53 for stamp in made)
    if above <= _MISPRINTS * len(made):
        return stamps
    return [
        stamp._replace(shape=Shape.WEEK) if stamp is not None and stamp in made else stamp
        for stamp in stamps
    ]


def _week_ms(stamp: Stamp, calendar: WeekCalendar) -> int:
    try:
        start = week_start(stamp.first, stamp.second, calendar)
    except (ValueError, OverflowError):
        return NO_TIME
    return (start.toordinal() - _EPOCH) * DAY_MS


def _months(stamps: Sequence[Stamp | None], shape: Shape) -> TextTimes:
    local = np.full(len(stamps), NO_TIME)
    for index, stamp in enumerate(stamps):
        if stamp is not None and stamp.shape is shape:
            month = stamp.second if shape is Shape.MONTH else stamp.second * 3 - 2
            local[index] = _local_ms(stamp.first, month, 1, 0)
    grain = Grain.MONTH if shape is Shape.MONTH else Grain.QUARTER
    return TextTimes(local, np.full(len(stamps), NO_OFFSET), grain, f"{grain.value}s")


def _numbers(
    distinct: Sequence[str], stamps: Sequence[Stamp | None], word: str | None
) -> TextTimes:
    """Read plain numbers by the form of the whole column."""
    at = [i for i, s in enumerate(stamps) if s is not None and s.shape is Shape.NUMBER]
    texts = plain_numbers(unicodedata.normalize("NFKC", distinct[i]).strip() for i in at)
    form = _NUMBER_WORDS[word] if word else number_form(texts)
    local = np.full(len(stamps), NO_TIME)
    if form in (NumberForm.MONTH, NumberForm.WEEK):
        shape = Shape.MONTH if form is NumberForm.MONTH else Shape.WEEK
        split = [_numbered(text, shape) for text in texts]
        calendar = WeekCalendar.MMWR if word == "mmwr" else None
        read = _months(split, shape) if shape is Shape.MONTH else _weeks(split, calendar)
        local[at] = read.local_ms
        offset = np.full(len(stamps), NO_OFFSET)
        return TextTimes(local, offset, read.grain, form.value, read.weeks)
    local[at] = [_number_ms(text, form) for text in texts]
    is_epoch = form in EPOCH_MS_PER_UNIT
    is_day = form is NumberForm.STAMP and all(len(text) == 8 for text in texts)
    grain = Grain.DAY if is_day else Grain.INSTANT
    grain = Grain.NUMBER if form is NumberForm.PLAIN else grain
    return TextTimes(local, np.full(len(stamps), 0 if is_epoch else NO_OFFSET), grain, form.value)


def _numbered(text: str, shape: Shape) -> Stamp | None:
    if len(text) != 6 or not text.isdigit():
        return None
    return Stamp(shape, int(text[:4]), int(text[4:]))


def _number_ms(text: str, form: NumberForm) -> int:
    try:
        if form is NumberForm.STAMP:
            moment = stamp_time(text)
            seconds = moment.hour * 3600 + moment.minute * 60 + moment.second
            return (moment.toordinal() - _EPOCH) * DAY_MS + seconds * 1000
        value = float(text)
        if form is NumberForm.EXCEL:
            value = (value - (_EPOCH - _EXCEL_EPOCH)) * DAY_MS
        else:
            value *= EPOCH_MS_PER_UNIT.get(form, 1000.0)
        return round(value) if abs(value) < 2**62 else NO_TIME
    except (ValueError, OverflowError):
        return NO_TIME


def _by_pattern(distinct: Sequence[str], pattern: str) -> TextTimes:
    """Read by a pattern of `strptime`; `%z` gives the offset."""
    local = np.full(len(distinct), NO_TIME)
    offset = np.full(len(distinct), NO_OFFSET)
    for index, text in enumerate(distinct):
        try:
            moment = datetime.strptime(text.strip(), pattern)  # noqa: DTZ007 - local, or has %z
        except ValueError:
            continue
        shift = moment.utcoffset()
        if shift is not None:
            offset[index] = round(shift.total_seconds() * 1000)
        elif "%Z" in pattern and _UTC.search(text):
            offset[index] = 0
        clock = ((moment.hour * 60 + moment.minute) * 60 + moment.second) * 1000
        local[index] = _local_ms(
            moment.year, moment.month, moment.day, clock + moment.microsecond // 1000
        )
    has_clock = any(sign in pattern for sign in ("%H", "%I", "%T", "%X", "%c"))
    grain = Grain.INSTANT if has_clock else Grain.DAY
    return TextTimes(local, offset, grain, pattern)


def _local_ms(year: int, month: int, day: int, clock_ms: int) -> int:
    """Milliseconds of a wall clock since 1970; `NO_TIME` where there is no such day."""
    try:
        return (date(year, month, day).toordinal() - _EPOCH) * DAY_MS + clock_ms
    except (ValueError, OverflowError):
        return NO_TIME
