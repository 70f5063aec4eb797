"""Judge the counts of a CSV file: read, place on one axis, judge in blocks, write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from config.errors import InputError
from models.detect.count_baseline import CountJudgement, judge_counts
from models.detect.periods import Axis, BadPeriod, axis_of
from ops.csv_file import column, read_table, write_with
from ops.output import progress

_DEFAULT_SEASON = 52.0
_BLOCK = 128  # series a step of the progress bar


@dataclass(frozen=True, kw_only=True)
class CountsDone:
    """What `judge_file` did."""

    rows: int
    series: int
    alarms: int


def judge_file(file: Path, out: Path, season: float | None) -> CountsDone:
    """Judge a long CSV `series,period,count` and write it with the verdicts.

    Periods that a series leaves out between its first and last are zeros where the file never
    writes a zero, and unknown where it does.

    Raises
    ------
    InputError
        The file or a value in it is wrong; the message names the row.
    """
    if season is not None and season < 1:
        msg = f"--season should be at least 1 period a year, got {season}"
        raise InputError(msg)
    table = read_table(file)
    names = column(table, "series", file)
    values = _numbers(column(table, "count", file), file)
    axis = _axis(column(table, "period", file), file)
    known = {name: number for number, name in enumerate(dict.fromkeys(names))}
    rows = np.array([known[name] for name in names], dtype=np.int64)
    grid = _grid(rows, axis, values, len(known), file)
    if season is None:
        season = _DEFAULT_SEASON if np.isnan(axis.season) else axis.season
    judged = _judge(grid, season, axis.weekday)
    at = (rows, axis.index)
    alarm = judged.alarm[at]
    write_with(
        table,
        {
            "expected": _shown(judged.expected[at]),
            "upper": _shown(judged.upper[at]),
            "p_value": judged.p_value[at].tolist(),
            "alarm": [int(flag) for flag in alarm],
        },
        out,
    )
    return CountsDone(rows=len(names), series=len(known), alarms=int(alarm.sum()))


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


def _numbers(texts: Sequence[str], file: Path) -> NDArray[np.float64]:
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


def _grid(
    rows: NDArray[np.int64], axis: Axis, values: NDArray[np.float64], series: int, file: Path
) -> NDArray[np.float64]:
    """Lay the counts out as (series, periods)."""
    flat = rows * axis.length + axis.index
    _, first = np.unique(flat, return_index=True)
    if len(first) < len(flat):
        twice = int(np.setdiff1d(np.arange(len(flat)), first)[0])
        msg = f"{file}: row {twice + 1}: this series has a count for this period already"
        raise InputError(msg)
    grid = np.full((series, axis.length), np.nan)
    if not (values == 0).any():
        begin = np.full(series, axis.length)
        end = np.full(series, -1)
        np.minimum.at(begin, rows, axis.index)
        np.maximum.at(end, rows, axis.index)
        place = np.arange(axis.length)
        grid[(place >= begin[:, None]) & (place <= end[:, None])] = 0.0
    grid[rows, axis.index] = values
    return grid


def _judge(grid: NDArray[np.float64], season: float, weekday: int | None) -> CountJudgement:
    blocks = []
    with progress() as bar:
        task = bar.add_task("judging series", total=len(grid))
        for first in range(0, len(grid), _BLOCK):
            block = grid[first : first + _BLOCK]
            blocks.append(judge_counts(block, season=season, weekday=weekday))
            bar.advance(task, len(block))
    return CountJudgement.joined(blocks)


def _shown(values: NDArray[np.float64]) -> list[float | None]:
    return [None if np.isnan(value) else round(float(value), 6) for value in values]
