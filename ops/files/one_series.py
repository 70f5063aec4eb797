"""A file of one sensor says one thing at one time, or it is of several."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from config.errors import InputError
from models.feeds.mapping.columns import ReadingColumns
from ops.files.account import InputAccount, Mask

REPEATED: Final = "repeated-time"
SHARE: Final = 0.01  # of the readings that may repeat a time; of a short file …
FEW, FEW_SHARE = 3, 0.1  # … so many, if they are no more than this share


def one_series(
    path: Path, columns: ReadingColumns, account: InputAccount, zone: str
) -> tuple[ReadingColumns, Mask]:
    """Leave out readings that say something else than one of the same time before them.

    Few are corrections, or a stutter of the clock: the first reading stands, and it is told. Many
    are several series in one file.

    Returns
    -------
    columns : ReadingColumns
    emptied : ndarray of bool, shape (rows,)
        Rows of the file that give nothing any more.

    Raises
    ------
    InputError
        They are many; the sentence says what parts them.
    """
    is_other = _contradicting(columns)
    emptied = np.zeros(account.read, dtype=np.bool_)
    count = int(is_other.sum())
    if not count:
        return columns, emptied
    first_s = int(columns.ts_ms[int(np.argmax(is_other))]) / 1000
    at = datetime.fromtimestamp(first_s, ZoneInfo(zone)).isoformat(sep=" ")
    said = f"{count} readings repeat the time of another with another value, as at {at}"
    if count > max(min(FEW, FEW_SHARE * is_other.size), SHARE * is_other.size):
        msg = f"{path}: {said}; name the column that parts the series with --series"
        raise InputError(msg)
    account.note(f"{said}: the first one stands")
    left = columns.pick(~is_other)
    emptied[np.setdiff1d(columns.row[is_other], left.row)] = True
    return left, emptied


def _contradicting(columns: ReadingColumns) -> Mask:
    """Mark readings whose value is another than that of the first one of their metric and time."""
    order = np.lexsort((columns.row, columns.ts_ms, columns.metric.astype(str)))
    metric, ts_ms, value = (each[order] for each in (columns.metric, columns.ts_ms, columns.value))
    is_again = np.zeros(order.size, dtype=np.bool_)
    is_again[1:] = (ts_ms[1:] == ts_ms[:-1]) & (metric[1:] == metric[:-1])
    begins = np.flatnonzero(~is_again)
    firsts = np.repeat(value[begins], np.diff(begins, append=order.size))
    marked = np.zeros(order.size, dtype=np.bool_)
    marked[order] = is_again & (value != firsts)
    return marked
