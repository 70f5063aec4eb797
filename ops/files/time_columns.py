"""Which column of a table is the time: by its name, proven by what stands in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from models.feeds.times.numbers import NumberForm, is_stamp, number_form
from models.feeds.times.order import can_be
from models.feeds.times.stamp import Shape, UnclearTimes, parse
from ops.files.header import is_missing
from ops.files.names import event_times, first_of, is_later, partner, plain
from ops.files.table import FileTable

SAMPLE: Final = 200  # rows that columns are known by
_MOSTLY: Final = 0.8  # of them that must read as times
_COUNTED: Final = frozenset({"time", "timestamp", "timestamps", "ts", "t", "seconds"})
_DIGIT: Final = re.compile(r"\d")
_CLOCK: Final = re.compile(
    r"\d{1,2}(\.0|[时点hH])?|([01]\d|2[0-4])[0-5]\d"
    r"|\d{1,2}[:.]\d\d([:.]\d\d([.,]\d+)?)?( ?[aApP]\.?[mM]\.?)?"
)
_MIDNIGHT: Final = re.compile(r"[T\s]\s*(00:00(:00([.,]0+)?)?|12:00:00 AM)$")  # of a day alone
_PARTS: Final = (("year", "年"), ("month", "月"), ("day", "日"), ("hour", "时"), ("minute", "分"))
_CLOCKS: Final = ("time", "clock", "hour", "hr", "starttime", "时间", "时刻", "小时", "时")


@dataclass(frozen=True)
class TimeTexts:
    """Texts of the time of each row, and the columns they come from."""

    name: str
    texts: list[str]


def time_texts(table: FileTable, candidates: Sequence[str]) -> TimeTexts | None:
    """Find the time of a table.

    Parameters
    ----------
    candidates : sequence of str
        Columns whose name speaks for it, the surest first.

    Returns
    -------
    TimeTexts or None
        Of the first candidate that holds times (a column of days together with a column of clocks
        beside it); else of columns of year, month and day; else None.
    """
    for name in candidates:
        texts = table.texts(name)
        if _holds_times(texts[:SAMPLE], plain(name)) and not _is_beside_days(
            table, texts, candidates
        ):
            return _with_clock(table, name, texts)
    return _from_parts(table)


def unread_time(table: FileTable, candidates: Sequence[str]) -> tuple[str, str] | None:
    """Find a column that is called a time and holds texts with digits that are not read as times.

    Returns
    -------
    tuple of str or None
        Its name, and one of its texts.
    """
    for name in candidates:
        cells = [cell.strip() for cell in table.texts(name)[:SAMPLE] if not is_missing(cell)]
        unread = [cell for cell in cells if parse(cell) is None and _DIGIT.search(cell)]
        if unread and len(unread) >= (1 - _MOSTLY) * len(cells):
            return name, unread[0][:40]
    return None


def only_times(table: FileTable) -> list[str]:
    """Columns that hold times beyond doubt and are not called an end or a change.

    Plain numbers never do.
    """
    return [
        name
        for name in table.names
        if not is_later(name) and _holds_times(table.texts(name)[:SAMPLE], "")
    ]


def event_texts(table: FileTable) -> TimeTexts | None:
    """Give the texts of the time at which an event began; never of its end or a change."""
    likely = event_times(table.names)
    return time_texts(table, [*likely, *(n for n in only_times(table) if n not in likely)])


def asked_texts(table: FileTable, name: str) -> TimeTexts:
    """Give the texts of a column that the user named, with its clocks where it holds days."""
    return _with_clock(table, name, table.texts(name))


def _holds_times(sample: Sequence[str], name: str) -> bool:
    cells = [cell.strip() for cell in sample if not is_missing(cell)]
    stamps = [stamp if (stamp := parse(cell)) and can_be(stamp) else None for cell in cells]
    numbers = [
        cell
        for cell, stamp in zip(cells, stamps, strict=True)
        if stamp is not None and stamp.shape is Shape.NUMBER
    ]
    texts = sum(stamp is not None for stamp in stamps) - len(numbers)
    if texts and texts >= _MOSTLY * len(cells):
        return True
    if not numbers or len(numbers) < _MOSTLY * len(cells) or not name:
        return False
    if name in _COUNTED:
        return True
    try:
        return number_form(numbers) is not NumberForm.PLAIN
    except UnclearTimes:
        return True  # a time, and refused in a sentence where it is read


def _with_clock(table: FileTable, name: str, texts: list[str]) -> TimeTexts:
    """Put the clock beside a column of days: that of the same name, else any."""
    others = [other for other in table.names if other != name]
    clock = partner(name, others) or first_of(_CLOCKS, others)
    if clock is None or not _are_days(texts[:SAMPLE]):
        return TimeTexts(name, texts)
    clocks = table.texts(clock)
    given = [cell.strip() for cell in clocks[:SAMPLE] if not is_missing(cell)]
    if not given or not all(_CLOCK.fullmatch(cell) for cell in given):
        return TimeTexts(name, texts)
    joined = [
        f"{_MIDNIGHT.sub('', day.strip())} {_clock(hour)}" if day.strip() else ""
        for day, hour in zip(texts, clocks, strict=True)
    ]
    return TimeTexts(f"{name} + {clock}", joined)


def _is_beside_days(table: FileTable, texts: list[str], candidates: Sequence[str]) -> bool:
    """Tell whether texts are clocks such as 2130, which belong to a column of days."""
    cells = [cell.strip() for cell in texts[:SAMPLE] if not is_missing(cell)]
    if not all(_CLOCK.fullmatch(cell) for cell in cells):
        return False
    return any(_are_days(table.texts(other)[:SAMPLE]) for other in candidates)


def _are_days(sample: Sequence[str]) -> bool:
    cells = [_MIDNIGHT.sub("", cell.strip()) for cell in sample if not is_missing(cell)]
    days = (Shape.DATE, Shape.YEAR_LAST, Shape.TWO_DIGIT)
    return bool(cells) and all(
        (len(cell) == 8 and is_stamp(cell))
        or ((stamp := parse(cell)) is not None and stamp.shape in days and stamp.clock_ms < 0)
        for cell in cells
    )


def _clock(cell: str) -> str:
    """Write an hour that stands alone, or four digits, as a clock."""
    text = cell.strip().removesuffix(".0").rstrip("时点hH")
    if text.isdigit():
        return f"{text[:2]}:{text[2:]}" if len(text) == 4 else f"{text}:00"
    return text


def _from_parts(table: FileTable) -> TimeTexts | None:
    found = [first_of(spellings, table.names) for spellings in _PARTS]
    if found[0] is None or found[1] is None or found[2] is None:
        return None
    names = [name for name in found if name is not None]
    columns = [[cell.strip() for cell in table.texts(name)] for name in names]
    joined = [_from_numbers(cells) for cells in zip(*columns, strict=True)]
    return TimeTexts(" + ".join(names), joined)


def _from_numbers(cells: Sequence[str]) -> str:
    year, month, day, *clock = (cell.removesuffix(".0") for cell in cells)
    if not all((year, month, day)):
        return ""
    hour, minute = (*clock, *["0"] * (2 - len(clock)))
    return f"{year}-{month}-{day} {hour or 0}:{minute or 0}"
