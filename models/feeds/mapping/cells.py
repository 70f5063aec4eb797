"""Text of a table's fields → times and numbers, a whole column at a time.

A field that cannot be read becomes `NO_TIME` or NaN; an empty field too. Nothing raises.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from config.mapping import TimeSource

NO_TIME: Final = np.iinfo(np.int64).min

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Texts = NDArray[np.object_]
Table = Mapping[str, pa.StringArray]  # column → its fields as text, null where there is no value

_NUMBER = r"^\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*$"
_USUAL = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S")


def texts(column: pa.StringArray) -> Texts:
    """Fields of a column as str, shape (n,); empty where there is no value."""
    return np.asarray(pc.fill_null(column, "").to_numpy(zero_copy_only=False), dtype=np.object_)


def numbers(column: pa.StringArray) -> Floats:
    """Fields of a column as float64, shape (n,); NaN where there is no plain decimal number."""
    plain = pc.match_substring_regex(column, _NUMBER)
    kept = pc.if_else(pc.fill_null(plain, False), pc.utf8_trim_whitespace(column), None)
    return np.asarray(pc.cast(kept, pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)


def times(source: TimeSource, table: Table, zone: str) -> Ints:
    """Epoch milliseconds of each row, shape (n,), int64; `NO_TIME` where it cannot be read.

    A time without an offset is local in `zone`. One that occurs twice (clocks set back) is the
    first; one that never occurs (clocks set forward) is the moment after the gap.
    """
    if source.parts:
        return _localised(_from_parts([table[name] for name in source.parts]), zone)
    assert source.column is not None  # a TimeSource has either
    column = table[source.column]
    if source.unit is not None:
        return _from_epoch(numbers(column), 1000 if source.unit == "s" else 1)
    naive = pa.nulls(len(column), pa.timestamp("ms"))
    for spelling in (source.format,) if source.format else _USUAL:
        naive = pc.coalesce(naive, _spelled(column, spelling))
    ms = _localised(naive, zone)
    if source.format is None:
        _read_rest(ms, column, zone)
    return ms


def _spelled(column: pa.StringArray, spelling: str) -> pa.TimestampArray:
    """Naive times of one spelling; null where a field is spelled otherwise."""
    naive = pc.strptime(column, spelling, "ms", error_is_null=True)
    # Arrow reads 30 February as 2 March: look again at the days that this can give.
    doubtful = np.flatnonzero(pc.fill_null(pc.less_equal(pc.day(naive), 3), False))
    wrong = np.zeros(len(column), dtype=bool)
    for at in doubtful:
        try:
            datetime.strptime(column[int(at)].as_py(), spelling)  # noqa: DTZ007 - only whether
        except ValueError:
            wrong[at] = True
    return pc.if_else(pa.array(wrong), None, naive)


def _from_epoch(value: Floats, factor: int) -> Ints:
    """Scale epoch numbers to milliseconds."""
    readable = np.isfinite(value) & (np.abs(value) * factor < 2**62)
    return np.where(readable, np.where(readable, value, 0) * factor, NO_TIME).astype(np.int64)


def _from_parts(columns: Sequence[pa.StringArray]) -> pa.TimestampArray:
    """Naive time from year, month, day and optionally hour and minute; null where impossible."""
    whole = [numbers(column) for column in columns]
    year, month, day, hour, minute = (*whole, *[np.zeros_like(whole[0])] * (5 - len(whole)))
    with np.errstate(invalid="ignore"):
        fits = (year >= 1900) & (year < 2200) & (month >= 1) & (month <= 12) & (day >= 1)
        fits &= (hour >= 0) & (hour < 24) & (minute >= 0) & (minute < 60)
        for part in whole:
            fits &= part == np.floor(part)
    y, mo, d, h, mi = (
        np.where(fits, p, 1).astype(np.int64) for p in (year, month, day, hour, minute)
    )
    months = ((y - 1970) * 12 + mo - 1).astype("datetime64[M]")
    date = months.astype("datetime64[D]") + (d - 1)
    fits &= date.astype("datetime64[M]") == months  # no 30 February
    stamp = date.astype("datetime64[ms]") + (h * 60 + mi) * 60_000
    return pa.array(stamp, type=pa.timestamp("ms"), mask=~fits)


def _localised(naive: pa.TimestampArray, zone: str) -> Ints:
    """Epoch milliseconds of local times."""
    utc = pc.assume_timezone(naive, zone, ambiguous="earliest", nonexistent="latest")
    ms = pc.fill_null(pc.cast(utc, pa.int64()), int(NO_TIME))
    return np.array(ms.to_numpy(zero_copy_only=False), dtype=np.int64)


def _read_rest(ms: Ints, column: pa.StringArray, zone: str) -> None:
    """Read the less usual ISO 8601 spellings (dates, fractions, offsets) one by one, in place."""
    naive: dict[int, datetime] = {}
    for at in np.flatnonzero((ms == NO_TIME) & texts(column).astype(bool)):
        try:
            time = datetime.fromisoformat(column[int(at)].as_py().strip())
        except ValueError:
            continue
        if time.tzinfo is None:
            naive[int(at)] = time
        else:
            ms[at] = round(time.timestamp() * 1000)
    if naive:
        local = pa.array(naive.values(), type=pa.timestamp("us"))
        ms[list(naive)] = _localised(pc.cast(local, pa.timestamp("ms"), safe=False), zone)
