"""The archive of cases, read with DuckDB: single cases, and cases that fit a question."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import duckdb

from config.errors import InputError
from models.archive.datasets import CASES
from models.cases.history import COLUMNS, FOLDER, step_of_row
from models.cases.plausibility import EARLIEST_MS, LATEST_MS, LONGEST_MS
from models.cases.timeline import Step
from streams.sinks.archive_files import day_files

Histories = dict[str, list[Step]]
_QUOTED: Final = ", ".join(f'"{name}"' for name in COLUMNS)
# Files of an older version lack the columns that were added since.
_FILES: Final = (
    "(SELECT * FROM read_parquet($files, union_by_name = true) "
    f"UNION ALL BY NAME {CASES.no_rows()})"
)

# The newest event, but for dates that cannot be true (models.cases.plausibility).
_NEWEST: Final = f"""
    SELECT coalesce(max(ts_ms), 0) FROM (
        SELECT ts_ms, min(ts_ms) FILTER (type IN ('reported', 'filed') AND ts_ms >= $earliest)
            OVER (PARTITION BY "case") AS opened_ms
        FROM {_FILES}
    )
    WHERE ts_ms BETWEEN $earliest AND $latest
        AND (opened_ms IS NULL OR abs(ts_ms - opened_ms) <= $longest)
"""

# Cases that had not ended for good before an interval; a case with a later step has not.
_END: Final = "type IN ('closed', 'cancelled', 'rejected')"
_ALIVE: Final = f"""
    SELECT "case" FROM {_FILES} WHERE ts_ms < $until_ms GROUP BY "case"
    HAVING max(ts_ms) >= $from_ms OR coalesce(max(ts_ms) FILTER (NOT {_END}), 0)
        >= coalesce(max(ts_ms) FILTER ({_END}), 0)
"""


class NoCaseFound(InputError):
    """The archive can be read, and holds no case that was asked for."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """Which cases are looked for; empty fields ask nothing.

    Attributes
    ----------
    street, department, category : str
        Of any step of the case; `street` is the beginning of a cell code.
    number : str
        Part of the number of the case.
    within_ms : (int, int), optional
        Cases that had begun before the end of this interval and had not ended before its begin,
        with their steps before its end.
    """

    street: str = ""
    department: str = ""
    category: str = ""
    number: str = ""
    within_ms: tuple[int, int] | None = None


def read_history(
    archive: Path, question: Question | None = None, case: str | None = None
) -> Histories:
    """Read the timelines of all cases, of one, or of those that a question fits.

    Parameters
    ----------
    archive : Path
        Folder of the archive.
    question : Question, optional
    case : str, optional
        Number of a single case.

    Raises
    ------
    NoCaseFound
        It holds nothing that fits.
    InputError
        There is no archive, or it cannot be read.
    """
    where, given = _condition(question or Question(), case)
    text = f"SELECT {_QUOTED} FROM {_FILES} WHERE {where} ORDER BY ts_ms"
    found = _ask(archive, text, given)
    histories: Histories = {}
    for values in found:
        row = dict(zip(COLUMNS, values, strict=True))
        histories.setdefault(row["case"], []).append(step_of_row(row))
    if not histories:
        msg = f"the archive holds no case {case or 'that fits'}"
        raise NoCaseFound(msg)
    return histories


def last_event_ms(archive: Path) -> int:
    """Time of the newest event of any case whose date can be true, epoch milliseconds.

    Raises
    ------
    InputError
        There is no archive, or it cannot be read.
    """
    bounds = {"earliest": EARLIEST_MS, "latest": LATEST_MS, "longest": LONGEST_MS}
    return int(_ask(archive, _NEWEST, bounds)[0][0])


def _ask(archive: Path, text: str, given: dict[str, Any]) -> list[tuple[Any, ...]]:
    folder = archive / FOLDER
    good, broken = day_files(archive, FOLDER)
    files = [str(file) for file in good]
    if broken and not good:
        msg = f"the archive {folder} cannot be read: {broken[0].name} is no Parquet file"
        raise InputError(msg)
    if not files:
        msg = f"no cases in the archive {folder}; name a file of cases instead"
        raise InputError(msg)
    try:
        with duckdb.connect() as connection:
            rows: list[tuple[Any, ...]] = connection.execute(
                text, {"files": files, **given}
            ).fetchall()
            return rows
    except duckdb.Error as error:
        msg = f"the archive {folder} cannot be read: {' '.join(str(error).split())}"
        raise InputError(msg) from None


def _condition(question: Question, case: str | None) -> tuple[str, dict[str, Any]]:
    """Write the condition; values only ever go in as parameters."""
    if case is not None:
        return '"case" = $case', {"case": case}
    parts, given = ["true"], dict[str, Any]()
    tests = {
        "street": "starts_with(cell, $street)",
        "department": "department = $department",
        "category": "category = $category",
        "number": 'contains("case", $number)',
    }
    for name, test in tests.items():
        value = getattr(question, name)
        if value:
            parts.append(f'"case" IN (SELECT "case" FROM {_FILES} WHERE {test})')
            given[name] = value
    if question.within_ms is not None:
        parts.append(f'ts_ms < $until_ms AND "case" IN ({_ALIVE})')
        given["from_ms"], given["until_ms"] = question.within_ms
    return " AND ".join(parts), given
