"""Scoring of a file: its series in the order of time, on an even grid, and back to the rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.errors import InputError
from models.detect.series.level_shift import LevelShift
from models.detect.series.score import MEMBERS, SeriesScores, score_states_and_onsets
from models.detect.series.spacing import places
from models.timing.units import DAY_MS, HOUR_MS
from ops.files.series_file import SeriesFile, likely_series

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

_RARE: Final = 0.01  # share of the rows that may repeat the time of the row before
_NIGHT_MS: Final = 4 * HOUR_MS  # clocks are set back before it


def steps(file: SeriesFile) -> int:
    """How often `score_rows` will call `step` at the least."""
    return len(MEMBERS) * len(file.values) * len(file.names)


def score_rows(file: SeriesFile, step: Callable[[], None] = lambda: None) -> SeriesScores:
    """Score each row from that row and earlier rows of its series.

    Returns
    -------
    SeriesScores
        Shape (rows,), in [0, 1); NaN for rows that have no place in time. The rows of level shifts
        are rows of the file.

    Raises
    ------
    InputError
        Many rows of one series have the same time: it is several series.
    """
    scores, shifts = _unknown(len(file.table)), list[LevelShift]()
    for number, name in enumerate(file.names):
        rows = np.flatnonzero((file.series == number) & _timed(file))
        if rows.size:
            rows = _in_order(file, rows)
            part = _score(file, rows, name, step)
            _write(scores, rows, part)
            shifts.extend(_in_rows(part.shifts, rows))
    return replace(scores, shifts=tuple(shifts))


def _in_rows(shifts: tuple[LevelShift, ...], rows: Ints) -> Iterator[LevelShift]:
    """Name the rows of the file in level shifts of one series."""
    for shift in shifts:
        yield replace(shift, row=int(rows[shift.row]), since=int(rows[shift.since]))


def shift_texts(file: SeriesFile, shifts: Iterable[LevelShift]) -> list[str]:
    """Level shifts in words, at the rows at which they were accepted; no text at all others."""
    texts = [""] * len(file.table)
    for shift in shifts:
        levels = f"{shift.before:.6g} to {shift.after:.6g}"
        text = f"{file.values[shift.column]}: {levels} since row {shift.since + 1}"
        texts[shift.row] = "; ".join(filter(None, [texts[shift.row], text]))
    return texts


def _unknown(rows: int) -> SeriesScores:
    return SeriesScores(np.full(rows, np.nan), np.full(rows, np.nan))


def _write(scores: SeriesScores, rows: Ints | Mask, part: SeriesScores) -> None:
    scores.anomaly[rows], scores.onset[rows] = part.anomaly, part.onset


def _at(scores: SeriesScores, slots: Ints) -> SeriesScores:
    """Scores of the rows that stand in slots of a grid; what is in a gap goes to the row after."""

    def row_of(slot: int) -> int:
        return min(int(np.searchsorted(np.maximum.accumulate(slots), slot)), slots.size - 1)

    shifts = (replace(s, row=row_of(s.row), since=row_of(s.since)) for s in scores.shifts)
    return SeriesScores(scores.anomaly[slots], scores.onset[slots], tuple(shifts))


def _timed(file: SeriesFile) -> Mask:
    if file.times is not None:
        return file.times.known
    faults = np.ones(len(file.table), dtype=bool)
    faults[list(file.table.faults)] = False
    return faults


def _in_order(file: SeriesFile, rows: Ints) -> Ints:
    """Rows in the order of time; with a notice where that is not the order of the file."""
    if file.times is None:
        return rows
    ms = file.times.ms[rows]
    back = int((np.diff(ms) < 0).sum())
    if not back:
        return rows
    how = "newest first" if back > len(rows) / 2 else "not in the order of time"
    file.account.note(f"rows stand {how}: scored in the order of time, written as they stood")
    order: Ints = np.argsort(ms, kind="stable")
    return rows[order]


def _score(file: SeriesFile, rows: Ints, name: str, step: Callable[[], None]) -> SeriesScores:
    """Score the rows of one series, given in the order of time."""
    numbers = file.numbers[rows]
    if file.times is None:
        return score_states_and_onsets(numbers, step)
    again = _second_pass(file, rows, name)
    local_s = file.times.local_ms[rows] / 1000
    slots = np.zeros(len(rows), dtype=np.int64)
    slots[~again] = places(local_s[~again])
    first = np.flatnonzero(~again)
    before = np.searchsorted(local_s[first], local_s[again], side="right") - 1
    slots[again] = slots[first[np.maximum(before, 0)]]
    grid = np.full((int(slots.max()) + 1, numbers.shape[1]), np.nan)
    grid[slots[~again]] = numbers[~again]
    scores = _at(score_states_and_onsets(grid, step), slots)
    if again.any():
        grid[slots[again]] = numbers[again]
        _write(scores, again, _at(score_states_and_onsets(grid), slots[again]))
    return scores


def _second_pass(file: SeriesFile, rows: Ints, name: str) -> Mask:
    """Tell which rows stand in the second pass of an hour that came twice.

    Their places on the grid are those of the first pass, so that the rhythm of the day goes on.

    Raises
    ------
    InputError
        More rows repeat a time than a clock set back or a stutter explains.
    """
    times = file.times
    assert times is not None
    local, ms = times.local_ms[rows], times.ms[rows]
    back = local <= np.maximum.accumulate(np.concatenate([[local[0] - 1], local[:-1]]))
    same = np.concatenate([[False], np.diff(ms) == 0])
    if not same.any():
        return np.asarray(back)  # a zone is known, and its clock was set back
    if _is_clock_change(local, same):
        file.account.note(f"{int(same.sum())} times come twice, as when clocks are set back")
        return same
    if same.sum() > _RARE * len(rows):
        raise InputError(_repeated(file, rows, same, name))
    file.account.note(f"{int(same.sum())} rows repeat the time of the row before: kept in order")
    return np.zeros(len(rows), dtype=bool)


def _is_clock_change(local: Ints, same: Mask) -> bool:
    """Tell whether repeated times look like one hour of a night, once a year."""
    twice = local[same]
    if len(np.unique(twice)) < len(twice) or (twice % DAY_MS >= _NIGHT_MS).any():
        return False
    gaps = np.diff(twice)
    return bool(((gaps < HOUR_MS) | (gaps > 300 * DAY_MS)).all())


def _repeated(file: SeriesFile, rows: Ints, same: Mask, name: str) -> str:
    row = int(rows[np.flatnonzero(same)[0]])
    where = f"{file.table.path}: {int(same.sum())} rows"
    where += f" of series {name!r}" if name else ""
    what = f"{where} repeat the time of another (row {row + 1}, column {file.time!r})"
    if name:
        return f"{what}; leave one row a time, or name a column with a finer --series or --time"
    return f"{what}; name the column that parts the series with --series{likely_series(file.table)}"
