"""Which open cases will break their limit, and when each may close: for every one, in slices.

A tick judges some of the cases, those first that have changed or were judged longest ago; so the
cost of a tick does not grow with the number of cases, only the age of the age of a forecast.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.cases.columns import NEVER
from models.cases.prediction.breach import BreachModel
from models.cases.table import OpenCaseTable
from models.timing.units import MINUTE_MS
from models.timing.zone import Zone

SLICE: Final = 5000  # cases judged a tick: some 15 ms
AGAIN_MS: Final = MINUTE_MS  # by event time: nothing changes much within a minute
LIKELY: Final = 0.5


def judge_open(
    table: OpenCaseTable, model: BreachModel, zone: Zone, now_ms: int, most: int = SLICE
) -> int:
    """Judge open cases anew, as many as `most`, and keep the results in the table.

    Cases without a limit get an expected closing time and no probability. A held case is judged as
    if it ran on.

    Returns
    -------
    int
        Cases judged.
    """
    columns = table.columns
    waiting = np.flatnonzero(columns["open"] & (columns["judged"] <= now_ms - AGAIN_MS))
    if len(waiting) > most:
        waiting = waiting[np.argpartition(columns["judged"][waiting], most)[:most]]
    if len(waiting):
        cases = table.open_cases(waiting, now_ms)
        columns["chance"][waiting] = model.breach(cases, zone)
        columns["expected"][waiting] = model.expected_close_ms(cases)
        columns["judged"][waiting] = now_ms
    return len(waiting)


def at_risk(table: OpenCaseTable, now_ms: int) -> NDArray[np.bool_]:
    """Mark the rows of open cases that will more likely break their limit, and have not yet."""
    columns = table.columns
    is_ahead = (
        columns["open"] & ~columns["held"] & (columns["due"] != NEVER) & (columns["due"] >= now_ms)
    )
    result: NDArray[np.bool_] = is_ahead & (columns["chance"] >= LIKELY)  # NaN is not
    return result


def likeliest(table: OpenCaseTable, now_ms: int, most: int) -> list[int]:
    """Rows of the cases at risk with the highest probabilities, at most so many, in no order."""
    rows = np.flatnonzero(at_risk(table, now_ms))
    if len(rows) > most:
        rows = rows[np.argpartition(-table.columns["chance"][rows], most)[:most]]
    return [int(row) for row in rows]
