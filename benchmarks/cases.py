"""Case agent: events a second, bytes a case, time of a tick and of a restart.

Each run is one street partition: `python -m benchmarks.cases --cases 200000`. Print one JSON
object. Times are of the processor (CPU), so that a busy machine does not change them much.
"""

from __future__ import annotations

import argparse
import gc
import json
import time
from collections.abc import Iterator

import numpy as np
import psutil  # type: ignore[import-untyped]

from config.loader import load
from config.names import CASE_EVENTS
from config.settings import Settings
from models.cases.rulebook import Rulebook
from models.messages.case_events import CaseBatch, CaseEvent, EventType
from models.messages.envelope import encode
from models.messages.origin import Origin
from models.timing.units import MINUTE_MS
from models.timing.working_clock import Basis
from streams.agents.cases import CaseProcessor
from streams.host.processor import Record

START_MS = 1_709_222_400_000
OPEN_STEPS = (EventType.REPORTED, EventType.FILED, EventType.DISPATCHED, EventType.DISPOSED)
EVENTS_A_BATCH = 100
BATCHES_A_TICK = 40
CELLS = 10_000
CATEGORIES = 150


def rulebook(timezone: str) -> Rulebook:
    """Give the rules of a city with so many categories: its own, and others made after them."""
    registry = load(Settings()).registry
    made = tuple(
        registry.categories[place % len(registry.categories)].model_copy(
            update={"code": f"E99{place:03d}"}
        )
        for place in range(CATEGORIES - len(registry.categories))
    )
    more = registry.model_copy(update={"categories": registry.categories + made})
    return Rulebook(more, timezone)


def batches(cases: int, rules: Rulebook, seed: int = 1) -> Iterator[Record]:
    """Give the events of open cases in the order of time; each case has two to four steps."""
    rng = np.random.default_rng(seed)
    codes = [entry.code for entry in rules.registry.categories]
    departments = [entry.code for entry in rules.registry.departments]
    events: list[tuple[int, int, int]] = []
    for case in range(cases):
        ts_ms = START_MS + int(rng.integers(0, 10 * 1440)) * MINUTE_MS
        for step in range(int(rng.integers(2, 5))):
            events.append((ts_ms, case, step))
            ts_ms += int(rng.integers(1, 600)) * MINUTE_MS
    events.sort()
    for first in range(0, len(events), EVENTS_A_BATCH):
        some = events[first : first + EVENTS_A_BATCH]
        batch = CaseBatch(
            feed="cases",
            street="110101001",
            origin=Origin(1, 0, 1, watermark_ms=some[-1][0], ingested_ms=0),
            events=[
                _event(
                    ts_ms,
                    case,
                    step,
                    codes[case % len(codes)],
                    departments[case % len(departments)],
                    first + place,
                )
                for place, (ts_ms, case, step) in enumerate(some)
            ],
        )
        yield Record(CASE_EVENTS, 0, first, encode(batch))


def _event(
    ts_ms: int, case: int, step: int, category: str, department: str, offset: int
) -> CaseEvent:
    place = case % CELLS
    cell = 110101001001000 + place % 900 + place // 900 * 1000
    return CaseEvent(
        case=f"110101-2024-{case:08d}",
        type=OPEN_STEPS[step],
        ts_ms=ts_ms,
        category=category if step == 0 else "",
        cell=str(cell),
        offset=offset,
        actor=f"S110101001-{case % 40:02d}",
        role=("supervision", "supervision", "command", "department")[step],
        department=department if step == 2 else "",
        source="patrol" if step == 0 else "",
        beat=f"B{case % CELLS // 70:03d}" if step == 0 else "",
        lon=116.4 + case % 2503 * 2e-5 if step == 0 else None,  # some 4 km each way
        lat=39.9 + case % 1999 * 2e-5 if step == 0 else None,
    )


def measure(cases: int) -> dict[str, float]:
    """Run the agent over all events, tick it, save it, and restore it."""
    catalog = load(Settings())
    rules = rulebook(catalog.city.timezone)

    def agent() -> CaseProcessor:
        return CaseProcessor(catalog, rules, Settings(), 0)

    records = list(batches(cases, rules))
    gc.collect()
    memory = psutil.Process()
    before = memory.memory_info().rss
    processor, now_ms, ticks = agent(), 0, []
    began = time.process_time()
    for number, record in enumerate(records):
        processor.apply(record)
        if number % BATCHES_A_TICK == 0:
            now_ms += 500
            tick = time.process_time()
            processor.tick(now_ms)
            ticks.append(time.process_time() - tick)
    spent = time.process_time() - began
    used = memory.memory_info().rss - before
    events = records[-1].offset + EVENTS_A_BATCH
    saved = {key: data for key, data in processor.changes().items() if data is not None}
    del processor
    began = time.process_time()
    agent().restore(saved)
    restored = time.process_time() - began
    return {
        "cases": cases,
        "events_per_s": events / spent,
        "bytes_a_case": used / cases,
        "tick_ms_p50": float(np.median(ticks)) * 1000,
        "tick_ms_max": max(ticks) * 1000,
        "cells": min(cases, CELLS),
        "departments": len(rules.registry.departments),
        "categories": len(rules.registry.categories),
        "checkpoint_bytes_a_case": sum(len(k) + len(v) for k, v in saved.items()) / cases,
        "restore_s": restored,
        "clock_ms_100000": clock_ms(100_000, rules),
    }


def clock_ms(cases: int, rules: Rulebook) -> float:
    """Time to tell of open cases how many working minutes each is past its limit, all clocks."""
    rng = np.random.default_rng(2)
    due = START_MS + rng.integers(-(10**9), 10**9, cases)
    now = np.full(cases, START_MS)
    part = cases // len(Basis)
    began = time.process_time()
    for number, basis in enumerate(Basis):
        some = slice(number * part, (number + 1) * part)
        rules.clock.working_minutes_between(due[some], now[some], basis)
    return (time.process_time() - began) * 1000


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=200_000)
    print(json.dumps(measure(parser.parse_args().cases), indent=2))
