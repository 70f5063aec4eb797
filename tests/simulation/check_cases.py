"""After a run: cases by stage, counted panes and indicators equal a count of the raw events."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from faust.types import TP

from config import names
from models.messages.case_events import EventType
from models.messages.panes import CasePane
from models.messages.street_summaries import CaseSummary, CellSummary
from models.timing.units import HOUR_MS
from tests.simulation.city import cell_at
from tests.simulation.readable import readable
from tests.simulation.traffic import CASES, STEPS
from tests.simulation.world import World

Step = tuple[str, str, int, str, int]  # case, type, time, category, cell


def check_cases(world: World) -> Iterator[str]:
    """Give what is wrong, one sentence each."""
    events = list(case_events(world))
    steps = set(events)
    problems: list[str] = []
    yield from _differ("cases of pane", _pane_counts(steps), _panes(world, problems))
    yield from problems
    cells, cases = _summaries(world)
    applied = sum(summary.header.applied for summary in cells.values())
    if applied != len(steps):
        yield f"{applied} steps were applied, there are {len(steps)}"
    repeated = sum(summary.header.totals["cases.repeated"] for summary in cells.values())
    if repeated != len(events) - len(steps):
        yield f"{repeated:g} steps count as repeated, {len(events) - len(steps)} were"
    found: Counter[str] = Counter()
    for summary in cases.values():
        found.update({stage: now.open for stage, now in summary.stages.items() if now.open})
    yield from _differ("open cases in stage", _stages(steps), dict(found))
    yield from _differ("indicator", _indicators(steps), _live_indicators(cases))


def case_events(world: World) -> Iterator[Step]:
    """Read the raw topic of cases: every good event, repeats too."""
    for number in range(world.broker.partitions[CASES]):
        for record in world.broker.logs[TP(CASES, number)]:
            try:
                body = json.loads(record.value)
            except ValueError:
                continue
            cell = cell_at(body["lon"], body["lat"])
            yield body["case"], body["type"], body["ts"], body.get("category", ""), cell


def _pane_counts(steps: set[Step]) -> Counter[tuple[int, int, str, str]]:
    return Counter(
        (ts_ms // HOUR_MS * HOUR_MS, cell, category, kind)
        for _, kind, ts_ms, category, cell in steps
    )


def _panes(world: World, problems: list[str]) -> Counter[tuple[int, int, str, str]]:
    """Read the newest revision of each pane."""
    told: dict[tuple[int, int], dict[int, CasePane]] = {}
    for pane in readable(world.broker.values(names.PANES), names.PANES, CasePane):
        before = told.setdefault((pane.partition, pane.start_ms), {})
        if before.setdefault(pane.revision, pane).rows != pane.rows:
            problems.append(f"revision {pane.revision} of {pane.start_ms} has two contents")
    return Counter(
        {
            (pane.start_ms, cell, category, kind): count
            for revisions in told.values()
            for pane in [revisions[max(revisions)]]
            for cell, category, kind, count in pane.rows
        }
    )


def _summaries(world: World) -> tuple[dict[int, CellSummary], dict[int, CaseSummary]]:
    """Give the newest summaries of each street partition."""
    values = world.broker.values(names.SUMMARIES)
    cells = readable(values, names.SUMMARIES, CellSummary)
    cases = readable(values, names.SUMMARIES, CaseSummary)
    return (
        {one.header.partition: one for one in cells if one.header.feed == "cases"},
        {one.partition: one for one in cases},
    )


def _by_case(steps: set[Step]) -> dict[str, dict[str, int]]:
    """Time of each type of step, by case."""
    found: dict[str, dict[str, int]] = {}
    for case, kind, ts_ms, *_ in steps:
        found.setdefault(case, {})[kind] = ts_ms
    return found


def _stages(steps: set[Step]) -> dict[str, int]:
    """Count the open cases by the furthest step known of them."""
    furthest = [max(times, key=STEPS.index) for times in _by_case(steps).values()]
    return dict(Counter(stage for stage in furthest if stage != EventType.CLOSED))


def _indicators(steps: set[Step]) -> dict[str, int]:
    """Count what has happened in these hours, which all lie in the last seven days."""
    cases = _by_case(steps).values()
    counts = {
        "reported": sum("reported" in times for times in cases),
        "filed": sum("filed" in times for times in cases),
        "closed": sum("filed" in times and "closed" in times for times in cases),
    }
    return {code: count for code, count in counts.items() if count}


def _live_indicators(cases: dict[int, CaseSummary]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for summary in cases.values():
        for count in summary.indicators:
            if (count.window, count.by) == ("7d", "all"):
                found[count.indicator] += int(count.numerator)
    return {code: found[code] for code in ("reported", "filed", "closed") if found[code]}


def _differ(what: str, expected: dict[Any, int], found: dict[Any, int]) -> Iterator[str]:
    for key in sorted(expected.keys() | found.keys()):
        if expected.get(key, 0) != found.get(key, 0):
            yield f"{what} {key} should be {expected.get(key, 0)} and is {found.get(key, 0)}"
