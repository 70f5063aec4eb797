"""A column of texts → numbers: decimal commas, signs between thousands, marks for no value."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from models.feeds.tidy import seen

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

MISSING: Final = frozenset(
    {
        *("", "na", "n/a", "nan", "-nan", "null", "none", "nil", "nd", "n.d.", "missing", "nodata"),
        *("no data", "#n/a", "#na", "#value!", "#div/0!", "#ref!", "#null!", "#num!", "#name?"),
        *("-", "--", "---", "?", "\\n", ".", "..", "*", "/", "//", "1.#qnan", "1.#ind", "-1.#ind"),
        *("—", "——", "–", "－", "／", "？", "…", "无", "無", "空", "无数据", "暂无", "暂无数据"),
        *("缺测", "缺失", "缺数", "未测", "未知"),
    }
)
_LARGEST: Final = 1e30  # no city measures it: a limit of a type, or what fills an array
_SENTINELS: Final = (-9999.0, -99999.0, -999999.0, -9999.9, -99999.9, -9999.99)
_LIMITS: Final = tuple(float(sign * 2**bits) for bits in (15, 16, 31, 32, 63) for sign in (-1, 1))
_MARKED: Final = (
    *(-999.0, -99.0, -200.0, -7777.0, -8888.0, 9999.0, 99999.0, 999999.0, 9999999.0, 99999999.0),
    *(-99.9, -99.99, -999.9, -999.99, 999.9, 999.99, 9999.9, 99999.9),  # of tables of fixed width
    *(1e20, *_LIMITS),
    *(limit - 1 for limit in _LIMITS),
)
_NUMBER: Final = r"^[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?$"
_COMMA: Final = re.compile(r"[-+]?\d+,\d+")
_GROUPED: Final = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?")
_POINTED_GROUPS: Final = re.compile(r"[-+]?\d{1,3}(\.\d{3})+,\d+")
_SPACED_GROUPS: Final = re.compile(r"([-+]?\d{1,3})((?:[ '’]\d{3})+)([.,]\d+)?")
_MEASURED: Final = re.compile(r"([-+]?[\d.,]*\d)\s*([^\d\s.,+\-].*)")
# A unit is dropped where all cells of a column have the same; those of thousands are none.
_UNITS: Final = frozenset(
    {
        *("ug/m3", "mg/m3", "ng/m3", "ppm", "ppb", "%", "%lel", "%rh", "°c", "c", "°f"),
        *("db", "dba", "db(a)", "m", "mm", "cm", "km", "m/s", "km/h", "mm/h", "pa", "hpa", "kpa"),
        *("mbar", "lx", "lux", "w/m2", "v", "mv", "a", "ma", "w", "kw", "kwh", "s", "ms", "min"),
        *("h", "l/s", "m3", "m3/h", "mg/l", "ntu", "°", "微克/立方米", "毫克/立方米", "微克/m3"),
        *("分贝", "件", "起", "个", "次", "人", "辆", "例", "宗", "户", "元", "米", "毫米", "度"),
    }
)


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
    text = _measured(_plain(pc.utf8_trim_whitespace(pc.fill_null(column, ""))))
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

    -9999 and longer ones, and what no city measures, always do. -99, -200, -999, 999.9, 9999, 32767
    and the like do where they lie ten times as far out as all other values, or four times and stand
    there three times or more, or twice where they alone are negative.

    Examples
    --------
    >>> is_sentinel(np.array([20.0, -9999.0, 21.0, -1.8e308, -999.0])).tolist()
    [False, True, False, True, True]
    """
    wrong: Mask = np.isin(values, [*_SENTINELS, *more]) | (np.abs(values) >= _LARGEST)
    marked = np.isin(values, _MARKED)
    rest = values[np.isfinite(values) & ~wrong & ~marked]
    if marked.any() and rest.size:
        wrong |= marked & _stands_out(values, rest)
    return wrong


def _stands_out(values: Floats, rest: Floats) -> Mask:
    """Tell which values lie apart from the rest as only a mark does."""
    out = np.abs(values) / max(float(np.abs(rest).max()), 1.0)
    _, at, counts = np.unique(values, return_inverse=True, return_counts=True)
    times = counts[at]
    is_only_negative = (values < 0) & (float(rest.min()) >= 0)
    return np.asarray((out > 10) | ((out > 4) & (times >= 3)) | (is_only_negative & (times >= 2)))


def _plain(text: pa.ChunkedArray) -> pa.ChunkedArray:
    """Write digits and signs of any width, and blanks or high commas between thousands, plainly."""
    is_odd = pc.match_substring_regex(text, r"[^\x00-\x7f]|[0-9][ '][0-9]")
    if not pc.any(is_odd).as_py():
        return text
    return _changed(text, is_odd, _plain_cell)


def _plain_cell(cell: str) -> str:
    plain = unicodedata.normalize("NFKC", seen(cell)).replace("\u2212", "-").strip()
    groups = _SPACED_GROUPS.fullmatch(plain)
    if groups is None:
        return plain
    return groups[1] + re.sub(r"\D", "", groups[2]) + (groups[3] or "")


def _measured(text: pa.ChunkedArray) -> pa.ChunkedArray:
    """Drop the unit behind each number of a column in which all have one and the same."""
    has_more = pc.match_substring_regex(text, r"^[-+]?[0-9.,]*[0-9]\s*[^0-9\s.,+\-eE]")
    if not pc.any(has_more).as_py():
        return text
    cells = [cell for cell in pc.unique(text).to_pylist() if cell.lower() not in MISSING]
    found = [_MEASURED.fullmatch(cell) for cell in cells]
    units = {"" if one is None else _unit(one[2]) for one in found}
    if len(units) != 1 or not units <= _UNITS:
        return text
    return _changed(text, has_more, lambda cell: _MEASURED.sub(r"\1", cell))


def _unit(text: str) -> str:
    return "".join(text.casefold().replace("\u03bc", "u").replace("^", "").split())


def _changed(
    text: pa.ChunkedArray, where: pa.ChunkedArray, change: Callable[[str], str]
) -> pa.ChunkedArray:
    """Change some cells of a column; equal ones are changed once."""
    given = pc.unique(pc.filter(text, where)).to_pylist()
    known = {cell: change(cell) for cell in given}
    cells = [known.get(cell, cell) for cell in text.to_pylist()]
    return pa.chunked_array([pa.array(cells, pa.string())])


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
