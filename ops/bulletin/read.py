"""A bulletin's figures, read from the archive."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from config.catalog import Catalog
from config.errors import InputError
from config.settings import Settings
from models.bulletin.case_figures import (
    CaseSpan,
    case_span,
    count_cases,
    due_between,
    places,
)
from models.bulletin.figures import Bulletin, Coverage, Earlier
from models.bulletin.period import Period, Span, compared_with, period_of
from models.cases.history import FOLDER
from models.timing.units import DAY_MS, HOUR_MS
from ops.analysis.archive import connect, days
from ops.analysis.case_history import NoCaseFound, Question
from ops.analysis.case_source import cases_of_archive
from ops.bulletin.names import CodeNames
from ops.bulletin.readings import Means, means_of, readings_of
from ops.bulletin.warnings import warnings_of
from ops.cli_times import local_day, moment_ms
from streams.sinks.archive_files import day_files

# Cases that ended longer before a period are not read: their limits are long over.
_LOOK_BACK_MS: Final = 184 * DAY_MS
_FIRST_YEAR: Final = 1971
_MOST_DUE: Final = 200  # cases that are named


@dataclass(frozen=True, kw_only=True)
class _Bounds:
    """Instants of a period: its begin, the moment for which it counts, and its days till then."""

    start_ms: int
    at_ms: int
    first: date
    last: date  # that had begun


def bulletin_of(
    settings: Settings, catalog: Catalog, span: Span, day: str | None, now_ms: int
) -> Bulletin:
    """Count the day, week or month that holds a day.

    Parameters
    ----------
    settings : Settings
        Where the archive is.
    catalog : Catalog
    span : Span
    day : str, optional
        Local date, ISO 8601; yesterday by default. A period that is not over counts up to now.
    now_ms : int
        Wall clock, epoch milliseconds.

    Raises
    ------
    InputError
        There is no archive, or the day is not valid or has not begun.
    """
    zone = catalog.city.timezone
    today = _day_at(now_ms, zone)
    chosen = today - timedelta(days=1) if day is None else _typed(day, zone)
    if chosen > today:
        msg = f"{chosen} lies ahead (today is {today}): name a day that has begun"
        raise InputError(msg)
    if not days(settings.archive_dir):
        msg = (
            f"no archive in {settings.archive_dir}: set GRIDPULSE_ARCHIVE_DIR to the folder that "
            "the workers or `gridpulse backtest --archive` write"
        )
        raise InputError(msg)
    return _counted(settings, catalog, period_of(span, chosen), now_ms)


def _counted(settings: Settings, catalog: Catalog, period: Period, now_ms: int) -> Bulletin:
    archive, zone = settings.archive_dir, catalog.city.timezone
    bounds = _bounds(period, zone, now_ms)
    start_ms, at_ms = bounds.start_ms, bounds.at_ms
    others = {
        name: (each, _bounds(each, zone, now_ms)) for name, each in compared_with(period).items()
    }
    means = {name: _means(archive, each) for name, (_, each) in others.items()}
    cases = cases_at(settings, catalog, start_ms - _LOOK_BACK_MS, at_ms)
    known, names = cases or [], CodeNames(catalog, bounds.last)
    with connect(archive, (bounds.first, bounds.last)) as connection:
        coverage = _coverage(connection, bounds)
        readings = readings_of(connection, names, start_ms, at_ms, means)
    due_day = bounds.last + timedelta(days=1)
    due_ms = _start_ms(due_day, zone), _start_ms(due_day + timedelta(days=1), zone)
    return Bulletin(
        period=period,
        at_ms=at_ms,
        is_over=_start_ms(period.next_day, zone) <= now_ms,
        coverage=coverage,
        cases=None if cases is None else count_cases(cases, start_ms, at_ms),
        earlier={
            name: _earlier(settings, catalog, each, edges) for name, (each, edges) in others.items()
        },
        streets=tuple(places(known, "street", start_ms, at_ms)),
        departments=tuple(places(known, "department", start_ms, at_ms)),
        due=due_between(known, *due_ms, _MOST_DUE),
        due_day=due_day,
        warnings=warnings_of(archive, names, start_ms, at_ms),
        raised_from_ms=start_ms,
        readings=readings,
        targets=_targets(catalog, bounds.first),
    )


def cases_at(
    settings: Settings, catalog: Catalog, from_ms: int, at_ms: int
) -> list[CaseSpan] | None:
    """Judge the cases as they stood at a moment; None where the archive knows none by then.

    Those that ended before `from_ms` are left out; both are epoch milliseconds.
    """
    if not day_files(settings.archive_dir, FOLDER)[0]:
        return None
    question = Question(within_ms=(from_ms, at_ms))
    try:
        source = cases_of_archive(settings, catalog, question)
    except NoCaseFound:
        return None
    states = source.states(source.histories.values())
    limits, files_cases = source.rules.limits(states), source.rules.files_cases
    found = map(partial(case_span, files_cases=files_cases), source.histories, states, limits)
    return [each for each in found if each is not None]


def _targets(catalog: Catalog, day: date) -> dict[str, float]:
    """Give what all departments are to reach."""
    plan = catalog.targets
    if plan is None:
        return {}
    names = ("closed_in_time_of_due", "closed_of_filed")
    found = {name: plan.target(name, "department", "*", day) for name in names}
    return {name: target.share for name, target in found.items() if target is not None}


def _earlier(settings: Settings, catalog: Catalog, period: Period, bounds: _Bounds) -> Earlier:
    with connect(settings.archive_dir, (bounds.first, bounds.last)) as connection:
        case_days = _coverage(connection, bounds).case_days
    counts = None
    if case_days:
        cases = cases_at(settings, catalog, bounds.start_ms, bounds.at_ms)
        counts = count_cases(cases or [], bounds.start_ms, bounds.at_ms)
    return Earlier(period=period, case_days=case_days, counts=counts)


def _means(archive: Path, bounds: _Bounds) -> Means:
    with connect(archive, (bounds.first, bounds.last)) as connection:
        return means_of(connection, bounds.start_ms, bounds.at_ms)


def _coverage(connection: Any, bounds: _Bounds) -> Coverage:
    """Count the days and hours with rows, of what had begun."""

    def distinct(what: str, dataset: str, time: str) -> int:
        question = f"SELECT count(DISTINCT {what}) FROM {dataset} WHERE {time} BETWEEN ? AND ?"
        given = [bounds.start_ms, bounds.at_ms - 1]
        return int(connection.execute(question, given).fetchone()[0])

    return Coverage(
        days=(bounds.last - bounds.first).days + 1,
        case_days=distinct("day", "cases", "ts_ms"),
        reading_days=distinct("day", "panes", "start_ms"),
        warning_days=distinct("day", "warnings", "updated_ms"),
        hours=math.ceil((bounds.at_ms - bounds.start_ms) / HOUR_MS),
        reading_hours=distinct(f"start_ms // {HOUR_MS}", "panes", "start_ms"),
    )


def _bounds(period: Period, zone: str, now_ms: int) -> _Bounds:
    at_ms = min(_start_ms(period.next_day, zone), now_ms)
    start_ms = _start_ms(period.first, zone)
    last = min(period.last, _day_at(max(at_ms - 1, start_ms), zone))
    return _Bounds(start_ms=start_ms, at_ms=at_ms, first=period.first, last=last)


def _typed(text: str, zone: str) -> date:
    """Read a day that somebody typed."""
    try:
        day = local_day(text, zone)
    except (ValueError, OverflowError):
        day = date.min
    if day.year < _FIRST_YEAR:
        msg = f"{text} is before {_FIRST_YEAR}: name a day of the archive"
        raise InputError(msg)
    return day


def _day_at(ms: int, zone: str) -> date:
    return datetime.fromtimestamp(ms / 1000, ZoneInfo(zone)).date()


def _start_ms(day: date, zone: str) -> int:
    ms = moment_ms(day.isoformat(), zone)
    assert ms is not None
    return ms
