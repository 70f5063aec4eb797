"""Cases in a state, by street: how many, and which are the worst."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.cases.closed_loop.as_of import Instant
from models.cases.closed_loop.questions import StateQuestion
from models.cases.columns import NEVER
from models.cases.table import OpenCaseTable
from models.grid.codes import STREET_DIVISOR
from models.messages.closed_loop import LoopRow
from models.timing.units import HOUR_MS

NAMED: Final = 5  # cases of a street that are named, the worst first
CELLS: Final = 50  # cells of a street that are named

Mask = NDArray[np.bool_]


class _Found(NamedTuple):
    """A case in the state: since when, its number and its cell (0: unknown)."""

    since_ms: int
    case: str
    cell: int


def state_rows(
    question: StateQuestion, table: OpenCaseTable, instant: Instant, district: str
) -> list[LoopRow]:
    """Count the cases in a state; those without a cell count at the district."""
    open_cases: dict[str, int] = {}
    found: dict[str, list[_Found]] = {}
    settled = instant.is_settled
    for some, among in ((table, settled), (instant.earlier, instant.earlier.columns["used"])):
        is_of_class = among & _of_classes(some, question.categories)
        for street, count in _by_street(some, is_of_class & some.columns["open"], district):
            open_cases[street] = open_cases.get(street, 0) + count
        since = _since(question, some, instant.at_ms)
        for street, row in _groups(some, is_of_class & (since != NEVER), district):
            cell = some.cell_at(row)
            one = _Found(int(since[row]), some.case_at(row), int(cell or 0))
            found.setdefault(street, []).append(one)
    return [
        _row(question, street, sorted(cases), open_cases.get(street, 0))
        for street, cases in sorted(found.items())
    ]


def _row(question: StateQuestion, street: str, cases: list[_Found], is_open: int) -> LoopRow:
    cells = list(dict.fromkeys(one.cell for one in cases if one.cell))
    named = [one.case for one in cases[:NAMED]]
    return LoopRow(question.rule, street, len(cases), is_open, cells[:CELLS], named)


def _groups(table: OpenCaseTable, rows: Mask, district: str) -> list[tuple[str, int]]:
    """Give street and row of the marked cases."""
    at = np.flatnonzero(rows)
    streets = _streets(table, at).tolist()
    return [
        (str(street) if street else district, row)
        for street, row in zip(streets, at.tolist(), strict=True)
    ]


def _by_street(table: OpenCaseTable, rows: Mask, district: str) -> list[tuple[str, int]]:
    """Give each street with the number of its marked cases."""
    streets, counts = np.unique(_streets(table, np.flatnonzero(rows)), return_counts=True)
    return [
        (str(street) if street else district, count)
        for street, count in zip(streets.tolist(), counts.tolist(), strict=True)
    ]


def _streets(table: OpenCaseTable, at: NDArray[np.intp]) -> NDArray[np.int64]:
    """Give the street of some rows, 0 where the cell is unknown."""
    if not len(at):
        return np.empty(0, np.int64)
    found: NDArray[np.int64] = table.cells[table.columns["place"][at]] // STREET_DIVISOR
    return found


def _of_classes(table: OpenCaseTable, categories: frozenset[str]) -> Mask:
    """Mark the cases of some classes; of all where none is named."""
    if not categories:
        return np.ones(table.capacity, dtype=bool)
    numbers = [number for number, name in enumerate(table.names) if name in categories]
    found: Mask = np.isin(table.columns["category"], np.array(numbers, dtype=np.int64))
    return found


def _since(question: StateQuestion, table: OpenCaseTable, at_ms: int) -> NDArray[np.int64]:
    """Since when each case is in the state, epoch milliseconds; `NEVER` where it is not."""
    columns = table.columns
    before_ms = at_ms - round(question.hours * HOUR_MS)
    is_running = columns["open"] & ~columns["held"]
    match question.state:
        case "overdue":
            since = columns["due"]
            # As in the indicators: a limit that is reached now has not passed yet.
            is_in = is_running & (since != NEVER) & (since < before_ms)
        case "idle":
            since = columns["last"]
            is_in = is_running & (since <= before_ms)
        case "reopened":
            since = columns["reopened"]
            is_in = columns["used"] & (since != NEVER) & (since > before_ms)
        case "event":
            since = columns["began"]
            is_in = columns["open"] & columns["in_event"] & (since <= before_ms)
    return np.where(is_in, since, NEVER)
