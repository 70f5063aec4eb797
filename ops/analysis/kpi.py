"""Indicators of a file of cases: what `gridpulse kpi` computes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from config.catalog import Catalog
from config.errors import InputError, NothingUsed
from config.mapping import Mapping
from config.settings import Settings
from models.cases.columns import CaseColumns, Limits, Names, columns_of, names
from models.cases.coverage import Note, notes_on, span_of_steps
from models.cases.indicators.report import Row, evaluate
from models.cases.state import VOID, CaseState
from models.timing.units import DAY_MS
from models.timing.zone import Zone
from ops.analysis.case_history import Histories
from ops.analysis.case_source import CaseSource, cases_of_archive, cases_of_file
from ops.files.account import InputAccount
from ops.files.case_files import CaseFile
from ops.files.choices import Choices

OWN: Final = "own"  # the case names its limit
REGISTRY: Final = "registry"  # the registry of the day gives it
NONE: Final = "none"
_YEAR_MS: Final = 366 * DAY_MS
_EPOCH: Final = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, kw_only=True)
class CaseTable:
    """All cases of a file, ready to be counted.

    Attributes
    ----------
    columns : CaseColumns
        `street` and `category` in the senders' own words where there are any.
    zone : Zone
        Local time of the file.
    timezone : str
        Its name.
    span : (int, int)
        First and last event of the file, epoch milliseconds: the period.
    limits : dict of str to int
        Cases by where their limit to close comes from: `own`, `registry`, `none`.
    account : InputAccount
        What became of the rows of the file; of the archive, of its events.
    unused : dict of str to int
        Rows, or single times of rows, that could not be used, by reason.
    flags : dict of str to int
        Cases by what is wrong with their history.
    unplaced : dict of str to int
        Cases without a place in the city, by reason; counted, under no street.
    notes : tuple of Note
        What the file as a whole lacks.
    """

    columns: CaseColumns
    zone: Zone
    timezone: str
    span: tuple[int, int]
    limits: dict[str, int]
    account: InputAccount
    unused: dict[str, int] = field(default_factory=dict)
    flags: dict[str, int] = field(default_factory=dict)
    unplaced: dict[str, int] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()

    def rows(self, by: str) -> list[Row]:
        """All indicators of each group; `by` as in `models.cases.indicators.report.evaluate`."""
        return evaluate(self.columns, by, self.zone, self.span)

    def to_builtins(self, rows: list[Row]) -> dict[str, Any]:
        """Rows and what they rest on as plain values, for JSON."""
        return {
            "rows": [asdict(row) for row in rows],
            "cases": len(self.columns),
            "first_ms": self.span[0],
            "end_ms": self.span[1],
            "timezone": self.timezone,
            "input": self.account.to_builtins(),
            "limits": self.limits,
            "unused": self.unused,
            "flags": self.flags,
            "unplaced": self.unplaced,
            "notes": [asdict(note) for note in self.notes],
        }


def load_table(
    file: Path,
    catalog: Catalog,
    mapping: Mapping | None,
    choices: Choices | None = None,
) -> CaseTable:
    """Read a file of cases; raises as `ops.analysis.case_source.cases_of_file`.

    Each case has its own limit, else the one of the city's registry on its day.
    """
    return _table(cases_of_file(file, catalog, mapping, choices))


def load_archive(settings: Settings, catalog: Catalog, as_of_ms: int | None = None) -> CaseTable:
    """Read all cases of the archive; raises as `ops.analysis.case_source.cases_of_archive`.

    Parameters
    ----------
    as_of_ms : int, optional
        Count as of that moment, epoch milliseconds: what happened later is left out, and each case
        has the limits of its own day.

    Raises
    ------
    NothingUsed
        Nothing had happened by then.
    """
    source = cases_of_archive(settings, catalog)
    return _table(source) if as_of_ms is None else _table_as_of(source, as_of_ms)


def _table_as_of(source: CaseSource, as_of_ms: int) -> CaseTable:
    known = {
        case: [step for step in steps if step.ts_ms < as_of_ms]
        for case, steps in source.histories.items()
    }
    histories = {case: steps for case, steps in known.items() if steps}
    if not histories:
        msg = "the archive holds no case that had begun by then"
        raise NothingUsed(msg)
    latest_ms = min(source.latest_ms, as_of_ms)
    table = _table(replace(source, histories=histories, latest_ms=latest_ms))
    return replace(table, span=(table.span[0], as_of_ms))


def _table(source: CaseSource) -> CaseTable:
    histories, rules = source.histories, source.rules
    states = source.states(histories.values())
    limits = rules.limits(states)
    files_cases = any(state.filed_ms is not None for state in states)
    columns = columns_of(states, limits, filing_is_recorded=files_cases)
    categories = names(_categories(source.read, histories, states))
    span = _span(histories, source.latest_ms)
    source.read.account.note(_lone_end(histories, span[1], rules.zone))
    return CaseTable(
        columns=replace(columns, street=_streets(columns), category=categories),
        zone=rules.zone,
        timezone=source.timezone,
        span=span,
        limits=_limit_sources(states, limits),
        account=source.read.account,
        unused=dict(source.read.unused),
        flags=_flags(states),
        unplaced=dict(source.unplaced),
        notes=tuple(notes_on(rules.practice, source.recorded, len(states))),
    )


def _span(histories: Histories, latest_ms: int) -> tuple[int, int]:
    try:
        return span_of_steps(histories, latest_ms)
    except ValueError as error:
        msg = f"nothing can be counted: {error}"
        raise InputError(msg) from None


def _lone_end(histories: Histories, end_ms: int, zone: Zone) -> str:
    """Say that the data end over a year after all but one event; empty where they do not.

    What is open and overdue is counted at the end of the data, which one wrong year may shift.
    """
    times = (step.ts_ms for steps in histories.values() for step in steps if step.ts_ms < end_ms)
    before_ms = max(times, default=end_ms)
    if end_ms - before_ms <= _YEAR_MS:
        return ""
    last, before = (date.fromordinal(zone.day_at(ms) + _EPOCH) for ms in (end_ms, before_ms))
    return f"counted as of {last}, the last event, which stands alone: all others end on {before}"


def _streets(columns: CaseColumns) -> Names:
    """Street of each case: as the table calls it if it names any, else that of its cell."""
    return columns.area if (columns.area != "").any() else columns.street


def _categories(read: CaseFile, histories: Histories, states: list[CaseState]) -> list[str]:
    """Class of each case: as the file calls it, else its code."""
    return [
        read.categories.get(case) or state.unlisted or state.category
        for case, state in zip(histories, states, strict=True)
    ]


def _limit_sources(states: list[CaseState], limits: Sequence[Limits]) -> dict[str, int]:
    """Count the cases by where their limit comes from; rejected and cancelled ones have none."""
    counts = dict.fromkeys((OWN, REGISTRY, NONE), 0)
    for state, limit in zip(states, limits, strict=True):
        if limit.close_ms is None or state.stage in VOID:
            counts[NONE] += 1
        else:
            counts[REGISTRY if state.due_ms is None else OWN] += 1
    return counts


def _flags(states: list[CaseState]) -> dict[str, int]:
    counts = Counter(flag.value for state in states for flag in state.flags)
    return dict(sorted(counts.items()))
