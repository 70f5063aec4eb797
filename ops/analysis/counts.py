"""Judge the counts of a CSV file: read, place on one axis, judge in blocks, write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from config.errors import InputError
from models.detect.counts.expectation import CountJudgement, judge_counts
from models.detect.counts.periods import Axis, BadPeriod, axis_of
from models.detect.counts.reporting_delay import completeness
from models.timing.holidays import Holidays
from ops.files.csv_file import column, delimiter_of, read_table, write_with
from ops.output import progress

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_DEFAULT_SEASON = 52.0
_BLOCK = 128  # series a step of the progress bar
_WHOLE = 0.995  # share of the cases after whose delay a period is taken for complete


@dataclass(frozen=True, kw_only=True)
class CountsDone:
    """What `judge_file` did."""

    rows: int
    series: int
    alarms: int
    drops: int


@dataclass(frozen=True, kw_only=True)
class CountsFile:
    """A read file.

    Attributes
    ----------
    rows : ndarray, shape (n,), int64
        Series of each row.
    axis : Axis
        Period of each row.
    values : ndarray, shape (n,), float64
        NaN where there is no count.
    told : ndarray, shape (n,), int64, or None
        Period in which the cases of a row became known, on the same axis.
    """

    table: pa.Table
    rows: Ints
    axis: Axis
    values: Floats
    told: Ints | None


def judge_file(
    file: Path,
    out: Path,
    season: float | None,
    *,
    holidays: Holidays | None = None,
    told: str | None = None,
) -> CountsDone:
    """Judge a long CSV `series,period,count` and write it with the verdicts.

    Periods that a series leaves out between its first and last are zeros where the file never
    writes a zero, and unknown where it does.

    Parameters
    ----------
    season : float or None
        Periods a year; told by the periods where None.
    holidays : Holidays, optional
        Of the city that was counted in; days and weeks have them.
    told : str, optional
        Column with the period in which the cases of a row became known. A period may then have
        several rows, which add up, and the newest periods are judged by the share that is usually
        known by now.

    Raises
    ------
    InputError
        The file or a value in it is wrong; the message names the row.
    """
    if season is not None and season < 1:
        msg = f"--season should be at least 1 period a year, got {season}"
        raise InputError(msg)
    counts = _read(file, told)
    axis = counts.axis
    if holidays is not None and axis.first is None:
        msg = f"{file}: integers and months have no holidays; write periods as dates or ISO weeks"
        raise InputError(msg)
    grid = _grid(counts, file)
    if season is None:
        season = _DEFAULT_SEASON if np.isnan(axis.season) else axis.season
    judged = _judge(grid, season, axis, holidays, _known(counts))
    at = (counts.rows, axis.index)
    alarm, drop = judged.alarm[at], judged.drop[at]
    write_with(
        counts.table,
        {
            "expected": _shown(judged.expected[at]),
            "upper": _shown(judged.upper[at]),
            "p_value": judged.p_value[at].tolist(),
            "alarm": [int(flag) for flag in alarm],
            "lower": _shown(judged.lower[at]),
            "p_drop": judged.p_drop[at].tolist(),
            "drop": [int(flag) for flag in drop],
        },
        out,
        delimiter_of(file),
    )
    return CountsDone(
        rows=len(counts.rows), series=len(grid), alarms=int(alarm.sum()), drops=int(drop.sum())
    )


def _read(file: Path, told: str | None) -> CountsFile:
    table = read_table(file)
    names = column(table, "series", file)
    values = _numbers(column(table, "count", file), file)
    known = {name: number for number, name in enumerate(dict.fromkeys(names))}
    rows = np.array([known[name] for name in names], dtype=np.int64)
    periods = column(table, "period", file)
    if told is None:
        return CountsFile(
            table=table, rows=rows, axis=_axis(periods, file), values=values, told=None
        )
    both = _axis([*periods, *column(table, told, file)], file)
    event, at = both.index[: len(rows)], both.index[len(rows) :]
    if (at < event).any():
        row = int(np.argmax(at < event))
        msg = f"{file}: row {row + 1}: told before its period"
        raise InputError(msg)
    return CountsFile(
        table=table, rows=rows, axis=replace(both, index=event), values=values, told=at
    )


def _known(counts: CountsFile) -> Floats | None:
    """Share of each period's cases that is known by the newest period told of."""
    if counts.told is None:
        return None
    cases = np.nan_to_num(counts.values).astype(np.int64)
    event, told = np.repeat(counts.axis.index, cases), np.repeat(counts.told, cases)
    now = int(counts.told.max())
    longest = int(np.quantile(told - event, _WHOLE, method="higher")) if cases.sum() else 0
    by_age = completeness(event, told, now, longest=longest)
    age = now - np.arange(counts.axis.length)
    return by_age[np.clip(age, 0, longest)]


