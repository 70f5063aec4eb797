"""The whole line on Apache Kafka: latency to the snapshot, case events, readings from frames.

Run: `python -m benchmarks.line [--seconds 60] [--events 60000] [--frames 1500] [--json]`. The parts
run one after the other, each on servers of its own; real processes, one worker.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.rig import START_S, Applied, Load, producer, rate, rig, wait_until
from config import names
from models.messages.columns import encode
from models.messages.frames import FrameHeader
from models.messages.origin import Origin
from models.timing.units import DAY_MS
from ops.simulation.simulate import simulate

READINGS_PER_S = 20_000
LATENCY_TARGET_MS = 1500
CASE_TARGET_PER_S = 4000
FRAME_ROWS = 4096
APRIL_MS = 1_774_972_800_000  # 2026-04-01 in Beijing


def measure_latency(seconds: float) -> dict[str, Any]:
    """Time from ingest to the snapshot, at a steady rate."""
    with rig() as line:
        line.start("ingest", "worker")
        wait_until(lambda: line.snapshot() is not None, START_S)
        with Load(line.settings, line.catalog, READINGS_PER_S) as load:
            time.sleep(seconds / 3)  # caches and connections
            before = {name: line.cpu_s(name) for name in line.children}
            began_s, sent = time.monotonic(), load.sent
            time.sleep(seconds)
            spent_s, took = time.monotonic() - began_s, load.sent - sent
            cpu = {name: line.cpu_s(name) - before[name] for name in line.children}
        snapshot = line.snapshot()
        assert snapshot is not None
        latency = snapshot.latency_ms["ingest_to_snapshot"]
        return {
            "readings_per_s": round(took / spent_s),
            "p50_ms": latency["p50"],
            "p99_ms": latency["p99"],
            "target_p99_ms": LATENCY_TARGET_MS,
            **{f"{name}_cores": round(used / spent_s, 2) for name, used in cpu.items()},
            "lag_records": int(snapshot.figures["lag_records"]),
            "reached": (latency["p99"] or np.inf) <= LATENCY_TARGET_MS,
        }


def measure_cases(events: int) -> dict[str, Any]:
    """Case events a second through ingest and one worker, from a full raw topic."""
    with rig() as line:
        to, sent = producer(line.settings.brokers), 0
        for feed, message in simulate(line.catalog, APRIL_MS, APRIL_MS + 600 * DAY_MS, 1, 86_400):
            if feed == "cases":
                headers: dict[str, str | bytes | None] = {
                    names.SENT_HEADER: str(message.ts_ms),
                    names.REPLAY_HEADER: "benchmark",
                }
                to.send(names.raw_topic(feed), message.value, message.key.encode(), headers=headers)
                to.poll()
                sent += 1
            if sent == events:
                break
        to.flush(600)
        line.start("ingest", "worker")
        marks = Applied(line.settings.brokers, "cases").marks(sent)
        cpu_us = {name: round(line.cpu_s(name) / sent * 1e6) for name in line.children}
        per_s = rate(marks)
    return {
        "events": sent,
        "events_per_s": round(per_s),
        "target_per_s": CASE_TARGET_PER_S,
        **{f"{name}_cpu_us_per_event": used for name, used in cpu_us.items()},
        "reached": per_s >= CASE_TARGET_PER_S,
    }


def measure_frames(frames: int) -> dict[str, Any]:
    """Readings a second that one worker takes from a full topic of frames."""
    with rig() as line:
        to = producer(line.settings.brokers, {"linger.ms": 50})
        rng = np.random.default_rng(1)
        codes = line.catalog.grid_at(line.catalog.streets[-1].valid_from).codes
        streets = np.unique(codes // 10**6)
        for number in range(frames):
            street = int(streets[number % streets.size])
            cells = rng.choice(codes[codes // 10**6 == street] % 10**6, FRAME_ROWS)
            to.send(names.FRAMES, _frame(rng, street, cells, number), b"%d" % street)
        to.flush(600)
        line.start("worker")
        marks = Applied(line.settings.brokers, "dust").marks(frames * FRAME_ROWS)
        cpu_us = line.cpu_s("worker") / (frames * FRAME_ROWS) * 1e6
        per_s = rate(marks)
    return {
        "readings": frames * FRAME_ROWS,
        "readings_per_s": round(per_s),
        "worker_cpu_us_per_reading": round(cpu_us, 3),
    }


def _frame(
    rng: np.random.Generator, street: int, cells: np.ndarray[Any, Any], number: int
) -> bytes:
    """Encode one frame of a street; event time goes on by a second every sixteen frames."""
    now_ms = APRIL_MS + number // 16 * 1000
    header = FrameHeader(
        rows=FRAME_ROWS,
        feed="dust",
        streets=(str(street),),
        origin=Origin(1, 0, 1, watermark_ms=now_ms - 600_000, ingested_ms=now_ms),
        metrics=("pm10",),
    )
    first = number * FRAME_ROWS
    return encode(
        header,
        {
            "street": np.zeros(FRAME_ROWS, np.int64),
            "cell": cells,
            "metric": np.zeros(FRAME_ROWS, np.int64),
            "value": rng.lognormal(5.3, 0.25, FRAME_ROWS),
            "ts_ms": now_ms + rng.integers(0, 1000, FRAME_ROWS),
            "offset": np.arange(first, first + FRAME_ROWS),
        },
    )


def main() -> None:
    """Print a table a part, then one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="of steady load")
    parser.add_argument("--events", type=int, default=60_000, help="case events")
    parser.add_argument("--frames", type=int, default=1500, help=f"of {FRAME_ROWS} readings")
    parser.add_argument("--only", choices=("latency", "cases", "frames"))
    arguments = parser.parse_args()
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "latency": lambda: measure_latency(arguments.seconds),
        "cases": lambda: measure_cases(arguments.events),
        "frames": lambda: measure_frames(arguments.frames),
    }
    figures: dict[str, Any] = {}
    for name, measure in parts.items():
        if arguments.only in (None, name):
            figures[name] = measure() | {"load_average": round(os.getloadavg()[0], 1)}
            table = Table("figure", "value", title=f"line: {name}")
            for label, value in figures[name].items():
                table.add_row(label, f"{value:,}" if type(value) is int else str(value))
            Console().print(table)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
