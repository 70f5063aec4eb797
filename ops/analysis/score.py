"""Scoring of a file: an even grid, the scores, and back to the rows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from models.detect.contract import Floats
from models.detect.series.score import MEMBERS, score_series
from models.detect.series.spacing import places
from ops.files.series_file import SeriesFile


def steps(file: SeriesFile) -> int:
    """How often `score_rows` will call `step`."""
    return len(MEMBERS) * len(file.values)


def score_rows(file: SeriesFile, step: Callable[[], None] = lambda: None) -> Floats:
    """Score each row of a file from that row and earlier ones; shape (rows,), in [0, 1)."""
    table = file.table()
    times_s = file.times_s()
    rows = np.arange(len(table)) if times_s is None else places(times_s)
    grid = np.full((int(rows[-1]) + 1 if rows.size else 0, table.shape[1]), np.nan)
    grid[rows] = table
    return score_series(grid, step)[rows]
