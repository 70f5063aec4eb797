"""The figures of a bulletin as plain values, for JSON."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import Any

import msgspec

from models.bulletin.figures import Bulletin
from models.bulletin.sentences import situation
from models.cases.indicators.ranking import wilson
from ops.bulletin.words import DEFINITIONS


def to_builtins(found: Bulletin) -> dict[str, Any]:
    """Give all figures of a bulletin by their names, with its sentences in both languages."""
    period = found.period
    return {
        "period": period.span.value,
        "first": period.first.isoformat(),
        "last": period.last.isoformat(),
        "at_ms": found.at_ms,
        "is_over": found.is_over,
        "has_data": not found.coverage.is_empty,
        "coverage": asdict(found.coverage),
        "situation": {lang: situation(found, lang) for lang in ("zh", "en")},
        "cases": None if found.cases is None else msgspec.to_builtins(found.cases),
        "indicators": indicators(found),
        "against": {
            name.value: {
                "first": each.period.first.isoformat(),
                "last": each.period.last.isoformat(),
                "days": each.period.days,
                "days_with_cases": each.case_days,
                "cases": None
                if each.counts is None
                else {
                    part: getattr(each.counts, part)
                    for part in ("filed", "closed", "open", "overdue")
                },
            }
            for name, each in found.earlier.items()
        },
        "warnings": _warnings(found),
        "readings": msgspec.to_builtins(found.readings),
        "streets": [asdict(place) for place in found.streets],
        "departments": [asdict(place) for place in found.departments],
        "due_next": {
            "day": found.due_day.isoformat(),
            "total": found.due.total,
            "held": found.due.held,
            "first": msgspec.to_builtins(found.due.first),
        },
    }


def indicators(found: Bulletin) -> dict[str, dict[str, Any]]:
    """Give each figure with numerator, denominator, target and definition."""
    cases = found.cases
    if cases is None or not found.coverage.case_days:
        return {}
    shares = {
        "closed_in_time_of_due": (cases.closed_in_time, cases.due),
        "overdue_of_open": (cases.overdue, cases.open),
    }
    table = {}
    for name, titles in DEFINITIONS.items():
        numerator, denominator = shares.get(name) or (getattr(cases, name), None)
        value = numerator if denominator is None else None
        if denominator:
            value = numerator / denominator
        table[name] = {
            "numerator": numerator,
            "denominator": denominator,
            "value": value,
            "interval": wilson(numerator, denominator) if denominator else None,
            "target": (found.targets or {}).get(name),
            "definition": {lang: text for lang, (_, text) in titles.items()},
        }
    return table


def _warnings(found: Bulletin) -> dict[str, Any]:
    levels = Counter(each.level for each in found.raised)
    names = {1: "blue", 2: "yellow", 3: "orange", 4: "red"}
    return {
        "raised": len(found.raised),
        "raised_by_level": {names[level]: levels[level] for level in sorted(names, reverse=True)},
        "from_before": len(found.warnings) - len(found.raised),
        "standing": len(found.standing),
        "unacknowledged": len(found.unacknowledged),
        "list": msgspec.to_builtins(found.warnings),
    }
