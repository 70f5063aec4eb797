"""How the way to the snapshot grows with streets and cells, seen from outside, on Apache Kafka.

Run: `python -m benchmarks.growth [--streets 17 100 400] [--cells 4238] [--seconds 30]`. A latency
is the time from sending a reading to reading the snapshot that shows it.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, TopicPartition
from redis import Redis
from rich.console import Console
from rich.table import Table

from benchmarks.grown import grown_city
from benchmarks.probes import Probes
from benchmarks.rig import START_S, Load, Rig, rig, wait_until
from config import names
from config.names import checkpoint_key

_PROBES = 10


def measure(streets: int, cells: int, per_s: int, seconds: float, warm_s: float) -> dict[str, Any]:
    """Run ingest and one worker over a city of a size under a steady load."""
    with tempfile.TemporaryDirectory(prefix="gridpulse-city-") as folder:
        city = grown_city(Path(folder), streets, cells)
        with rig(config_dir=city) as line:
            line.start("ingest", "worker")
            wait_until(lambda: line.snapshot() is not None, START_S)
            codes = line.catalog.grid_at(line.catalog.streets[-1].valid_from).codes
            own = codes[:: max(1, codes.size // _PROBES)][:_PROBES]
            load = Load(line.settings, line.catalog, per_s, spared=own)
            probes = Probes(line.settings, own.tolist(), codes.tolist())
            with load, probes:
                time.sleep(warm_s)
                found = _measured(line, load, probes, seconds)
    return {"streets": streets, "cells": int(codes.size), **found}


def _measured(line: Rig, load: Load, probes: Probes, seconds: float) -> dict[str, Any]:
    began_s, sent = time.monotonic(), load.sent
    cpu_s = {name: line.cpu_s(name) for name in line.children}
    ends = Ends(line.settings.brokers)
    before = ends.now()
    probes.forget()
    time.sleep(seconds)
    spent_s, took = time.monotonic() - began_s, load.sent - sent
    after = ends.now()
    snapshot = line.snapshot()
    assert snapshot is not None
    return {
        "sent_per_s": round(took / spent_s),
        **probes.percentiles(),
        "probes": len(probes.latencies_ms),
        **{f"told_{key}_ms": ms for key, ms in snapshot.latency_ms["ingest_to_snapshot"].items()},
        "lag_records": int(snapshot.figures["lag_records"]),
        **{
            f"{name}_cpu_us_per_reading": round((line.cpu_s(name) - used) / took * 1e6, 2)
            for name, used in cpu_s.items()
        },
        "worker_mb": round(line.rss_mb("worker")),
        **{f"{name}_per_s": round((after[name] - before[name]) / spent_s, 1) for name in before},
        "snapshots_per_s": round(probes.snapshots / spent_s, 2),
        "snapshot_kb": round(probes.snapshot_bytes / 1000),
        **sizes(line.client),
    }


def sizes(client: Redis) -> dict[str, int]:
    """Give the size of the largest summary and of the checkpoints that grow with a city, kB.

    The checkpoint of the situation holds the newest summary of each street partition.
    """
    situation = _fields(client, checkpoint_key("situation", 0))
    summaries = (size for name, size in situation.items() if names.SUMMARIES.encode() in name)
    panes = (
        sum(_fields(client, key).values())
        for key in client.scan_iter(checkpoint_key("panes", 0)[:-1] + "*")
    )
    return {
        "largest_summary_kb": round(max(summaries, default=0) / 1000),
        "situation_checkpoint_kb": round(sum(situation.values()) / 1000),
        "panes_checkpoints_kb": round(sum(panes) / 1000),
    }


def _fields(client: Any, key: str | bytes) -> dict[bytes, int]:
    return {name: len(value) for name, value in client.hgetall(key).items()}


class Ends:
    """How many records the topics inside have."""

    def __init__(self, brokers: str) -> None:
        self._consumer = Consumer({"bootstrap.servers": brokers, "group.id": "ends"})

    def now(self) -> dict[str, int]:
        """Give the number of records ever written of each topic."""
        return {name: self._records(name) for name in (names.FRAMES, names.SUMMARIES)}

    def _records(self, topic: str) -> int:
        partitions = self._consumer.list_topics(topic, 10).topics[topic].partitions
        asked = [TopicPartition(topic, number) for number in partitions]
        return sum(self._consumer.get_watermark_offsets(one, 10)[1] for one in asked)


def main() -> None:
    """Print a table, then one line of JSON a row."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streets", type=int, nargs="+", default=[17, 100, 400])
    parser.add_argument("--cells", type=int, nargs="+", default=[4238])
    parser.add_argument("--per-second", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--warm", type=float, default=15, help="seconds before")
    arguments = parser.parse_args()
    rows = []
    for cells in arguments.cells:
        for streets in arguments.streets:
            row = measure(streets, cells, arguments.per_second, arguments.seconds, arguments.warm)
            rows.append(row | {"load_average": round(os.getloadavg()[0], 1)})
            print(json.dumps(rows[-1]), flush=True)
    table = Table("figure", *(f"{row['streets']} / {row['cells']:,}" for row in rows))
    for name in rows[0]:
        table.add_row(name, *(f"{row[name]:,}" if row[name] is not None else "-" for row in rows))
    Console().print(table)


if __name__ == "__main__":
    main()
