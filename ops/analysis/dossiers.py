"""Dossiers of the open cases in the archive, and their words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from config.catalog import Catalog
from config.settings import Settings
from models.cases.dossiers import Dossier, PlacedCase, dossiers
from models.timing.days import date_of, number_of
from models.warnings.places import place_of
from ops.analysis.case_source import cases_of_archive
from ops.bulletin.names import CodeNames


@dataclass(frozen=True, kw_only=True)
class CasesToGroup:
    """The open cases of the archive, and the time of the newest event that it knows."""

    cases: list[PlacedCase]
    now_ms: int

    def dossiers(self, within_days: int) -> list[Dossier]:
        """Put them together."""
        return dossiers(self.cases, within_days, self.now_ms)


def open_cases(settings: Settings, catalog: Catalog) -> CasesToGroup:
    """Read the open cases of the archive.

    Raises
    ------
    InputError
        There is no archive, or no case in it.
    """
    source = cases_of_archive(settings, catalog)
    states = source.states(source.histories.values())
    limits = source.rules.limits(states)
    found = [
        PlacedCase(
            case=case,
            cell=state.cell,
            department=state.department,
            category=state.unlisted or state.category,
            began_ms=state.began_ms,
            due_ms=None if state.held else limit.close_ms,
        )
        for case, state, limit in zip(source.histories, states, limits, strict=True)
        if state.is_open and state.began_ms is not None
    ]
    steps = (step.ts_ms for history in source.histories.values() for step in history)
    return CasesToGroup(cases=found, now_ms=max(steps, default=0))


def dossier_lines(found: list[Dossier], catalog: Catalog) -> Iterator[str]:
    """Tell each dossier: where, since when, and what each department has in it."""
    zone = ZoneInfo(catalog.city.timezone)
    for one in found:
        place = place_of(catalog, one.cell)
        names = CodeNames(catalog, date_of(number_of(one.last_ms, zone)[0]))
        yield f"{one.id}: {place['zh']} {place['en']}, {one.cases} cases"
        for share in one.shares:
            name = names.department(share.department)
            due = "no limit" if share.due_ms is None else _moment(share.due_ms, zone)
            cases = ", ".join(
                f"{case.case} {names.category(case.category)['zh']}" for case in share.cases
            )
            yield f"    {name['zh']} {name['en']}: first due {due}; {cases}"


def _moment(ms: int, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).astimezone(zone).isoformat(timespec="minutes")
