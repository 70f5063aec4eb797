"""Indicators of a file of cases: what `gridpulse kpi` computes."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from config.mapping import Mapping
from config.registry_files import load_registry
from config.settings import Settings
from models.cases.columns import CaseColumns, Limits, columns_of, names
from models.cases.indicators.report import Row, evaluate
from models.cases.lifecycle import follow
from models.cases.rulebook import Rulebook
from models.cases.state import CaseState
from models.timing.zone import Zone
from ops.analysis.case_history import read_history
from ops.files.case_files import CaseFile, read_cases


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
    unused : dict of str to int
        Rows that could not be used, by reason.
    flags : dict of str to int
        Cases by what is wrong with their history.
    """

    columns: CaseColumns
    zone: Zone
    timezone: str
    span: tuple[int, int]
    unused: dict[str, int]
    flags: dict[str, int]

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
            "unused": self.unused,
            "flags": self.flags,
        }


def load_table(file: Path, settings: Settings, timezone: str, mapping: Mapping | None) -> CaseTable:
    """Read a file of cases.

    A case has the limit that the file names. Only where the file names none at all do the limits
    of the city's registry count.

    Raises
    ------
    InputError
        The file cannot be used.
    ConfigError
        The registry of the city is wrong.
    """
    read = read_cases(file, mapping, timezone)
    return _table(read, settings, timezone if mapping is None else mapping.timezone)


def load_archive(settings: Settings, timezone: str) -> CaseTable:
    """Read all cases of the archive; otherwise as `load_table`.

    Raises
    ------
    InputError
        There is no archive, or no case in it.
    """
    steps = read_history(settings.archive_dir)
    return _table(CaseFile(steps=steps), settings, timezone)


def _table(read: CaseFile, settings: Settings, timezone: str) -> CaseTable:
    rules = Rulebook(load_registry(settings), timezone)
    states = [follow(steps, rules.practice) for steps in read.steps.values()]
    named = [Limits(state.due_ms) for state in states]
    has_limits = any(limit.close_ms is not None for limit in named)
    columns = columns_of(
        states,
        named if has_limits else rules.limits(states),
        filing_is_recorded=any(state.filed_ms is not None for state in states),
    )
    areas = np.where(columns.area == "", columns.street, columns.area)
    times = [step.ts_ms for steps in read.steps.values() for step in steps]
    return CaseTable(
        columns=replace(columns, street=areas, category=names(_categories(read, states))),
        zone=rules.zone,
        timezone=timezone,
        span=(min(times), max(times)),
        unused=read.unused,
        flags=_flags(states),
    )


def _categories(read: CaseFile, states: list[CaseState]) -> list[str]:
    """Class of each case: as the file calls it, else its code."""
    return [
        read.categories.get(case, state.category)
        for case, state in zip(read.steps, states, strict=True)
    ]


def _flags(states: list[CaseState]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for state in states:
        for flag in state.flags:
            counts[flag.value] = counts.get(flag.value, 0) + 1
    return dict(sorted(counts.items()))