def _axis(periods: Sequence[str], file: Path) -> Axis:
    try:
        axis = axis_of(periods)
    except BadPeriod as error:
        msg = f"{file}: {error}"
        raise InputError(msg) from error
    if axis.length > 200 * len(periods) + 1000:
        msg = f"{file}: the periods span {axis.length} steps; is one of them a misprint?"
        raise InputError(msg)
    return axis


def _numbers(texts: Sequence[str], file: Path) -> Floats:
    values = np.full(len(texts), np.nan)
    for row, text in enumerate(texts):
        if text.strip().lower() in ("", "na", "nan"):
            continue
        try:
            values[row] = float(text)
        except ValueError:
            values[row] = -1
        if not 0 <= values[row] < 1e12:
            msg = f"{file}: row {row + 1}: count {text!r} should be a number from 0"
            raise InputError(msg)
    return values


def _grid(counts: CountsFile, file: Path) -> Floats:
    """Lay the counts out as (series, periods)."""
    rows, axis, values = counts.rows, counts.axis, counts.values
    series = int(rows.max(initial=-1)) + 1
    if counts.told is None:
        _check_once(rows * axis.length + axis.index, file)
    grid = np.full((series, axis.length), np.nan)
    if counts.told is not None or not (values == 0).any():
        begin = np.full(series, axis.length)
        end = np.full(series, -1 if counts.told is None else axis.length - 1)
        np.minimum.at(begin, rows, axis.index)
        np.maximum.at(end, rows, axis.index)
        place = np.arange(axis.length)
        grid[(place >= begin[:, None]) & (place <= end[:, None])] = 0.0
    if counts.told is None:
        grid[rows, axis.index] = values
    else:
        np.add.at(grid, (rows, axis.index), np.nan_to_num(values))
    return grid


def _check_once(flat: Ints, file: Path) -> None:
    """Refuse a file that has two counts of one series and period."""
    _, first = np.unique(flat, return_index=True)
    if len(first) < len(flat):
        twice = int(np.setdiff1d(np.arange(len(flat)), first)[0])
        msg = f"{file}: row {twice + 1}: this series has a count for this period already"
        raise InputError(msg)


def _judge(
    grid: Floats, season: float, axis: Axis, holidays: Holidays | None, known: Floats | None
) -> CountJudgement:
    holiday = None
    if holidays is not None and axis.first is not None:
        holiday = holidays.shares(axis.first, axis.first + axis.length * axis.days, axis.days)
    blocks = []
    with progress() as bar:
        task = bar.add_task("judging series", total=len(grid))
        for first in range(0, len(grid), _BLOCK):
            block = grid[first : first + _BLOCK]
            blocks.append(
                judge_counts(
                    block,
                    season=season,
                    weekday=axis.weekday,
                    holiday=holiday,
                    completeness=known,
                )
            )
            bar.advance(task, len(block))
    return CountJudgement.joined(blocks)


def _shown(values: Floats) -> list[float | None]:
    return [None if np.isnan(value) else round(float(value), 6) for value in values]
