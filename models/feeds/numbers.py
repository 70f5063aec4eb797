"""A column of texts → numbers: decimal commas, signs between thousands, marks for no value."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

MISSING: Final = frozenset({"", "na", "n/a", "nan", "null", "none", "nil", "-", "--", "?", "\\n"})
_LARGEST: Final = 1e300  # beyond it a number is a limit of its type, no value
_SENTINELS: Final = (-9999.0, -99999.0, -999999.0)
_MARKED: Final = (-999.0, -99.0, 9999.0, 99999.0, 999999.0, 9999999.0, 99999999.0)
_NUMBER: Final = r"^[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?$"
_COMMA: Final = re.compile(r"[-+]?\d+,\d+")
_GROUPED: Final = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?")
_POINTED_GROUPS: Final = re.compile(r"[-+]?\d{1,3}(\.\d{3})+,\d+")


def read_numbers(
    column: pa.ChunkedArray, separator: str = ",", missing: Sequence[str] = ()
) -> tuple[Floats, Mask]:
    """Read a column of numbers.

    Parameters
    ----------
    column : pyarrow.ChunkedArray of string, length n
        Null or empty where there is no value.
    separator : str
        Between the cells of the file.
    missing : sequence of str
        Texts that stand for no value, beside the usual ones and sentinels such as -9999.

    Returns
    -------
    values : ndarray, shape (n,), float64
        NaN where there is none.
    unreadable : ndarray, shape (n,), bool
        Where something stands that is neither a number nor a mark for none.
    """
    text = pc.utf8_trim_whitespace(pc.fill_null(column, ""))
    lower = pc.utf8_lower(text)
    marks = pa.array([*MISSING, *(mark.strip().lower() for mark in missing)], pa.string())
    empty = pc.is_in(lower, value_set=marks)
    text = _pointed(text, separator)
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
