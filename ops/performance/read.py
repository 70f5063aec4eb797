"""The standing of all groups in a month, from the archive, and its words."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from config.catalog import Catalog
from config.errors import InputError, NothingUsed
from config.settings import Settings
from config.targets import TargetsFile
from models.bulletin.period import Period, Span, period_of
from models.performance.standing import INDICATORS, GroupStanding, standings
from models.timing.units import DAY_MS
from ops.bulletin.names import CodeNames
from ops.bulletin.read import cases_at
from ops.cli_times import moment_ms

MONTHS: Final = 6  # the one that is asked for and those before it
_LOOK_BACK_MS: Final = 184 * DAY_MS  # cases that ended longer before have no limit in the months


@dataclass(frozen=True, kw_only=True)
class Performance:
    """All groups of a month.

    Attributes
    ----------
    period : Period
    is_over : bool
        Whether the month was over; else it counts up to now.
    by, indicator : str
    groups : list of GroupStanding
        In their rank, those with few cases last.
    least : int
        Cases that a group needs to be ranked.
    """

    period: Period
    is_over: bool
    by: str
    indicator: str
    groups: list[GroupStanding]
    least: int


def performance_of(
    settings: Settings, catalog: Catalog, by: str, indicator: str, month: str | None
) -> Performance:
    """Rank the departments or streets of a month.

    Parameters
    ----------
    month : str, optional
        Such as 2008-09; the last one that is over by default.

    Raises
    ------
    InputError
        The month is not valid or lies ahead, or there is no such figure.
    NothingUsed
        The archive knows no case of it.
    """
    if indicator not in INDICATORS:
        msg = f"there is no figure {indicator!r}: write {' or '.join(INDICATORS)}"
        raise InputError(msg)
    zone, now_ms = catalog.city.timezone, round(time.time() * 1000)
    today = datetime.fromtimestamp(now_ms / 1000, ZoneInfo(zone)).date()
    period = _month(month, today)
    months = [period]
    while len(months) < MONTHS:
        months.insert(0, period_of(Span.MONTHLY, months[0].first - timedelta(days=1)))
    edges = [(_start_ms(m.first, zone), _start_ms(m.next_day, zone)) for m in months]
    end_ms = min(edges[-1][1], now_ms)
    edges[-1] = (edges[-1][0], end_ms)
    cases = cases_at(settings, catalog, edges[0][0] - _LOOK_BACK_MS, end_ms)
    plan = catalog.targets or TargetsFile(entries=())
    groups = {getattr(case, by) for case in cases or ()} | {"*"}
    targets = {group: plan.target(indicator, by, group, period.first) for group in groups}
    shares = {group: None if one is None else one.share for group, one in targets.items()}
    found = standings(cases or [], by, indicator, edges, shares, plan.least)
    if not found:
        msg = f"the archive knows no case of {period.first:%Y-%m} (`gridpulse archive show`)"
        raise NothingUsed(msg)
    return Performance(
        period=period,
        is_over=period.next_day <= today,
        by=by,
        indicator=indicator,
        groups=found,
        least=plan.least,
    )


def _month(text: str | None, today: date) -> Period:
    if text is None:
        return period_of(Span.MONTHLY, today.replace(day=1) - timedelta(days=1))
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        msg = f"{text!r} is no month: write one as 2008-09"
        raise InputError(msg) from None
    if first > today or first.year < 1971:
        msg = f"{text} lies ahead or too long ago: name a month of the archive"
        raise InputError(msg)
    return period_of(Span.MONTHLY, first)


def _start_ms(day: date, zone: str) -> int:
    ms = moment_ms(day.isoformat(), zone)
    assert ms is not None
    return ms


def values_of(found: Performance, catalog: Catalog) -> dict[str, Any]:
    """Give all as plain values."""
    names = CodeNames(catalog, found.period.last)
    name_of = names.street if found.by == "street" else names.department
    return {
        "month": f"{found.period.first:%Y-%m}",
        "is_over": found.is_over,
        "by": found.by,
        "indicator": found.indicator,
        "definition": INDICATORS[found.indicator],
        "least": found.least,
        "groups": [
            {
                "group": one.place.group,
                "name": name_of(one.place.group),
                "rank": one.rank,
                "kept": one.place.successes,
                "n": one.place.n,
                "share": one.place.rate,
                "low": one.place.low,
                "high": one.place.high,
                "target": one.target,
                "verdict": one.verdict,
                "is_sure": one.is_sure,
                "missing": one.missing,
                "missed_cases": one.misses,
                "missed_by_category": one.by_category,
                "trend": [{"kept": each.kept, "n": each.n} for each in one.trend],
            }
            for one in found.groups
        ],
    }


def lines_of(found: Performance, catalog: Catalog) -> Iterator[str]:
    """Tell each group: rank, share with what it is made of, target, what is missing, trend."""
    names = CodeNames(catalog, found.period.last)
    name_of = names.street if found.by == "street" else names.department
    over = "" if found.is_over else " (not over: counted up to now)"
    meaning = INDICATORS[found.indicator]
    yield f"{found.period.first:%Y-%m}{over}: {meaning['zh']} {meaning['en']}"
    for one in found.groups:
        place, name = one.place, name_of(one.place.group)
        rank = f"{one.rank:>3}" if one.rank is not None else "  –"
        share = "–" if place.rate is None else f"{100 * place.rate:.1f} %"
        yield (
            f"{rank} {name['zh']} {name['en']}: {share} ({place.successes}/{place.n}, 95 %: "
            f"{100 * place.low:.0f}–{100 * place.high:.0f} %){_target(one, found.least)}"
        )
        trend = " ".join(
            "–" if each.share is None else f"{100 * each.share:.0f}" for each in one.trend
        )
        yield f"      months before, %: {trend}"
        if one.misses:
            most = ", ".join(
                f"{names.category(code)['zh']} {n}" for code, n in list(one.by_category.items())[:3]
            )
            yield f"      not kept: {most}; {', '.join(one.misses[:5])}"


def _target(one: GroupStanding, least: int) -> str:
    if one.target is None:
        return "; no target is set"
    said = f"; target {100 * one.target:.1f} %"
    if one.verdict == "few":
        return f"{said}: fewer than {least} cases, not judged"
    sure = "" if one.is_sure else ", within what chance explains"
    if one.verdict == "met":
        return f"{said}: met{sure}"
    return f"{said}: missed{sure}; {one.missing} more of {one.place.n} would reach it"
