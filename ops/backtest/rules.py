"""The rules of a city under test: what is wrong with them, and how many alarms they would raise."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from config.catalog import Catalog, LevelName, Rule
from config.errors import InputError
from models.rules.contract import kind_of
from models.warnings.alarm_load import AlarmChange, AlarmFigures, figures
from ops.analysis.archive import connect
from ops.backtest.overlaps import overlaps

WINDOW_MS: Final = 600_000  # ten minutes
MOST_A_WINDOW: Final = 1.0  # EEMUA 191: one alarm in ten minutes, on average, can be answered
FLOOD: Final = 10  # alarms in ten minutes that are more than anybody can take in
LEAST_MS: Final = 86_400_000  # a shorter record is taken for a day
PLACEHOLDERS: Final = ("todo", "tbd", "待定", "待补充", "xxx")


@dataclass(frozen=True, kw_only=True)
class RuleFault:
    """Something wrong with a rule."""

    rule: str
    field: str
    wrong: str


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """One alarm that a rule raised, at an event time."""

    rule: str
    at_ms: int


@dataclass(frozen=True, kw_only=True)
class Load:
    """What an owner would have to answer.

    Attributes
    ----------
    per_window : float
        Alarms in ten minutes, on average.
    peak : int
        Most alarms in ten minutes.
    flooded : float
        Share of the time in which there were more than `FLOOD` in ten minutes.
    rules : dict of str to int
        Alarms by rule, the most first.
    """

    owner: str
    alarms: int
    days: float
    per_window: float
    peak: int
    flooded: float
    rules: dict[str, int]

    @property
    def is_over(self) -> bool:
        """Tell whether it is more than one person can answer."""
        return self.per_window > MOST_A_WINDOW


def faults_of(catalog: Catalog, history_days: float | None = None) -> list[RuleFault]:
    """Find what the loader cannot know: texts that say nothing, levels that are never reached.

    Parameters
    ----------
    catalog : Catalog
    history_days : float or None
        History that all levels must be reached with; None: with as much as each needs.
    """
    faults = [fault for rule in catalog.rules.values() for fault in _faults(catalog, rule)]
    never = {fault.rule for fault in faults if fault.field in ("detector", "minimum")}
    rules = [rule for rule in catalog.rules.values() if rule.name not in never]
    zone = catalog.city.timezone
    faults += [
        RuleFault(rule=other, field="applies", wrong=f"overlaps {one}: both watch the same there")
        for one, other in overlaps(catalog.rules)
    ]
    return faults + [
        RuleFault(rule=rule.name, field=f"levels.{level}", wrong=why)
        for rule in rules
        for level, why in kind_of(rule).unreached(
            rule, catalog.feeds[rule.feed], zone, history_days
        )
    ]


def history_needed(catalog: Catalog) -> dict[str, dict[LevelName, float]]:
    """Give, by rule, the days of history without which each of its learned levels is not reached.

    A limit needs none.
    """
    needed = {
        name: kind_of(rule).history_needed(rule, catalog.feeds[rule.feed])
        for name, rule in sorted(catalog.rules.items())
    }
    return {name: days for name, days in needed.items() if days}


def project(catalog: Catalog, alarms: Sequence[Alarm]) -> list[Load]:
    """Give the load of each owner, the heaviest first.

    References
    ----------
    EEMUA Publication 191, Alarm systems: a guide to design, management and procurement.
    """
    known = [alarm for alarm in alarms if alarm.rule in catalog.rules]
    if not known:
        return []
    times = [alarm.at_ms for alarm in known]
    span_ms = max(max(times) - min(times), LEAST_MS)
    by_owner: dict[str, list[Alarm]] = {}
    for alarm in known:
        by_owner.setdefault(catalog.rules[alarm.rule].owner["zh"], []).append(alarm)
    loads = [_load(owner, own, span_ms) for owner, own in by_owner.items()]
    return sorted(loads, key=lambda load: (-load.per_window, load.owner))


def alarms_of_report(file: Path) -> list[Alarm]:
    """Read the warnings of a report of `gridpulse backtest`.

    Raises
    ------
    InputError
        The file is no such report.
    """
    try:
        report = json.loads(file.read_text(encoding="utf-8"))
        return [
            Alarm(
                rule=warning["rule"],
                at_ms=round(datetime.fromisoformat(warning["raised"]).timestamp() * 1000),
            )
            for warning in report["warnings"]
        ]
    except (ValueError, KeyError, TypeError) as error:
        msg = f"{file}: expected a report of gridpulse backtest ({type(error).__name__}: {error})"
        raise InputError(msg) from error


def alarms_of_archive(archive: Path) -> list[Alarm]:
    """Read the warnings of the archive; those held back would have been alarms as well."""
    with connect(archive) as connection:
        rows = connection.execute(
            "SELECT DISTINCT id, rule, raised_ms FROM warnings ORDER BY raised_ms, id"
        ).fetchall()
    return [Alarm(rule=rule, at_ms=raised_ms) for _, rule, raised_ms in rows]


def operator_figures(archive: Path) -> AlarmFigures:
    """Count what one operator for all was called for, from the changes in the archive."""
    with connect(archive) as connection:
        rows = connection.execute(
            "SELECT id, rule, area, change, updated_ms, cleared_ms, details FROM warnings "
            "WHERE reason NOT IN ('command', 'expired', 'superseded', 'unanswered') "
            "ORDER BY id, revision"
        ).fetchall()
    return figures(
        AlarmChange(
            warning=name,
            rule=rule,
            area=area,
            at_ms=at_ms,
            calls=change == "raised" and not json.loads(details).get("suppressed"),
            is_shown=not json.loads(details).get("suppressed"),
            is_over=bool(cleared_ms),
        )
        for name, rule, area, change, at_ms, cleared_ms, details in rows
    )


def load_json(loads: Iterable[Load]) -> list[dict[str, Any]]:
    """Give the loads as plain values."""
    return [
        {
            "owner": load.owner,
            "alarms": load.alarms,
            "days": round(load.days, 3),
            "alarms_per_10_min": round(load.per_window, 4),
            "peak_in_10_min": load.peak,
            "flooded_share": round(load.flooded, 6),
            "over": load.is_over,
            "rules": load.rules,
        }
        for load in loads
    ]


def _faults(catalog: Catalog, rule: Rule) -> Iterator[RuleFault]:
    for field in ("title", "cause", "consequence", "suggestion", "owner"):
        for language, text in getattr(rule, field).items():
            if not text.strip() or text.strip().lower() in PLACEHOLDERS:
                yield RuleFault(rule=rule.name, field=f"{field}.{language}", wrong="says nothing")
    if rule.plan:
        has = {level for edition in catalog.plans[rule.plan].editions for level in edition.colours}
        for level in sorted(rule.colours - has):
            wrong = f"no edition of plan {rule.plan} has this colour"
            yield RuleFault(rule=rule.name, field=f"levels.{level}", wrong=wrong)
    for field, wrong in kind_of(rule).lint(rule, catalog.feeds[rule.feed]):
        yield RuleFault(rule=rule.name, field=field, wrong=wrong)


def _load(owner: str, alarms: Sequence[Alarm], span_ms: int) -> Load:
    """Count one owner's alarms in windows of ten minutes."""
    windows = Counter(alarm.at_ms // WINDOW_MS for alarm in alarms)
    n_windows = span_ms / WINDOW_MS
    return Load(
        owner=owner,
        alarms=len(alarms),
        days=span_ms / 86_400_000,
        per_window=len(alarms) / n_windows,
        peak=max(windows.values()),
        flooded=sum(n > FLOOD for n in windows.values()) / n_windows,
        rules=dict(Counter(alarm.rule for alarm in alarms).most_common()),
    )
