"""Street agent: readings a second from encoded frames, memory with all windows full, checkpoints.

Each figure is taken in a process of its own. Print a table, then one JSON object:
`python -m benchmarks.panes`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, TypeVar

import numpy as np
import psutil  # type: ignore[import-untyped]
from numpy.typing import NDArray

from config.catalog import Catalog, City, Feed, Metric, Street
from config.names import FRAMES
from config.settings import Settings
from models.messages.columns import encode
from models.messages.frames import FrameHeader
from models.messages.origin import Origin
from streams.agents.panes import PaneProcessor
from streams.host.processor import Record, Send

STREETS = 16
FRAME_ROWS = 4096
STRETCH = STREETS * FRAME_ROWS  # readings
WARM_UP = 8 * STREETS  # frames
ROUNDS = 9
CELLS_A_COMMUNITY = 250
START_MS = 1_767_225_600_000  # 2026-01-01
TEXT = {"zh": "合成", "en": "Synthetic"}
T = TypeVar("T")
Figures = dict[str, Any]


def catalog(metrics: int) -> Catalog:
    """Give one feed like `dust`, with as many metrics as wanted."""
    metric = Metric(title=TEXT, unit="µg/m³", resolution=0.1, low=0, high=5000)
    feed = Feed(
        name="dust",
        kind="readings",
        title=TEXT,
        owner=TEXT,
        source="synthetic",
        expected_interval_s=10,
        pane_s=900,
        allowed_lateness_s=600,
        metrics={f"m{number}": metric for number in range(metrics)},
    )
    street = Street(code="110101001", name=TEXT, valid_from=date(2010, 7, 1))
    city = City(code="110101", name=TEXT, timezone="Asia/Shanghai", note=TEXT)
    return Catalog.model_construct(city=city, streets=(street,), feeds={"dust": feed}, rules={})


def cell_numbers(count: int) -> NDArray[np.int64]:
    """Last six digits of the cells of one street."""
    community, number = np.divmod(np.arange(count), CELLS_A_COMMUNITY)
    return (community + 1) * 1000 + number


def frame(
    rng: np.random.Generator,
    street: int,
    cells: NDArray[np.int64],
    metrics: NDArray[np.int64],
    times_ms: NDArray[np.int64],
    first_offset: int,
    watermark_ms: int,
    spread: float,
) -> bytes:
    """Encode one frame of random values around 20 units, log-normal with this spread."""
    rows = cells.size
    header = FrameHeader(
        rows=rows,
        feed="dust",
        streets=(f"110101{street:03d}",),
        origin=Origin(1, 0, 1, watermark_ms=watermark_ms, ingested_ms=START_MS),
        metrics=tuple(f"m{number}" for number in range(int(metrics.max()) + 1)),
    )
    columns = {
        "street": np.zeros(rows, np.int64),
        "cell": cells,
        "metric": metrics,
        "value": rng.lognormal(5.3, spread, rows),
        "ts_ms": times_ms,
        "offset": np.arange(first_offset, first_offset + rows),
    }
    return encode(header, columns)


def stream(cells: int, frames: int) -> Iterator[bytes]:
    """Frames of 16 streets whose sensors speak at random; a second of event time each 16 frames.

    Before that every cell of a street speaks once: what is measured is not the index that grows.
    """
    rng = np.random.default_rng(cells)
    numbers = cell_numbers(-(-cells // STREETS))
    offset = 0
    for count in range(frames):
        now_ms = START_MS + count // STREETS * 1000
        chosen = rng.permutation(numbers) if count < STREETS else rng.choice(numbers, FRAME_ROWS)
        rows = chosen.size
        yield frame(
            rng,
            count % STREETS + 1,
            chosen,
            np.zeros(rows, np.int64),
            now_ms + rng.integers(0, 1000, rows),
            offset,
            now_ms - 600_000,
            spread=0.25,  # over one district at one time
        )
        offset += rows


def measure_rate(*cells: int) -> Figures:
    """Readings a second for each number of cells, in the steady state.

    The numbers of cells take turns, and each stretch of frames counts with its fastest round: what
    else runs on the machine then disturbs all of them alike, and little.
    """
    records = {
        count: [Record(FRAMES, 0, n, value) for n, value in enumerate(stream(count, 384))]
        for count in cells
    }
    rounds: dict[int, list[list[tuple[float, float]]]] = {count: [] for count in cells}
    for _ in range(ROUNDS):
        for count in cells:
            rounds[count].append(stretch_times(records[count]))
    rates, nanoseconds = {}, {}
    for count in cells:
        wall_s, processor_s = np.array(rounds[count]).min(axis=0).mean(axis=0) / STRETCH
        rates[str(count)] = round(1 / wall_s)
        nanoseconds[str(count)] = round(processor_s * 1e9, 1)
    ratio = rates[str(cells[0])] / rates[str(cells[-1])]
    return {
        "readings_per_s": rates,
        "processor_ns_a_reading": nanoseconds,
        "cost_ratio_most_to_fewest_cells": round(ratio, 3),
    }


def stretch_times(records: list[Record]) -> list[tuple[float, float]]:
    """Seconds, and those of the processor, for each stretch of one frame a street."""
    agent = PaneProcessor(catalog(1), Settings(), 0)
    for record in records[:WARM_UP]:
        agent.apply(record)
    times = []
    for start in range(WARM_UP, len(records), STREETS):
        began, processor_began = time.perf_counter(), time.process_time()
        for record in records[start : start + STREETS]:
            agent.apply(record)
        times.append((time.perf_counter() - began, time.process_time() - processor_began))
    return times


def fill(agent: PaneProcessor, cells: int, metrics: int) -> None:
    """Fill every slot of every window: a week in steps that narrow towards its end."""
    rng = np.random.default_rng(3)
    week_s = 7 * 86400
    steps = [range(0, week_s - 90_000, 14_400), range(week_s - 90_000, week_s - 4000, 900)]
    steps += [range(week_s - 4000, week_s - 400, 120), range(week_s - 400, week_s, 10)]
    numbers = cell_numbers(cells // STREETS)
    offset = 0
    for second in (second for part in steps for second in part):
        now_ms = START_MS + second * 1000
        for street in range(1, STREETS + 1):
            rows = numbers.size * metrics
            value = frame(
                rng,
                street,
                np.repeat(numbers, metrics),
                np.tile(np.arange(metrics), numbers.size),
                np.full(rows, now_ms),
                offset,
                now_ms - 600_000,
                spread=0.6,  # over the seasons: more bins in use than at any one time
            )
            agent.apply(Record(FRAMES, 0, offset, value))
            offset += rows


def measure_memory(cells: int, metrics: int) -> Figures:
    """Resident memory, and the costs of a checkpoint, a summary and a restore."""
    process = psutil.Process()
    agent = PaneProcessor(catalog(metrics), Settings(), 0)
    before = process.memory_info().rss
    fill(agent, cells, metrics)
    resident = process.memory_info().rss
    stored = dict(agent.changes())
    first, summary_ms = timed(lambda: agent.tick(START_MS))
    assert isinstance(first[0], Send)
    rng = np.random.default_rng(4)
    now_ms = START_MS + 7 * 86_400_000
    cell = cell_numbers(cells // STREETS)
    for street in range(1, STREETS + 1):
        metric = np.zeros(cell.size, np.int64)
        times_ms = np.full(cell.size, now_ms)
        value = frame(rng, street, cell, metric, times_ms, 10**9, now_ms - 600_000, 0.6)
        agent.apply(Record(FRAMES, 0, 0, value))
    fields, checkpoint_ms = timed(agent.changes)
    _, again_ms = timed(lambda: agent.tick(START_MS + 10_000))
    stored |= fields
    fresh = PaneProcessor(catalog(metrics), Settings(), 0)
    kept = {name: blob for name, blob in stored.items() if blob is not None}
    _, restore_ms = timed(lambda: fresh.restore(kept))
    return {
        "cells": cells,
        "metrics": metrics,
        "rss_mb": round(resident / 1e6),
        "rss_before_mb": round(before / 1e6),
        "summary_mb": round(len(first[0].value) / 1e6, 2),
        "summary_first_ms": round(summary_ms),
        "summary_ms": round(again_ms),
        "checkpoint_fields": len(fields),
        "checkpoint_mb": round(sum(len(blob or b"") for blob in fields.values()) / 1e6, 2),
        "checkpoint_ms": round(checkpoint_ms),
        "state_mb": round(sum(map(len, kept.values())) / 1e6, 1),
        "restore_ms": round(restore_ms),
    }


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """Give a result and how many ms it took."""
    began = time.perf_counter()
    result = work()
    return result, (time.perf_counter() - began) * 1000


def main() -> None:
    if len(sys.argv) > 1:
        name, *numbers = sys.argv[1:]
        measures: dict[str, Callable[..., Figures]]
        measures = {"rate": measure_rate, "memory": measure_memory}
        print(json.dumps(measures[name](*map(int, numbers))))
        return
    runs = (("rate", "1000", "10000", "100000"), ("memory", "10000", "8"))
    figures: dict[str, Figures] = {}
    for run in runs:
        command = [sys.executable, "-m", "benchmarks.panes", *run]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        figures |= {run[0]: json.loads(done.stdout)}
    for part, rows in figures.items():
        print(part)
        for name, value in rows.items():
            print(f"  {name:<32} {value}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
