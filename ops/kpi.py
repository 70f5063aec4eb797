"""Indicators of a file of cases: what `gridpulse kpi` computes."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from config.mapping import Mapping
from config.registry_files import load_registry
from config.settings import Settings
from models.cases.columns import Limits, columns_of, names
from models.cases.lifecycle import follow
from models.cases.report import Row, evaluate
from models.cases.rules import Rulebook
from models.cases.state import CaseState
from ops.case_files import CaseFile, read_cases


@dataclass(frozen=True, kw_only=True)
class Kpi:
    """Indicators and what they rest on.

    Attributes
    ----------
    rows : list of Row
    cases : int
    first_ms, end_ms : int
        First and last event of the file, epoch milliseconds: the period.
    unused : dict of str to int
        Rows that could not be used, by reason.
    flags : dict of str to int
        Cases by what is wrong with their history.
    """

    rows: list[Row]
    cases: int
    first_ms: int
    end_ms: int
    unused: dict[str, int]
    flags: dict[str, int]

    def to_builtins(self) -> dict[str, Any]:
        """Everything as plain values, for JSON."""
        return {**asdict(self), "rows": [asdict(row) for row in self.rows]}


def compute(file: Path, settings: Settings, timezone: str, mapping: Mapping | None, by: str) -> Kpi:
    """Read a file and compute all indicators of each group.

    A case has the limit that the file names. Only where the file names none at all do the limits
    of the city's registry count.

    Raises
    ------
    InputError
        The file cannot be used.
    ConfigError
        The registry of the city is wrong.
    """
    read = read_cases(file, mapping)
    zone_name = mapping.timezone if mapping is not None and mapping.timezone else timezone
    rules = Rulebook(load_registry(settings), zone_name)
    states = [follow(steps, rules.practice) for steps in read.steps.values()]
    named = [Limits(state.due_ms) for state in states]
    has_limits = any(limit.close_ms is not None for limit in named)
    files_cases = any(state.filed_ms is not None for state in states)
    columns = columns_of(
        states,
        named if has_limits else rules.limits(states),
        filing_is_recorded=files_cases,
    )
    own = replace(
        columns,
        street=names(_areas(read, states)),
        category=names(_categories(read, states)),
    )
    times = [step.ts_ms for steps in read.steps.values() for step in steps]
    span = (min(times), max(times))
    return Kpi(
        rows=evaluate(own, by, rules.zone, span),
        cases=len(states),
        first_ms=span[0],
        end_ms=span[1],
        unused=read.unused,
        flags=_flags(states),
    )


def _areas(read: CaseFile, states: list[CaseState]) -> list[str]:
    """Part of the city of each case: as the file calls it, else the code of its street."""
    return [
        read.areas.get(case, "") or state.cell[:9]
        for case, state in zip(read.steps, states, strict=True)
    ]


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
