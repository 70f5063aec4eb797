"""Columns of a file → times and numbers, with the account of what could not be used."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from config.errors import InputError
from models.feeds.times.column import TimeColumn, read_times
from models.feeds.times.refusal import UnclearTimes
from ops.files.account import InputAccount
from ops.files.header import MISSING
from ops.files.table import FileTable

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

_LARGEST: Final = 1e300  # beyond it a number is a limit of its type, no value
_SENTINELS: Final = (-9999.0, -99999.0, -999999.0)
_MARKED: Final = (-999.0, -99.0, 9999.0, 99999.0, 999999.0, 9999999.0, 99999999.0)
_NUMBER: Final = r"^[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?$"
_COMMA: Final = re.compile(r"[-+]?\d+,\d+")
_GROUPED: Final = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?")
_POINTED_GROUPS: Final = re.compile(r"[-+]?\d{1,3}(\.\d{3})+,\d+")
_SAMPLE: Final = 2000


def times_of(
    table: FileTable,
    name: str,
    account: InputAccount,
    *,
    zone: str | None = None,
    form: str | None = None,
    groups: Ints | None = None,
) -> TimeColumn:
    """Read a column of times; rows without one are set aside with the reason.

    Parameters
    ----------
    zone, form, groups
        As in `models.feeds.times.column.read_times`.

    Raises
    ------
    InputError
        The column may mean two things; the sentence names the option that settles it.
    """
    return read_column(table, table.texts(name), name, account, zone=zone, form=form, groups=groups)


def read_column(
    table: FileTable,
    texts: Sequence[str],
    name: str,
    account: InputAccount,
    *,
    zone: str | None = None,
    form: str | None = None,
    groups: Ints | None = None,
) -> TimeColumn:
    """Read texts that stand for a column of times; otherwise as `times_of`."""
    try:
        read = read_times(
            texts, zone=zone, form=form, groups=groups, others=lambda: _others(table, name)
        )
    except UnclearTimes as error:
        msg = f"{table.path}: column {name!r}: {error}"
        raise InputError(msg) from error
    account.set_aside("missing-time", read.missing)
    account.set_aside("unreadable-time", read.unreadable)
    account.set_aside("impossible-time", read.impossible)
    account.note(*read.notes)
    return read


def numbers_of(table: FileTable, name: str, missing: Sequence[str] = ()) -> tuple[Floats, Mask]:
    """Read a column of numbers.

    Parameters
    ----------
    missing : sequence of str
        Texts that stand for no value, beside the usual ones and sentinels such as -9999.

    Returns
    -------
    values : ndarray, shape (n,), float64
        NaN where there is none.
    unreadable : ndarray, shape (n,), bool
        Where something stands that is neither a number nor a mark for none.
    """
    text = pc.utf8_trim_whitespace(pc.fill_null(table.columns[name], ""))
    lower = pc.utf8_lower(text)
    marks = pa.array([*MISSING, *(mark.strip().lower() for mark in missing)], pa.string())
    empty = pc.is_in(lower, value_set=marks)
    text = _pointed(text, table.separator)
    fits = pc.match_substring_regex(text, _NUMBER)
    kept = pc.if_else(pc.and_(fits, pc.invert(empty)), text, None)
    values = np.array(pc.cast(kept, pa.float64()).to_numpy(zero_copy_only=False), np.float64)
    given = np.array(pc.invert(empty).to_numpy(zero_copy_only=False), dtype=bool)
    limit = lower.to_pylist() if (given & ~np.isfinite(values)).any() else []
    infinite = np.array([_is_infinite(cell) for cell in limit] or np.zeros(len(values)), dtype=bool)
    unreadable = given & ~np.isfinite(values) & ~infinite
    values[~np.isfinite(values)] = np.nan
    sentinels = [float(mark) for mark in missing if _is_float(mark)]
    values[is_sentinel(values, sentinels)] = np.nan
    return values, unreadable


def is_sentinel(values: Floats, more: Sequence[float] = ()) -> Mask:
    """Tell which values of a column stand for no value.

    -9999 and longer ones, and limits of number types, always do; -99, -999, 9999, 999999 and the
    like only where they lie ten times as far out as all other values.

    Examples
    --------
    >>> is_sentinel(np.array([20.0, -9999.0, 21.0, -1.8e308, -999.0])).tolist()
    [False, True, False, True, True]
    """
    wrong: Mask = np.isin(values, [*_SENTINELS, *more]) | (np.abs(values) > _LARGEST)
    marked = np.isin(values, _MARKED)
    rest = np.abs(values[np.isfinite(values) & ~wrong & ~marked])
    if marked.any() and rest.size:
        wrong |= marked & (np.abs(values) > 10 * max(float(rest.max()), 1.0))
    return wrong


def _others(table: FileTable, name: str) -> Iterator[str]:
    """Texts of the other columns that may hold times: they show in which order this file writes."""
    for other in table.names:
        if other != name:
            yield from dict.fromkeys(table.texts(other)[:_SAMPLE])


def _pointed(text: pa.ChunkedArray, separator: str) -> pa.ChunkedArray:
    """Write decimal commas as points and drop the signs between thousands, the column as one.

    A column has decimal commas where one of its commas cannot part thousands; in a file of
    semicolons or tabs also where none of its numbers has a point.
    """
    if not pc.any(pc.match_substring(text, ",")).as_py():
        return text
    cells = [cell for cell in pc.unique(text).to_pylist() if "," in cell]
    has_point = pc.any(pc.match_substring_regex(text, r"^[-+]?[0-9]*\.[0-9]+$")).as_py()
    decimal = [cell for cell in cells if _COMMA.fullmatch(cell)]
    if any(_POINTED_GROUPS.fullmatch(cell) for cell in cells):
        return pc.replace_substring(pc.replace_substring(text, ".", ""), ",", ".")
    proven = any(not _GROUPED.fullmatch(cell) for cell in decimal)
    if decimal and (proven or (separator != "," and not has_point)):
        return pc.replace_substring(text, ",", ".")
    if all(_GROUPED.fullmatch(cell) for cell in cells):
        return pc.replace_substring(text, ",", "")
    return text


def _is_infinite(cell: str) -> bool:
    return cell.lstrip("+-") in ("inf", "infinity", "1.#inf", "∞")


def _is_float(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
