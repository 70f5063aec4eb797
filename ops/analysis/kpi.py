"""Indicators of a file of cases: what `gridpulse kpi` computes."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from config.catalog import Catalog, Feed
from config.errors import InputError
from config.mapping import Mapping
from config.registry import Registry
from config.settings import Settings
from models.cases.admission import Admission, admit
from models.cases.columns import CaseColumns, Limits, Names, columns_of, names
from models.cases.coverage import Note, notes_on, recorded_in, span_of_steps
from models.cases.indicators.report import Row, evaluate
from models.cases.plausibility import latest_of
from models.cases.rulebook import Rulebook
from models.cases.state import VOID, CaseState
from models.feeds.kinds.cases.categories import CategoryList
from models.feeds.place import gazetteer
from models.timing.zone import Zone
from ops.analysis.case_history import Histories, read_history
from ops.files.case_files import CaseFile, read_cases

OWN: Final = "own"  # the case names its limit
REGISTRY: Final = "registry"  # the registry of the day gives it
NONE: Final = "none"


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
    unused : dict of str to int
        Rows or events that could not be used, by reason.
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
            "limits": self.limits,
            "unused": self.unused,
            "flags": self.flags,
            "unplaced": self.unplaced,
            "notes": [asdict(note) for note in self.notes],
        }


def load_table(file: Path, catalog: Catalog, mapping: Mapping | None) -> CaseTable:
    """Read a file of cases.

    Each case has its own limit, else the one of the city's registry on its day.

    Raises
    ------
    InputError
        The file cannot be used.
    """
    timezone = catalog.city.timezone if mapping is None else mapping.timezone
    read = read_cases(file, mapping, timezone)
    feed = cases_feed(catalog, mapping)
    categories = None if feed is None else CategoryList(feed)
    return _table(
        read, admit(read.steps, categories, gazetteer(catalog)), catalog.registry, timezone
    )


def load_archive(settings: Settings, catalog: Catalog) -> CaseTable:
    """Read all cases of the archive; otherwise as `load_table`.

    Raises
    ------
    InputError
        There is no archive, or no case in it.
    """
    admission = Admission(steps=read_history(settings.archive_dir))
    return _table(CaseFile(), admission, catalog.registry, catalog.city.timezone)


def cases_feed(catalog: Catalog, mapping: Mapping | None) -> Feed | None:
    """Give the feed whose categories judge a table: the mapping's, else the city's only one."""
    if mapping is not None:
        return catalog.feeds.get(mapping.feed)
    feeds = [feed for feed in catalog.feeds.values() if feed.kind == "cases"]
    return feeds[0] if len(feeds) == 1 else None


def _table(read: CaseFile, admission: Admission, registry: Registry, timezone: str) -> CaseTable:
    rules = Rulebook(registry, timezone)
    histories = admission.steps
    recorded = recorded_in(histories.values())
    latest_ms = latest_of(_times(histories), round(time.time() * 1000))
    practice = rules.practice.within(recorded)
    states = [rules.judged(steps, latest_ms, practice) for steps in histories.values()]
    limits = rules.limits(states)
    files_cases = any(state.filed_ms is not None for state in states)
    columns = columns_of(states, limits, filing_is_recorded=files_cases)
    categories = names(_categories(read, histories, states))
    return CaseTable(
        columns=replace(columns, street=_streets(columns), category=categories),
        zone=rules.zone,
        timezone=timezone,
        span=_span(histories, latest_ms),
        limits=_limit_sources(states, limits),
        unused=dict(Counter(read.unused) + admission.set_aside),
        flags=_flags(states),
        unplaced=dict(admission.unplaced),
        notes=tuple(notes_on(rules.practice, recorded, len(states))),
    )


def _times(histories: Histories) -> Iterator[int]:
    return (step.ts_ms for steps in histories.values() for step in steps)


def _span(histories: Histories, latest_ms: int) -> tuple[int, int]:
    try:
        return span_of_steps(histories, latest_ms)
    except ValueError as error:
        msg = f"nothing can be counted: {error}"
        raise InputError(msg) from None


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
