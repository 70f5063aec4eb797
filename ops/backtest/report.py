"""The report of a backtest: figures and warnings, the same to the byte for the same messages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from config.catalog import Catalog
from models.messages.warnings import CityWarning, Level
from models.monitors.reach import unreachable
from ops.backtest.backtest import Backtest
from ops.processes.figures import COUNTS


def report_of(backtest: Backtest, catalog: Catalog) -> dict[str, Any]:
    """Write the figures that apply, and the warnings in the order they were raised.

    `level` is the highest that a warning had, `explanation` what it said when it last had it.
    """
    figures = backtest.snapshot.figures if backtest.snapshot else {}
    zone = ZoneInfo(catalog.city.timezone)
    lives = sorted(backtest.warnings.values(), key=lambda life: (life[0].raised_ms, life[0].id))
    counts = {name: int(figures[name]) for name in COUNTS if name in figures}
    return {
        **counts,
        "warnings": [_life(life, zone) for life in lives],
        "unreachable": list(_unreachable(backtest, catalog)),
    }


def _unreachable(backtest: Backtest, catalog: Catalog) -> Iterator[dict[str, str]]:
    """Give the levels of the feed's rules that the history of the file could not reach."""
    raised: dict[str, Level] = {}
    for life in backtest.warnings.values():
        raised[life[-1].rule] = max(life[-1].peak_level, raised.get(life[-1].rule, Level.BLUE))
    for name, rule in sorted(catalog.rules.items()):
        reach = backtest.reach(rule) if rule.feed == backtest.feed else None
        for level, why in unreachable(rule.levels, reach) if reach else ():
            if Level[level.upper()] > raised.get(name, 0):
                yield {"rule": name, "level": level, "why": why}


def _life(life: Sequence[CityWarning], zone: ZoneInfo) -> dict[str, Any]:
    """One warning as the report names it."""
    last = life[-1]
    peak = [change for change in life if change.level == last.peak_level and not change.cleared_ms]
    return {
        "id": last.id,
        "rule": last.rule,
        "level": last.peak_level.name.lower(),
        "area": last.area,
        "scope": last.scope,
        "cells": last.cells,
        "raised": _moment(last.raised_ms, zone),
        "cleared": _moment(last.cleared_ms, zone) if last.cleared_ms else None,
        "cleared_because": last.reason.value if last.cleared_ms else None,
        "held": bool(last.suppressed),
        "suppressed": last.suppressed.value or None,
        "unsteady": last.is_unsteady,
        "once_in_days": round(peak[-1].severity, 1) or None,
        "at_least": peak[-1].is_least,  # the history supports no rarer
        "explanation": "\n".join(peak[-1].explanation[language] for language in ("zh", "en")),
    }


def _moment(at_ms: int, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(at_ms / 1000, zone).isoformat()
