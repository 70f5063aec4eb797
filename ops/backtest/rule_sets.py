"""Two rule sets over the same past: what each warns of, when, and how much it asks of people."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any, Final

from config import names
from config.catalog import Catalog
from config.errors import InputError
from config.loader import load
from config.settings import Settings
from models.messages.envelope import decode
from models.messages.warnings import CityWarning, WarningChange
from models.rules.contract import kind_of
from models.warnings.alarm_load import AlarmChange, AlarmFigures, figures
from ops.backtest.archived_panes import archived_panes
from streams.agents import discover
from streams.host.processor import Processor, Record, Send
from streams.host.refused import apply_record

CURRENT: Final = "current"  # instead of a folder: the rules of the city
_MONITORS: Final = ("detect", "outbreaks", "silence")
_NEVER: Final = 2**62
Lives = dict[str, list[CityWarning]]


def catalog_of(settings: Settings, rules: str) -> Catalog:
    """Load the city with the rules of a folder, or with its own.

    Raises
    ------
    InputError
        It is not a folder, or holds no rule.
    ConfigError
        A rule is wrong.
    """
    if rules == CURRENT:
        return load(settings)
    folder = Path(rules)
    if not any(folder.glob("*.yaml")):
        msg = f"{rules}: expected a folder of rules (*.yaml), or {CURRENT!r}"
        raise InputError(msg)
    with tempfile.TemporaryDirectory(prefix="gridpulse-rules-") as place:
        city = Path(place) / "city" / settings.city
        shutil.copytree(settings.config_dir / "city" / settings.city, city)
        shutil.rmtree(city / "rules")
        shutil.copytree(folder, city / "rules")
        for event in city.glob("events/*.yaml"):
            event.unlink()  # they name rules that the folder may not have
        return load(replace(settings, config_dir=Path(place)))


def run_rules(
    catalog: Catalog, settings: Settings, archive: Path, since_ms: int = 0, until_ms: int = _NEVER
) -> Lives:
    """Run the rules of a city over its archive; gives the changes of each warning by its id.

    The monitors learn from the same past: what they knew before `since_ms` is not known to them.
    """
    agents: dict[str, Processor] = {
        spec.name: spec.make(0)
        for spec in discover(catalog, settings)
        if spec.name in (*_MONITORS, "warn")
    }
    lives: Lives = {}
    for number, value in enumerate(archived_panes(archive, catalog, since_ms, until_ms)):
        record = Record(names.PANES, 0, number, value)
        for monitor in _MONITORS:
            for effect in apply_record(monitor, agents[monitor], record):
                if isinstance(effect, Send) and effect.topic == names.SIGNALS:
                    for change in _warned(agents["warn"], effect.value, number):
                        lives.setdefault(change.id, []).append(change)
    return lives


def _warned(warn: Processor, signals: bytes, number: int) -> Iterable[CityWarning]:
    record = Record(names.SIGNALS, 0, number, signals)
    for effect in apply_record("warn", warn, record):
        if isinstance(effect, Send) and effect.topic == names.WARNINGS:
            yield decode(CityWarning, effect.value)


def alarm_changes(lives: Mapping[str, Sequence[CityWarning]]) -> list[AlarmChange]:
    """Give what the load is counted from."""
    return [
        AlarmChange(
            warning=change.id,
            rule=change.rule,
            area=change.area,
            at_ms=change.updated_ms,
            calls=change.change is WarningChange.RAISED and not change.suppressed,
            is_shown=not change.suppressed,
            is_over=bool(change.cleared_ms),
        )
        for life in lives.values()
        for change in life
    ]


def compared(one: Lives, other: Lives) -> dict[str, Any]:
    """Compare two runs: load, what only one has, and how much earlier the second warned.

    Two warnings are of the same where feed and place are the same and their times meet.
    """
    pairs, only_one = _matched(one, other)
    _, only_other = _matched(other, one)
    leads = [first[0].raised_ms - second[0].raised_ms for first, second in pairs]
    return {
        "a": _side(one),
        "b": _side(other),
        "both": len(pairs),
        "only_a": only_one,
        "only_b": only_other,
        "lead_min": {
            "earlier_in_b": sum(lead > 0 for lead in leads),
            "later_in_b": sum(lead < 0 for lead in leads),
            "median": round(median(leads) / 60_000, 1) if leads else None,
        },
    }


def figures_json(load_: AlarmFigures) -> dict[str, Any]:
    """Give the load as plain values."""
    return {
        "called": load_.called,
        "most_an_hour": load_.most_an_hour,
        "most_in_10_min": load_.most_in_ten_minutes,
        "hours_over_6": load_.hours_over,
        "chattering": [
            {"rule": rule, "area": area, "most_changes_an_hour": most}
            for rule, area, most in load_.chattering
        ],
        "standing_over_24_h": list(load_.standing),
        "over": load_.is_over,
    }


def not_run(catalog: Catalog) -> list[str]:
    """Name the rules that panes of the archive cannot answer: they ask the cases themselves."""
    return [name for name, rule in catalog.rules.items() if kind_of(rule).question(rule)]


def _side(lives: Lives) -> dict[str, Any]:
    by_rule: dict[str, int] = {}
    for life in lives.values():
        by_rule[life[0].rule] = by_rule.get(life[0].rule, 0) + 1
    load_ = figures_json(figures(alarm_changes(lives)))
    return {"warnings": len(lives), "by_rule": dict(sorted(by_rule.items())), "load": load_}


def _matched(
    one: Lives, other: Lives
) -> tuple[list[tuple[list[CityWarning], list[CityWarning]]], list[str]]:
    """Pair each warning of one run with the first of the other that it meets."""
    places: dict[tuple[str, str], list[list[CityWarning]]] = {}
    for life in other.values():
        places.setdefault((life[0].feed, life[0].area), []).append(life)
    pairs, alone = [], []
    for life in sorted(one.values(), key=lambda each: (each[0].raised_ms, each[0].id)):
        begin, end = _span(life)
        met = [
            each
            for each in places.get((life[0].feed, life[0].area), ())
            if _span(each)[0] <= end and begin <= _span(each)[1]
        ]
        if met:
            pairs.append((life, min(met, key=lambda each: each[0].raised_ms)))
        else:
            alone.append(life[0].id)
    return pairs, alone


def _span(life: Sequence[CityWarning]) -> tuple[int, int]:
    return life[0].raised_ms, life[-1].cleared_ms or _NEVER
