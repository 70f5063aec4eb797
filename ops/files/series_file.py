"""A CSV of time series: which column is the time, which are values; rows are kept as they are."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np

from config.errors import InputError
from models.detect.contract import Floats
from models.detect.series.blocks import WARM_UP

MISSING: Final = frozenset({"", "na", "n/a", "nan", "null", "none", "-", "?"})
TIME_NAME: Final = re.compile(r"time|date|^(ts|dt|t)$", re.IGNORECASE)
NOT_A_VALUE: Final = re.compile(
    r"label|anomal|outlier|change.?point|ground.?truth|^is_|\b(class|fault|target)\b"
    r"|^(id|index|no|row|year|month|day|hour|minute|second|weekday|unnamed.*|)$",
    re.IGNORECASE,
)
TIME_FORMATS: Final = (
    "",  # ISO 8601
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d",
)
VALUE: Final = frozenset({"value", "values"})  # a column of this name is the series
FLAGS: Final = frozenset({"0", "1", "0.0", "1.0"})
DECIMAL_COMMA: Final = re.compile(r"\s*[-+]?\d+,\d+\s*")
SAMPLE: Final = WARM_UP  # rows that columns are told by: later rows never change the choice


@dataclass(frozen=True, kw_only=True)
class SeriesFile:
    """A read CSV.

    Attributes
    ----------
    header : list of str
        Names; `column_1` and so on where the file has none.
    rows : list of list of str
        As they stand in the file.
    delimiter : str
        Between the cells.
    time : str or None
        Name of the time column.
    values : list of str
        Names of the value columns.
    """

    header: list[str]
    rows: list[list[str]]
    delimiter: str
    time: str | None
    values: list[str]

    def times_s(self) -> Floats | None:
        """Seconds of each row, NaN where they cannot be read; None without a time column."""
        if self.time is None:
            return None
        return np.array([_seconds(cell) for cell in self._cells(self.time)])

    def table(self) -> Floats:
        """Values, shape (rows, value columns), float64; NaN where there is none."""
        columns = [[_number(cell) for cell in self._cells(name)] for name in self.values]
        return np.array(columns, dtype=np.float64).T.reshape(len(self.rows), len(self.values))

    def _cells(self, name: str) -> list[str]:
        which = self.header.index(name)
        cells = [row[which] if which < len(row) else "" for row in self.rows]
        return cells if self.delimiter == "," else [_pointed(cell) for cell in cells]


def read_series(path: Path, *, time: str | None, values: Sequence[str]) -> SeriesFile:
    """Read a CSV and tell its columns apart.

    Parameters
    ----------
    path : Path
        The file; comma, semicolon or tab between cells.
    time : str or None
        Name of the time column; found by its name and content where None.
    values : sequence of str
        Names of the value columns; empty: the one that is called `value`, else all numeric columns
        that are no label, index or time. Without a header, a last column of zeros and ones is a
        label.

    Raises
    ------
    InputError
        No such file, no rows, an unknown column name, or no column of numbers.
    """
    rows, delimiter = _read(path)
    if not rows:
        msg = f"{path} has no rows; give a CSV with a column of numbers"
        raise InputError(msg)
    has_header = not any(
        _is_number(_pointed(cell) if delimiter != "," else cell)
        for cell in rows[0]
        if not _is_missing(cell)
    )
    header = rows[0] if has_header else [f"column_{i + 1}" for i in range(len(rows[0]))]
    body = rows[1:] if has_header else rows
    sample = [row if delimiter == "," else [*map(_pointed, row)] for row in body[:SAMPLE]]
    for name in [*values, *([time] if time else [])]:
        if name not in header:
            msg = f"{path} has no column {name!r}; it has {', '.join(header)}"
            raise InputError(msg)
    found = time or _time_column(header, sample)
    chosen = list(values) or _value_columns(header, sample, found)
    if not has_header and not values and len(chosen) > 1 and _is_flag(chosen[-1], header, sample):
        chosen.pop()
    if not chosen:
        msg = f"{path} has no column of numbers; name one with --value"
        raise InputError(msg)
    return SeriesFile(header=header, rows=body, delimiter=delimiter, time=found, values=chosen)


def write_scores(path: Path, file: SeriesFile, scores: Floats) -> None:
    """Write the rows as they came, with `anomaly_score` as the last column."""
    width = len(file.header)
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, delimiter=file.delimiter, lineterminator="\n")
        writer.writerow([*file.header, "anomaly_score"])
        for row, score in zip(file.rows, scores.tolist(), strict=True):
            writer.writerow([*row, *[""] * (width - len(row)), f"{score:.6f}"])


def _read(path: Path) -> tuple[list[list[str]], str]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        msg = f"cannot read {path}: {error}; give a CSV in UTF-8"
        raise InputError(msg) from error
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    rows = csv.reader(text.splitlines(), delimiter=delimiter)
    return [row for row in rows if row], delimiter


def _time_column(header: list[str], sample: list[list[str]]) -> str | None:
    """Name of the first column that reads as time; of plain numbers only by its name."""
    for which, name in enumerate(header):
        cells = [row[which] for row in sample if which < len(row)]
        cells = [cell for cell in cells if not _is_missing(cell)]
        if not cells or not np.isfinite([_seconds(cell) for cell in cells]).all():
            continue
        if TIME_NAME.search(name) or not any(_is_number(cell) for cell in cells):
            return name
    return None


def _value_columns(header: list[str], sample: list[list[str]], time: str | None) -> list[str]:
    chosen = []
    for which, name in enumerate(header):
        cells = [row[which] for row in sample if which < len(row)]
        is_numeric = all(_is_number(cell) or _is_missing(cell) for cell in cells)
        if name != time and is_numeric and not NOT_A_VALUE.search(name):
            chosen.append(name)
    return [name for name in chosen if name.strip().lower() in VALUE] or chosen


def _is_flag(name: str, header: list[str], sample: list[list[str]]) -> bool:
    """Tell whether a column shows nothing but zeros and ones, as the labels of benchmarks do."""
    which = header.index(name)
    return all(row[which].strip() in FLAGS for row in sample if which < len(row))


def _pointed(cell: str) -> str:
    """Write a number with a decimal comma with a point; other cells stay as they are."""
    return cell.replace(",", ".") if DECIMAL_COMMA.fullmatch(cell) else cell


def _is_missing(cell: str) -> bool:
    return cell.strip().lower() in MISSING


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _number(cell: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        return float("nan")
    return value if np.isfinite(value) else float("nan")


def _seconds(cell: str) -> float:
    """Seconds of a date, a time or an epoch number; without a zone it counts as UTC."""
    text = cell.strip()
    if _is_number(text):
        return float(text)
    for pattern in TIME_FORMATS:
        try:
            moment = _parsed(text, pattern)
        except ValueError:
            continue
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return float("nan")


def _parsed(text: str, pattern: str) -> datetime:
    if not pattern:
        return datetime.fromisoformat(text)
    return datetime.strptime(text, pattern).replace(tzinfo=UTC)
