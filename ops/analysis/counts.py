"""Judge the counts of a file: read, place on one axis, judge in blocks, write."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from config.errors import InputError
from models.detect.counts.expectation import CountJudgement, judge_counts
from models.detect.counts.periods import Axis
from models.detect.counts.reporting_delay import completeness
from models.timing.holidays import Holidays
from ops.files.account import InputAccount
from ops.files.choices import Choices
from ops.files.counts_file import CountsFile, read_counts
from ops.files.write import write_with
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
    account: InputAccount


def judge_file(
    file: Path,
    out: Path,
    season: float | None,
    *,
    choices: Choices | None = None,
    holidays: Holidays | None = None,
    reported: str | None = None,
) -> CountsDone:
    """Judge a long table of series, periods and counts, and write it with the verdicts.

    Periods that a series leaves out between its first and last are zeros where the file never
    writes a zero, and unknown where it does. Rows that are set aside come back without a verdict.

    Parameters
    ----------
    season : float or None
        Periods a year; found from the periods where None.
    choices : Choices, optional
        What the user said about the file.
    holidays : Holidays, optional
        Of the city that was counted in; days and weeks have them.
    reported : str, optional
        Column with the period in which the cases of a row became known. A period may then have
        several rows, which add up, and the newest periods are judged by the share that is usually
        known by now.

    Raises
    ------
    InputError
        The file is wrong.
    """
    if season is not None and season < 1:
        msg = f"--season should be at least 1 period a year, got {season}"
        raise InputError(msg)
    counts = read_counts(file, choices or Choices(), reported)
    axis = counts.axis
    if holidays is not None and axis.first is None:
        msg = f"{file}: {axis.unit} have no holidays; write periods as dates or ISO weeks"
        raise InputError(msg)
    if season is None:
        season = _DEFAULT_SEASON if np.isnan(axis.season) else axis.season
    grid = _grid(counts, file)
    judged = _judge(grid, season, axis, holidays, _known(counts))
    write_with(counts.table, _columns(counts, judged), out)
    at = (counts.series, axis.index)
    return CountsDone(
        rows=len(counts.table),
        series=len(counts.series_names),
        alarms=int(judged.alarm[at].sum()),
        drops=int(judged.drop[at].sum()),
        account=counts.account,
    )


def _columns(counts: CountsFile, judged: CountJudgement) -> dict[str, list[object]]:
    """Columns to add, one value for each row of the file."""
    at = (counts.series, counts.axis.index)
    found: dict[str, list[object]] = {
        "expected": [*_shown(judged.expected[at])],
        "upper": [*_shown(judged.upper[at])],
        "p_value": judged.p_value[at].tolist(),
        "alarm": judged.alarm[at].astype(int).tolist(),
        "lower": [*_shown(judged.lower[at])],
        "p_drop": judged.p_drop[at].tolist(),
        "drop": judged.drop[at].astype(int).tolist(),
    }
    columns: dict[str, list[object]] = {}
    for name, values in found.items():
        whole: list[object] = [None] * len(counts.table)
        for row, value in zip(counts.rows.tolist(), values, strict=True):
            whole[row] = value
        columns[name] = whole
    return columns


def _known(counts: CountsFile) -> Floats | None:
    """Share of each period's cases that is known by the newest reporting period."""
    if counts.reported is None:
        return None
    cases = np.nan_to_num(counts.values).astype(np.int64)
    event, reported = np.repeat(counts.axis.index, cases), np.repeat(counts.reported, cases)
    now = int(counts.reported.max())
    longest = int(np.quantile(reported - event, _WHOLE, method="higher")) if cases.sum() else 0
    by_age = completeness(event, reported, now, longest=longest)
    age = now - np.arange(counts.axis.length)
    return by_age[np.clip(age, 0, longest)]


def _grid(counts: CountsFile, file: Path) -> Floats:
    """Lay the counts out as (series, periods)."""
    rows, axis, values = counts.series, counts.axis, counts.values
    series = len(counts.series_names)
    if counts.reported is None:
        _check_once(counts, file)
    grid = np.full((series, axis.length), np.nan)
    if counts.reported is not None or not (values == 0).any():
        begin = np.full(series, axis.length)
        end = np.full(series, -1 if counts.reported is None else axis.length - 1)
        np.minimum.at(begin, rows, axis.index)
        np.maximum.at(end, rows, axis.index)
        place = np.arange(axis.length)
        grid[(place >= begin[:, None]) & (place <= end[:, None])] = 0.0
    if counts.reported is None:
        grid[rows, axis.index] = values
    else:
        np.add.at(grid, (rows, axis.index), np.nan_to_num(values))
    return grid


def _check_once(counts: CountsFile, file: Path) -> None:
    """Refuse a file that has two counts of one series and period."""
    flat = counts.series * counts.axis.length + counts.axis.index
    _, first = np.unique(flat, return_index=True)
    if len(first) == len(flat):
        return
    twice = int(np.setdiff1d(np.arange(len(flat)), first)[0])
    row, name = int(counts.rows[twice]), counts.series_names[int(counts.series[twice])]
    msg = (
        f"{file}: row {row + 1}: series {name!r} has a count for this period already; add them up, "
        "or name a finer --series or --period, or --timezone for hours that come twice"
    )
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
                    hour=axis.hour,
                    holiday=holiday,
                    completeness=known,
                )
            )
            bar.advance(task, len(block))
    return CountJudgement.joined(blocks)


def _shown(values: Floats) -> list[float | None]:
    return [None if np.isnan(value) else round(float(value), 6) for value in values]
