"""Files of cases → what is known of each case: through a mapping, or in a shape known by itself.

Known by themselves are case events as they go to a raw topic, and tables whose column names leave
no doubt (`ops.files.case_columns`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from config.errors import InputError
from config.mapping import CodedSource, Mapping
from models.cases.timeline import Step
from models.feeds.clock import epoch_ms
from models.feeds.decode import Decoded, WireCase, WireDecoder
from models.feeds.mapping.cells import NO_TIME
from models.feeds.mapping.columns import EMPTY_REASONS, EventColumns
from models.feeds.tidy import tidy
from models.messages.case_events import EventType
from ops.files.account import InputAccount
from ops.files.case_columns import doubts, has_event_names, obvious_mapping
from ops.files.choices import Choices
from ops.files.json_messages import json_messages
from ops.files.packed import FileKind, kind_of
from ops.files.sources import MappedFile, map_tables, read_mapped, read_tables
from ops.files.table import read_table


@dataclass
class CaseFile:
    """Cases of a file.

    Attributes
    ----------
    account : InputAccount
        What became of the rows.
    steps : dict of str to list of Step
        By the number of the case, in no order.
    rows : dict of str to list of int
        Rows of the file that a case comes from.
    categories : dict of str to str
        What the file itself calls the class of a case; only where it has its own name for it.
    unused : Counter of str
        Rows, or single times of rows, that could not be used, by reason.
    """

    account: InputAccount
    steps: dict[str, list[Step]] = field(default_factory=dict)
    rows: dict[str, list[int]] = field(default_factory=dict)
    categories: dict[str, str] = field(default_factory=dict)
    unused: Counter[str] = field(default_factory=Counter)

    def add(self, case: str, step: Step, row: int) -> None:
        """Add one step that a row tells of."""
        self.steps.setdefault(case, []).append(step)
        self.rows.setdefault(case, []).append(row)


def read_cases(
    file: Path, mapping: Mapping | None, timezone: str, choices: Choices | None = None
) -> CaseFile:
    """Read a file of cases.

    Parameters
    ----------
    file : Path
    mapping : Mapping or None
        Which column is what; None where the file is of a shape known by itself.
    timezone : str
        Zone of times without an offset, where neither mapping nor choices name one.
    choices : Choices, optional
        What the user said of the file.

    Raises
    ------
    InputError
        The file is missing or unreadable, or its shape is not known.
    NothingUsed
        It holds no case that can be used.
    """
    choices = choices or Choices()
    if mapping is not None:
        cases = _mapped(read_mapped(file, mapping, choices), mapping)
    elif _is_events(file, choices):
        cases = _events(file)
    else:
        cases = _by_names(file, timezone, choices)
    cases.account.require_used()
    return cases


def _by_names(file: Path, timezone: str, choices: Choices) -> CaseFile:
    """Read by the names of the columns."""
    tables = read_tables(file, choices)
    if not any(len(table) for table in tables):
        return CaseFile(InputAccount(file, 0))
    mapping = obvious_mapping(file, tables[0].names, timezone, choices)
    cases = _mapped(map_tables(file, tables, mapping, choices.missing), mapping)
    cases.account.note(*doubts(mapping, tables[0].names))
    return cases


def _mapped(read: MappedFile, mapping: Mapping) -> CaseFile:
    """Gather the steps of each case."""
    columns = read.columns
    if not isinstance(columns, EventColumns):
        msg = f"mapping {mapping.name} is one of readings; a mapping of cases is needed here"
        raise InputError(msg)
    unused = Counter({name: n for name, n in read.lost.items() if name not in EMPTY_REASONS})
    cases = CaseFile(read.rows, unused=+unused)
    names = _own_names(mapping.category)
    for index, (case, row) in enumerate(
        zip(columns.case.tolist(), columns.row.tolist(), strict=True)
    ):
        step = _step(columns, index)
        cases.add(case, step, row)
        if step.category in names:
            cases.categories.setdefault(case, names[step.category])
    cases.account.note(_repeats(cases, mapping))
    return cases


def _repeats(cases: CaseFile, mapping: Mapping) -> str:
    """Say how many rows stand for a case that has one already; empty where rows are single steps.

    Rows of single steps, told apart by a column, repeat the number of their case as a matter of
    course.
    """
    repeated = sum(len(set(rows)) - 1 for rows in cases.rows.values())
    if not repeated or any(event.when is not None for event in mapping.events):
        return ""
    return f"{repeated} rows repeat the number of a case: taken as further steps of it"


def _own_names(source: CodedSource | None) -> dict[str, str]:
    """Name that the file has for each code; not where two of its names have one code."""
    codes = {} if source is None else source.codes
    counts = Counter(codes.values())
    return {code: name for name, code in codes.items() if counts[code] == 1}


def _step(columns: EventColumns, index: int) -> Step:
    due = int(columns.due_ms[index])
    lon, lat = float(columns.lon[index]), float(columns.lat[index])
    is_placed = bool(np.isfinite(lon) and np.isfinite(lat))
    return Step(
        int(columns.ts_ms[index]),
        EventType(columns.type[index]),
        category=columns.category[index],
        cell=columns.cell[index],
        department=columns.department[index],
        source=columns.source[index],
        due_ms=None if due == NO_TIME else due,
        lon=lon if is_placed else None,
        lat=lat if is_placed else None,
        beat=columns.beat[index],
        area=columns.area[index],
    )


def _is_events(file: Path, choices: Choices) -> bool:
    """Whether a file holds case events as they go to a raw topic."""
    if file.is_dir() or not file.is_file() or kind_of(file) is not FileKind.JSON:
        return False
    is_events = has_event_names(read_table(file, encoding=choices.encoding).names)
    if is_events and choices.names:
        msg = f"{file} holds case events, which say all themselves: name no columns"
        raise InputError(msg)
    return is_events


def _events(file: Path) -> CaseFile:
    """Read case events as they go to a raw topic."""
    messages = json_messages(file)
    decoded = WireDecoder(WireCase).decode(messages)
    account = InputAccount(file, len(messages))
    times = epoch_ms([row.ts for row in decoded.rows])
    usable = np.isfinite(times) & (np.abs(times) < 2**53)
    cases = CaseFile(account)
    for number, (row, ts_ms) in enumerate(zip(decoded.rows, times.tolist(), strict=True)):
        if usable[number]:
            cases.add(tidy(row.case), _wire_step(row, int(ts_ms)), decoded.records[number])
    _account_events(cases, decoded, usable)
    return cases


def _account_events(cases: CaseFile, decoded: Decoded[WireCase], usable: NDArray[np.bool_]) -> None:
    """Set aside the messages of which nothing is used; count what is lost of the others."""
    used = np.zeros(cases.account.read, dtype=bool)
    used[np.array(decoded.records, dtype=np.int64)[usable]] = True
    for reason, records in _refused(decoded, usable):
        where = np.zeros(cases.account.read, dtype=bool)
        where[records] = True
        cases.account.set_aside(reason, where & ~used)
        cases.unused[reason] += len(records)
    parts = {"case": "case", "time": "ts", "category": "category", "due": "due"}
    cases.account.columns.update(parts)


def _refused(
    decoded: Decoded[WireCase], usable: NDArray[np.bool_]
) -> Iterator[tuple[str, list[int]]]:
    broken: Sequence[int] = [one.record for one in decoded.broken]
    if broken:
        yield "no-event", list(broken)
    if not usable.all():
        yield "unreadable-time", [decoded.records[at] for at in np.flatnonzero(~usable).tolist()]


def _wire_step(row: WireCase, ts_ms: int) -> Step:
    return Step(
        ts_ms,
        row.type,
        row.actor or "",
        row.role or "",
        row.department or "",
        row.category or "",
        row.cell or "",
        row.source or "",
        None if row.due is None else int(epoch_ms([row.due])[0]),
        row.lon,
        row.lat,
        row.beat or "",
        row.area or "",
    )
