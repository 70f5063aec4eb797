"""A file of time series: which column is the time, which are values, which tell the series."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.errors import InputError
from models.detect.series.blocks import WARM_UP
from models.feeds.tidy import tidy
from models.feeds.times.column import TimeColumn
from models.feeds.times.texts import Grain
from ops.files import vocabulary
from ops.files.account import InputAccount
from ops.files.cells import numbers_of, read_column
from ops.files.choices import Choices
from ops.files.names import first_of, named, plain, reading_times, words
from ops.files.table import FileTable, read_table
from ops.files.time_columns import TimeTexts, asked_texts, only_times, time_texts, unread_time

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NOT_A_VALUE: Final = re.compile(
    r"label|anomal|outlier|change.?point|ground.?truth|^is_|\b(class|fault|target)\b|_score$"
    r"|^(id|index|no|row|year|month|day|hour|minute|second|clock|weekday|年|月|日|时|小时|序号|编号|unnamed.*|)$",
    re.IGNORECASE,
)
_PLACE_OR_NUMBER: Final = frozenset(  # last words of names of what is told, not measured
    {*vocabulary.LON, *vocabulary.LAT, "id", "code", "uuid", "编码", "编号", "代码"}
)
FLAGS: Final = frozenset({"0", "1", "0.0", "1.0"})
SAMPLE: Final = WARM_UP  # rows that columns are told by: later rows never change the choice


@dataclass(frozen=True, kw_only=True)
class SeriesFile:
    """A file of series.

    Attributes
    ----------
    table : FileTable
    account : InputAccount
        A row is used where it has a time and a value.
    time : str or None
        Name of the time column; None: the rows stand in their order.
    times : TimeColumn or None
    values : list of str
        Names of the value columns.
    numbers : ndarray, shape (rows, value columns), float64
        NaN where there is none.
    series : ndarray, shape (rows,), int64
        Series of each row.
    names : list of str
        Names of the series; one without a name where the file has no column for it.
    """

    table: FileTable
    account: InputAccount
    time: str | None
    times: TimeColumn | None
    values: list[str]
    numbers: Floats
    series: Ints
    names: list[str]


def read_series(path: Path, choices: Choices) -> SeriesFile:
    """Read a file and tell its columns apart.

    Without a named value the column that is called `value` is taken, else all columns of numbers
    that are not a label, index, place or time. Without a header a last column of zeros and ones is
    a label.

    Raises
    ------
    InputError
        The file is wrong, a named column is not there, a time may mean two things, or there is no
        column of numbers.
    NothingUsed
        No row has a time and a value.
    """
    table = read_table(path, encoding=choices.encoding, named=choices.names)
    account = InputAccount(path, len(table), table.faults)
    account.note(*table.notes)
    account.require_used()
    series, names = _series(table, choices, account)
    time = _time(table, choices)
    values = _values(table, choices, time, account)
    times = None
    if time is not None:
        account.columns["time"] = time.name
        times = read_column(
            table,
            time.texts,
            time.name,
            account,
            zone=choices.timezone,
            form=choices.time_format,
            groups=series,
        )
        account.note(*_unsaid(times, choices))
    account.columns["value"] = ", ".join(values)
    numbers = _numbers(table, values, choices, account)
    account.require_used()
    return SeriesFile(
        table=table,
        account=account,
        time=None if time is None else time.name,
        times=times,
        values=values,
        numbers=numbers,
        series=series,
        names=names,
    )


def series_names(texts: Sequence[str]) -> tuple[Ints, list[str]]:
    """Give the series of rows numbers; names are compared composed (NFC) and trimmed.

    Examples
    --------
    >>> series_names(["a ", "b", "a"])[0].tolist()
    [0, 1, 0]
    """
    known: dict[str, int] = {}
    folded = [tidy(text) for text in texts]
    at = np.array([known.setdefault(name, len(known)) for name in folded], dtype=np.int64)
    return at, list(known)


def case_notes(names: Sequence[str]) -> list[str]:
    """Make notes on names that differ in nothing but upper and lower case."""
    folded: dict[str, list[str]] = {}
    for name in names:
        folded.setdefault(name.casefold(), []).append(name)
    return [
        f"{' and '.join(map(repr, alike))} are series of their own: they differ only in case"
        for alike in folded.values()
        if len(alike) > 1
    ]


def _series(table: FileTable, choices: Choices, account: InputAccount) -> tuple[Ints, list[str]]:
    if choices.series is None:
        account.note(_mixed(table))
        return np.zeros(len(table), dtype=np.int64), [""]
    name = named(choices.series, table.names, table.path)
    account.columns["series"] = name
    at, names = series_names(table.texts(name))
    account.note(*case_notes(names))
    return at, names


def _mixed(table: FileTable) -> str:
    """Say that rows may be of several series; empty where no column speaks for it."""
    name = first_of(vocabulary.SERIES, table.names)
    several = 0 if name is None else len(set(table.texts(name)))
    if not 1 < several <= len(table) / 2:  # else they number the rows
        return ""
    return f"all rows are one series, though {name!r} has {several} values (--series {name})"


def _time(table: FileTable, choices: Choices) -> TimeTexts | None:
    if choices.time is not None:
        return asked_texts(table, named(choices.time, table.names, table.path))
    if not table.has_header:
        found = only_times(table)
        return time_texts(table, found)
    likely = reading_times(table.names)
    taken = time_texts(table, [*likely, *(n for n in only_times(table) if n not in likely)])
    if taken is None and (unread := unread_time(table, likely)):
        name, text = unread
        msg = (
            f"{table.path}: column {name!r} is called a time, but {text!r} is not read as one; "
            "settle it with --time-format (a pattern of strptime works), name another column with "
            "--time, or take it out to score the rows in their order"
        )
        raise InputError(msg)
    return taken


def _unsaid(times: TimeColumn, choices: Choices) -> list[str]:
    """Give notes on what was taken for granted."""
    notes = []
    if times.grain is Grain.NUMBER:
        notes.append("times are plain numbers: only their distances count")
    elif times.form not in ("year, month and day", choices.time_format):
        notes.append(f"times are read as {times.form}")
    return notes


def _values(
    table: FileTable, choices: Choices, time: TimeTexts | None, account: InputAccount
) -> list[str]:
    if choices.values:
        return [named(name, table.names, table.path) for name in choices.values]
    used = set() if time is None else set(time.name.split(" + "))
    if choices.series is not None:
        used.add(named(choices.series, table.names, table.path))
    likely = [n for n in table.names if n not in used and _is_value(table, n)]
    chosen = [name for name in likely if plain(name) in vocabulary.VALUE] or likely
    if chosen is likely:
        account.note(*_nearly(table, [n for n in table.names if n not in (*used, *likely)]))
    if not table.has_header and len(chosen) > 1 and _is_flag(table, chosen[-1]):
        chosen.pop()
    if not chosen:
        msg = f"{table.path} has no column of numbers among {', '.join(table.names)}; --value"
        raise InputError(msg)
    return chosen


def _is_value(table: FileTable, name: str) -> bool:
    known = (*vocabulary.LON, *vocabulary.LAT, *vocabulary.SERIES)
    if NOT_A_VALUE.search(name) or (table.has_header and plain(name) in known):
        return False
    if _PLACE_OR_NUMBER & {plain(word) for word in words(name)[-1:]}:
        return False
    values, unreadable = numbers_of(table, name)
    return bool(np.isfinite(values).any()) and not unreadable[:SAMPLE].any()


def _nearly(table: FileTable, names: Sequence[str]) -> list[str]:
    """Give notes on columns that are not scored, though most of their cells are numbers."""
    notes = []
    for name in names:
        values, unreadable = numbers_of(table, name)
        if unreadable[:SAMPLE].any() and np.isfinite(values).sum() > unreadable.sum():
            text = table.texts(name)[int(np.argmax(unreadable))].strip()[:40]
            notes.append(f"{name!r} is not scored: {text!r} is no number (--value {name})")
    return notes


def _is_flag(table: FileTable, name: str) -> bool:
    """Tell whether a column shows nothing but zeros and ones, as the labels of benchmarks do."""
    return all(cell.strip() in FLAGS for cell in table.texts(name)[:SAMPLE])


def _numbers(
    table: FileTable, values: Sequence[str], choices: Choices, account: InputAccount
) -> Floats:
    read = [numbers_of(table, name, choices.missing) for name in values]
    numbers = np.array([value for value, _ in read], dtype=np.float64).T
    numbers[~account.kept] = np.nan
    unreadable = np.array([wrong for _, wrong in read]).T
    for name, wrong in zip(values, unreadable.T, strict=True):
        if wrong.any():
            account.note(f"{int(wrong.sum())} cells of {name!r} are no numbers")
    nothing = np.asarray(~np.isfinite(numbers).any(axis=1), dtype=bool)
    account.set_aside("unreadable-value", nothing & np.asarray(unreadable.any(axis=1)))
    account.set_aside("missing-value", nothing)
    return numbers


def likely_series(table: FileTable) -> str:
    """Name a column that may tell the series apart, for a sentence; empty where none does."""
    name = first_of(vocabulary.SERIES, table.names)
    return "" if name is None else f" (it may be {name})"
