"""A long table of counts: which column is the series, the period and the count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.errors import InputError
from models.detect.counts.periods import Axis, BadPeriod, axis_of
from models.feeds.times.column import TimeColumn
from ops.files import vocabulary
from ops.files.account import InputAccount
from ops.files.cells import numbers_of, read_column
from ops.files.choices import Choices
from ops.files.names import first_of, named
from ops.files.series_file import case_notes, series_names
from ops.files.table import FileTable, read_table
from ops.files.time_columns import TimeTexts, asked_texts, only_times

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

_LARGEST: Final = 1e12
_YEARS: Final = ("year", "年", "年份")
_OF_A_YEAR: Final = (  # names of a column of numbers within a year, and how the two are joined
    (("week", "epiweek", "mmwrweek", "isoweek", "周", "周次"), "{}-W{:02}"),
    (("month", "月", "月份"), "{}-{:02}"),
    (("quarter", "季度"), "{}-Q{}"),
)


@dataclass(frozen=True, kw_only=True)
class CountsFile:
    """A file of counts; arrays hold the rows with a period, in the order of the file.

    Attributes
    ----------
    table : FileTable
    account : InputAccount
        A row is used where it has a period and a count.
    rows : ndarray, shape (n,), int64
        Their rows in the file.
    series : ndarray, shape (n,), int64
    series_names : list of str
    axis : Axis
    values : ndarray, shape (n,), float64
        NaN where there is no count.
    reported : ndarray, shape (n,), int64, or None
        Period in which the cases of a row became known, on the same axis.
    """

    table: FileTable
    account: InputAccount
    rows: Ints
    series: Ints
    series_names: list[str]
    axis: Axis
    values: Floats
    reported: Ints | None


def read_counts(path: Path, choices: Choices, reported: str | None = None) -> CountsFile:
    """Read a long table of counts.

    Parameters
    ----------
    reported : str, optional
        Column with the period in which the cases of a row became known.

    Raises
    ------
    InputError
        The file is wrong, a column is not there, or the periods may mean two things.
    NothingUsed
        No row has a period and a count.
    """
    table = read_table(path, encoding=choices.encoding, named=choices.names)
    account = InputAccount(path, len(table), table.faults)
    account.note(*table.notes)
    account.require_used()
    period = _period(table, choices)
    count = _count(table, choices, period)
    series, names = _series(table, choices, account, {*period.name.split(" + "), count, reported})
    account.columns.update({"period": period.name, "count": count})
    times = _times(table, period, reported, choices, account)
    values = _values(table, count, choices, account)
    known = times.known[: len(table)]
    account.require_used()
    rows = np.flatnonzero(known)
    axis = _axis(times, choices, path)
    account.note(f"periods are {axis.unit}")
    event = replace(axis, index=axis.index[: len(rows)])
    return CountsFile(
        table=table,
        account=account,
        rows=rows,
        series=series[rows],
        series_names=names,
        axis=event,
        values=values[rows],
        reported=None if reported is None else axis.index[len(rows) :],
    )


def _period(table: FileTable, choices: Choices) -> TimeTexts:
    if choices.period is not None:
        return asked_texts(table, named(choices.period, table.names, table.path))
    joined = _within_year(table)
    name = first_of(vocabulary.PERIOD, table.names)
    if name in (None, *_plain_names(joined)) and joined is not None:
        return joined
    name = name or next(iter(only_times(table)), None)
    if name is None:
        msg = f"{table.path}: no column 'period' among {', '.join(table.names)}; say --period"
        raise InputError(msg)
    return asked_texts(table, name)


def _plain_names(joined: TimeTexts | None) -> list[str]:
    return [] if joined is None else joined.name.split(" + ")


def _within_year(table: FileTable) -> TimeTexts | None:
    """Join a column of years and one of weeks, months or quarters."""
    year = first_of(_YEARS, table.names)
    if year is None:
        return None
    for spellings, pattern in _OF_A_YEAR:
        part = first_of(spellings, table.names)
        if part is not None:
            pairs = zip(table.texts(year), table.texts(part), strict=True)
            texts = [_joined(pattern, *(cell.strip() for cell in pair)) for pair in pairs]
            return TimeTexts(f"{year} + {part}", texts)
    return None


def _joined(pattern: str, year: str, part: str) -> str:
    is_number = year.isdigit() and part.isdigit()
    return pattern.format(year, int(part)) if is_number else f"{year} {part}".strip()


def _count(table: FileTable, choices: Choices, period: TimeTexts) -> str:
    if choices.count is not None:
        return named(choices.count, table.names, table.path)
    left = [name for name in table.names if name not in period.name.split(" + ")]
    name = first_of(vocabulary.COUNT, left)
    if name is None:
        msg = f"{table.path}: no column 'count' among {', '.join(table.names)}; say --count"
        raise InputError(msg)
    return name


def _series(
    table: FileTable, choices: Choices, account: InputAccount, taken: set[str | None]
) -> tuple[Ints, list[str]]:
    left = [name for name in table.names if name not in taken]
    name = first_of(vocabulary.SERIES, left)
    if choices.series is not None:
        name = named(choices.series, table.names, table.path)
    if name is None:
        account.note("no column names the series: all rows are one")
        return np.zeros(len(table), dtype=np.int64), [""]
    account.columns["series"] = name
    at, names = series_names(table.texts(name))
    account.note(*case_notes(names))
    return at, names


def _times(
    table: FileTable,
    period: TimeTexts,
    reported: str | None,
    choices: Choices,
    account: InputAccount,
) -> TimeColumn:
    """Read the periods, and behind them those in which they became known."""
    texts = period.texts
    if reported is None:
        return _set_aside(table, texts, period.name, choices, account)
    account.columns["told"] = named(reported, table.names, table.path)
    both = [*texts, *table.texts(account.columns["told"])]
    whole = InputAccount(table.path, len(both))
    times = _read(table, both, period.name, choices, whole)
    bad = ~whole.kept
    account.set_aside("unreadable-period", bad[: len(table)])
    account.set_aside("unreadable-told", bad[len(table) :])
    gone = ~account.kept
    times.ms[np.concatenate([gone, gone])] = np.iinfo(np.int64).min
    if (times.ms[len(table) :] < times.ms[: len(table)]).any():
        row = int(np.argmax(times.ms[len(table) :] < times.ms[: len(table)]))
        msg = f"{table.path}: row {row + 1}: told before its period"
        raise InputError(msg)
    return times


def _set_aside(
    table: FileTable,
    texts: Sequence[str],
    name: str,
    choices: Choices,
    account: InputAccount,
) -> TimeColumn:
    times = _read(table, texts, name, choices, account)
    times.ms[~account.kept] = np.iinfo(np.int64).min
    return times


def _read(
    table: FileTable,
    texts: Sequence[str],
    name: str,
    choices: Choices,
    account: InputAccount,
) -> TimeColumn:
    return read_column(table, texts, name, account, zone=choices.timezone, form=choices.time_format)


def _values(table: FileTable, name: str, choices: Choices, account: InputAccount) -> Floats:
    values, unreadable = numbers_of(table, name, choices.missing)
    negative = values < 0
    account.set_aside("unreadable-count", unreadable | (values >= _LARGEST))
    account.set_aside("negative-count", negative)
    account.set_aside("missing-count", np.isnan(values))
    values[negative | (values >= _LARGEST)] = np.nan
    return values


def _axis(times: TimeColumn, choices: Choices, path: Path) -> Axis:
    at = times.known
    kept = replace(times, ms=times.ms[at], local_ms=times.local_ms[at])
    try:
        axis = axis_of(kept, choices.timezone)
    except BadPeriod as error:
        msg = f"{path}: {error}"
        raise InputError(msg) from error
    if axis.length > 200 * int(at.sum()) + 1000:
        msg = f"{path}: the periods span {axis.length} steps; is one of them a misprint?"
        raise InputError(msg)
    return axis
