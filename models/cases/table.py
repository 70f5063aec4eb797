"""All cases in memory as columns, so that a query over all of them is a few array operations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.bounded import OTHERS
from models.cases.columns import NEVER, Limits, names
from models.cases.prediction.breach import OpenCases
from models.cases.quality import QualityFlag
from models.cases.state import LOOP, CaseState, Stage
from models.grid.codes import STREET_DIVISOR
from models.messages.street_summaries import StageNow
from models.timing.units import HOUR_MS

STAGES: Final = tuple(Stage)
FLAGS: Final = tuple(QualityFlag)
HELD: Final = "held"  # shown in place of the stage while the clock stands
_STAGE_INDEX: Final = {stage: index for index, stage in enumerate(STAGES)}
_FLAG_BIT: Final = {flag: 1 << bit for bit, flag in enumerate(FLAGS)}
_FORETOLD: Final = ("category", "department", "place", "filed", "due", "stage")  # told from these
_FIRST_ROWS: Final = 1024
_MOST_NAMES: Final = 50_000  # departments ever named: one of 200 letters takes a kilobyte
_DTYPES: Final = {
    "used": "?",
    "open": "?",
    "held": "?",
    "stage": "<i1",
    "since": "<i8",
    "began": "<i8",
    "filed": "<i8",
    "due": "<i8",
    "place": "<i4",
    "flags": "<i8",
    "department": "<i4",
    "category": "<i4",
    "lon": "<f8",
    "lat": "<f8",
    "chance": "<f4",
    "expected": "<i8",
    "judged": "<i8",
    "last": "<i8",
    "newest": "<i8",
    "reopened": "<i8",
    "in_event": "?",
}


class OpenCaseTable:
    """Cases as rows of columns; a row that a case leaves is used again.

    Each column lies by itself: most queries read two or three of them, of all cases.

    Attributes
    ----------
    columns : dict of str to ndarray, each of shape (`capacity`,)
        `since` entered its stage, `began` its report, `filed` its filing (else `began`), `due` its
        limit to close (`NEVER` without one), all epoch milliseconds; `flags` one bit a reason code;
        `department` and `category` index `names`, `place` indexes `cells`; `chance` of breaking the
        limit (NaN: none, or not judged yet), `expected` closing, and when the case was `judged`, by
        event time. A case that changes is to be judged anew. `last` step that can be true, `newest`
        of all, `reopened` (`NEVER` where it was not), and whether it is `in_event`.
    """

    def __init__(self) -> None:
        self.columns: dict[str, NDArray[Any]] = {
            name: np.zeros(_FIRST_ROWS, dtype=dtype) for name, dtype in _DTYPES.items()
        }
        self.names: list[str] = []
        self._name_index: dict[str, int] = {}
        self._cells: list[int] = []
        self._cell_index: dict[int, int] = {}
        self._row_of: dict[str, int] = {}
        self._case_of: list[str] = [""] * _FIRST_ROWS
        self._free = list(range(_FIRST_ROWS - 1, -1, -1))

    def __len__(self) -> int:
        return len(self._row_of)

    @property
    def capacity(self) -> int:
        """Rows there are, used or not."""
        return len(self._case_of)

    def case_at(self, row: int) -> str:
        """Give the number of the case in a row."""
        return self._case_of[row]

    def row_of(self, case: str) -> int | None:
        """Give the row of a case; None where it is not here."""
        return self._row_of.get(case)

    def put(
        self, cases: Sequence[str], states: Sequence[CaseState], limits: Sequence[Limits]
    ) -> list[int]:
        """Enter cases, each in place of what was known of it before; give their rows."""
        if not cases:
            return []
        at = [self._row(case) for case in cases]
        values = [self._values(*pair) for pair in zip(states, limits, strict=True)]
        for name, column in zip(self.columns, zip(*values, strict=True), strict=True):
            self.columns[name][at] = column
        return at

    def _row(self, case: str) -> int:
        row = self._row_of.get(case)
        return self._new_row(case) if row is None else row

    def _values(self, state: CaseState, limit: Limits) -> tuple[Any, ...]:
        """Lay one case out in the order of the columns."""
        began = state.since_ms if state.began_ms is None else state.began_ms
        return (
            True,
            state.is_open,
            state.held,
            _STAGE_INDEX[state.stage],
            state.since_ms,
            began,
            began if state.filed_ms is None else state.filed_ms,
            NEVER if limit.close_ms is None else limit.close_ms,
            self._placed(int(state.cell) if state.cell.isdigit() else 0),
            sum(_FLAG_BIT[flag] for flag in state.flags),
            self._named(self._bounded(state.department)),
            self._named(state.category),
            np.nan if state.lon is None else state.lon,
            np.nan if state.lat is None else state.lat,
            np.nan,
            NEVER,
            NEVER,
            state.last_ms,
            state.newest_ms,
            NEVER if state.reopened_ms is None else state.reopened_ms,
            bool(state.events),
        )

    def remove(self, case: str) -> None:
        """Take a case out."""
        row = self._row_of.pop(case)
        for column in self.columns.values():
            column[row] = 0
        self._case_of[row] = ""
        self._free.append(row)

    def _new_row(self, case: str) -> int:
        if not self._free:
            old = self.capacity
            for name, column in self.columns.items():
                self.columns[name] = np.concatenate([column, np.zeros_like(column)])
            self._case_of += [""] * old
            self._free = list(range(2 * old - 1, old - 1, -1))
        row = self._row_of[case] = self._free.pop()
        self._case_of[row] = case
        return row

    @property
    def cells(self) -> NDArray[np.int64]:
        """Cells that cases were ever in; 0 is an unknown one."""
        return np.array(self._cells, dtype=np.int64)

    def cell_at(self, row: int) -> str:
        """Give the cell of the case in a row; empty where it is unknown."""
        cell = self._cells[self.columns["place"][row]]
        return str(cell) if cell else ""

    def _placed(self, cell: int) -> int:
        index = self._cell_index.get(cell)
        if index is None:
            index = self._cell_index[cell] = len(self._cells)
            self._cells.append(cell)
        return index

    def _named(self, name: str) -> int:
        index = self._name_index.get(name)
        if index is None:
            index = self._name_index[name] = len(self.names)
            self.names.append(name)
        return index

    def _bounded(self, name: str) -> str:
        """Give a name that anybody may send, or `OTHERS` where there are too many to be kept."""
        return name if len(self.names) < _MOST_NAMES or name in self._name_index else OTHERS

    def forget_judgements(self) -> None:
        """Have all cases judged anew: the one who judges has changed."""
        self.columns["judged"][:] = NEVER

    def clear_judgements(self) -> None:
        """Know of no chance and no expected closing: no model judges any more."""
        self.forget_judgements()
        self.columns["chance"][:] = np.nan
        self.columns["expected"][:] = NEVER

    def overdue(self, now_ms: int) -> NDArray[np.bool_]:
        """Mark the rows of open cases whose limit has passed; a held case's clock stands."""
        columns = self.columns
        result: NDArray[np.bool_] = (
            columns["open"]
            & ~columns["held"]
            & (columns["due"] != NEVER)
            & (columns["due"] < now_ms)
        )
        return result

    def stages(self, now_ms: int) -> dict[str, StageNow]:
        """Open cases by stage, the held ones apart, with the hours they have been in it."""
        columns = self.columns
        some = np.flatnonzero(columns["open"])
        kind = np.where(columns["held"][some], len(STAGES), columns["stage"][some])
        kinds = len(STAGES) + 1
        counts = np.bincount(kind, minlength=kinds)
        overdue = np.bincount(kind[self.overdue(now_ms)[some]], minlength=kinds)
        dwell_ms = np.zeros(kinds, dtype=np.int64)  # summed as integers: exact in any order
        np.add.at(dwell_ms, kind, np.maximum(now_ms - columns["since"][some], 0))
        return {
            name: StageNow(
                open=int(counts[at]),
                overdue=int(overdue[at]),
                dwell_h_sum=int(dwell_ms[at]) / HOUR_MS,
            )
            for at, name in enumerate([*(stage.value for stage in STAGES), HELD])
            if counts[at]
        }

    def flags(self) -> dict[str, int]:
        """Cases in memory by reason code."""
        flagged = self.columns["flags"][self.columns["flags"] != 0]
        counts = {flag.value: int((flagged & bit != 0).sum()) for flag, bit in _FLAG_BIT.items()}
        return {code: count for code, count in counts.items() if count}

    def open_by_cell(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Cells that have open cases, ascending, and how many."""
        cells = self.cells
        counts = np.bincount(self.columns["place"][self.columns["open"]], minlength=len(cells))
        order = np.argsort(cells)
        order = order[counts[order] > 0]
        return cells[order], counts[order]

    def most_pressing(self, most: int) -> list[int]:
        """Rows of the open cases furthest past their limit, or nearest to it, worst first."""
        columns = self.columns
        running = np.flatnonzero(columns["open"] & ~columns["held"] & (columns["due"] != NEVER))
        due = columns["due"][running]
        if len(running) > most:
            nearest = np.argpartition(due, most)[:most]
            running, due = running[nearest], due[nearest]
        order = np.lexsort((columns["began"][running], due))
        return [int(row) for row in running[order]]

    def open_cases(self, rows: Sequence[int] | NDArray[np.int64], now_ms: int) -> OpenCases:
        """Lay some open cases out for a prediction of their breach."""
        at = np.asarray(rows, dtype=np.int64)
        chosen = {name: self.columns[name][at] for name in _FORETOLD}
        owners = self.columns["department"][self.columns["open"]]
        load = np.bincount(owners, minlength=len(self.names)).astype(np.float64)
        place = {index: LOOP.index(s) for index, s in enumerate(STAGES) if s in LOOP}
        return OpenCases(
            category=names(self.names[code] for code in chosen["category"].tolist()),
            department=names(self.names[code] for code in chosen["department"].tolist()),
            street=names(str(cell) for cell in self.cells[chosen["place"]] // STREET_DIVISOR),
            began_ms=chosen["filed"],
            due_ms=chosen["due"],
            at_ms=np.full(len(at), now_ms, dtype=np.int64),
            load=load[chosen["department"]],
            stage=np.array([float(place.get(stage, 0)) for stage in chosen["stage"].tolist()]),
        )

    def ended_before(self, limit_ms: int) -> list[str]:
        """Cases that ended before a time."""
        columns = self.columns
        over = np.flatnonzero(columns["used"] & ~columns["open"] & (columns["since"] < limit_ms))
        return [self._case_of[row] for row in over]
