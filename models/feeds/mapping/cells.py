"""Columns of a table as a mapping reads them: texts, numbers and times of whole columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from config.mapping import CodedSource, TimeSource
from models.feeds.numbers import Mask, read_numbers
from models.feeds.tidy import NameIndex, tidy
from models.feeds.times.column import TimeColumn, read_times
from models.feeds.times.plausible import NO_TIME
from models.feeds.times.stamp import UnclearTimes
from models.feeds.times.texts import Grain
from models.timing.units import DAY_MS
from models.timing.zone import zone_of

__all__ = [
    "NO_TIME",
    "TextPart",
    "TextTable",
    "UnclearColumn",
    "coded",
    "column_of",
    "end_of_days",
    "times",
]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Texts = NDArray[np.object_]

_FORMS: Final = {"s": "epoch-s", "ms": "epoch-ms"}
_SAMPLE: Final = 2000  # cells of another column that may show in which order dates are written


class UnclearColumn(ValueError):
    """A column of times may mean two things; `str()` names it and says what settles it."""

    def __init__(self, column: str, why: UnclearTimes) -> None:
        forms = " or ".join(why.forms)
        helps = f"; say --time-format, or give it a format in the mapping: {forms}" if forms else ""
        super().__init__(f"column {column!r}: {why.what}{helps}")


@dataclass(frozen=True, kw_only=True)
class TextPart:
    """One file of a table.

    Attributes
    ----------
    columns : mapping of str to pyarrow.ChunkedArray of string
        Null or empty where there is no value.
    rows : int
    separator : str
        Between the cells of the file; tells a decimal comma from one between thousands.
    """

    columns: Mapping[str, pa.ChunkedArray]
    rows: int
    separator: str = ","


@dataclass(frozen=True, kw_only=True)
class TextTable:
    """All rows that a mapping reads.

    Attributes
    ----------
    parts : tuple of TextPart
        A column that a part lacks is empty there.
    missing : tuple of str
        Texts that stand for no value.
    """

    parts: tuple[TextPart, ...]
    missing: tuple[str, ...] = ()

    def __len__(self) -> int:
        return sum(part.rows for part in self.parts)

    @property
    def names(self) -> list[str]:
        """Names of all columns."""
        return list(dict.fromkeys(name for part in self.parts for name in part.columns))

    def texts(self, name: str) -> list[str]:
        """Cells of a column as names compare (`models.feeds.tidy`); empty without a value."""
        known = dict.fromkeys(map(tidy, self.missing), "")
        found: list[str] = []
        for cell in self._cells(name):
            text = known.get(cell)
            if text is None:
                text = tidy(cell)
                text = known[cell] = known.get(text, text)
            found.append(text)
        return found

    def numbers(self, name: str) -> tuple[Floats, Mask]:
        """Numbers of a column, NaN where there is none, and where a cell cannot be read."""
        read = [self._numbers(part, name) for part in self.parts]
        values, unreadable = zip(*read, strict=True) if read else ((), ())
        empty = np.zeros(0)
        return (
            np.concatenate([empty, *values]),
            np.concatenate([empty.astype(bool), *unreadable]),
        )

    def _cells(self, name: str) -> Iterator[str]:
        for part in self.parts:
            column = part.columns.get(name)
            cells = [None] * part.rows if column is None else column.to_pylist()
            yield from (cell or "" for cell in cells)

    def _numbers(self, part: TextPart, name: str) -> tuple[Floats, Mask]:
        column = part.columns.get(name)
        if column is None:
            return np.full(part.rows, np.nan), np.zeros(part.rows, dtype=bool)
        return read_numbers(column, part.separator, self.missing)


def times(
    source: TimeSource, table: TextTable, zone: str, groups: Ints | None = None
) -> TimeColumn:
    """Read the times of a source, shape (n,); see `models.feeds.times.column.read_times`.

    Parameters
    ----------
    zone : str
        Of times without an offset.
    groups : ndarray, shape (n,), int64, optional
        Series of each row, for the hour that comes twice.

    Raises
    ------
    UnclearColumn
        The column may mean two things.
    """
    texts, form = _spelled(source, table)
    try:
        read = read_times(
            texts, zone=zone, form=form, groups=groups, others=lambda: _others(source, table)
        )
    except UnclearTimes as error:
        raise UnclearColumn(" ".join(source.columns), error) from error
    if read.grain is Grain.NUMBER:  # counts from a zero that nobody names are no times
        nothing = np.full(len(texts), NO_TIME)
        return TimeColumn(
            ms=nothing,
            local_ms=nothing,
            grain=read.grain,
            form=read.form,
            missing=read.missing,
            unreadable=~read.missing,
            impossible=np.zeros(len(texts), dtype=bool),
        )
    return read


def _spelled(source: TimeSource, table: TextTable) -> tuple[list[str], str | None]:
    """Texts of a source and the form that the mapping says they have."""
    if source.column is not None:
        form = source.format if source.unit is None else _FORMS[source.unit]
        return table.texts(source.column), form
    columns = [table.texts(name) for name in source.parts]
    return [_stamp(parts) for parts in zip(*columns, strict=True)], None


def _stamp(parts: Sequence[str]) -> str:
    """Write year, month, day, hour and minute as one text; empty without a date."""
    if not all(parts[:3]):
        return ""
    whole = [part.removesuffix(".0") for part in parts]
    if not all(part.isdigit() for part in whole):
        return " ".join(parts)
    year, month, day, hour, minute = (*map(int, whole), *[0] * (5 - len(whole)))
    return f"{year:04d}-{month:02d}-{day:02d} {hour:02d}:{minute:02d}"


def _others(source: TimeSource, table: TextTable) -> Iterator[str]:
    for name in table.names:
        if name not in source.columns:
            yield from dict.fromkeys(table.texts(name)[:_SAMPLE])


def end_of_days(read: TimeColumn, zone: str) -> Ints:
    """Last millisecond of each local day, shape (n,), where a column names days; else its times.

    A limit that is a date without a time of day ends with that day.
    """
    if read.grain is not Grain.DAY:
        return read.ms
    last = zone_of(zone).utc(read.local_ms + DAY_MS) - 1
    return np.where(read.known, last, NO_TIME)


def coded(source: CodedSource | None, table: TextTable) -> Texts:
    """Code of each row's name, shape (n,); the name itself where the mapping has none for it."""
    if source is None:
        return column_of([""] * len(table))
    codes = NameIndex(source.codes, ignores_case=source.ignores_case)
    names = table.texts(source.column)
    known = {name: codes.get(name, name) for name in set(names)}
    return column_of([known[name] for name in names])


def column_of(texts: Sequence[str]) -> Texts:
    """Lay texts out as an array of objects, shape (n,)."""
    column = np.empty(len(texts), dtype=np.object_)
    column[:] = texts
    return column
