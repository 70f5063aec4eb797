"""How fast one ingest process is, beside how fast the same client only consumes the same topic.

Run: `python -m benchmarks.ingest [--readings N] [--kafka] [--json]`. One reading of about 100 bytes
is one message. Both rates are taken between the first and the last batch, in one run on one broker.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer
from rich.console import Console
from rich.table import Table

from benchmarks.rig import producer
from config.catalog import Catalog
from config.loader import load
from config.settings import Settings
from ops.kafka.apache import Kafka
from ops.kafka.topics import create, plan
from ops.processes.embedded import embedded_broker, embedded_redis, redis_server
from ops.processes.ingest import assemble
from streams import logs
from streams.health import Health
from streams.ingest.servers import consumer_config

TOPIC = "raw.dust"
TARGET_PER_S = 150_000
TARGET_SHARE = 0.25


@contextmanager
def servers(folder: Path, *, apache: bool) -> Iterator[Settings]:
    """Run a broker and a Redis, with the topics of ingest."""
    installed = shutil.which("redis-server")
    redis = (
        redis_server(installed, folder / "redis") if installed else embedded_redis(folder / "redis")
    )
    with redis as redis_url:
        settings = Settings(redis_url=redis_url, checkpoint_s=1.0)
        if apache:
            with Kafka(folder / "kafka", heap="1g") as kafka:
                yield replace(settings, brokers=kafka.bootstrap)
        else:
            with embedded_broker(folder / "broker") as brokers:
                yield replace(settings, brokers=brokers)


def publish(settings: Settings, catalog: Catalog, readings: int) -> int:
    """Send readings over all cells of the city; gives the bytes of one."""
    now_ms = time.time_ns() // 1_000_000
    codes = catalog.grid_at(datetime.now(UTC).date()).codes.tolist()
    to = producer(settings.brokers, {"linger.ms": 20})
    value = b""
    for number in range(readings):
        value = b'{"sensor":"d%05d","metric":"pm10","value":%d.%d,"ts":%d,"cell":"%d"}' % (
            number % 20_000,
            number % 400,
            number % 10,
            now_ms,
            codes[number % len(codes)],
        )
        to.send(TOPIC, value, partition=number * 4 // readings)
    to.flush(600)
    return len(value)


class Pace:
    """Rate and cost of readings between the first batch and the last."""

    def __init__(self) -> None:
        self._marks: list[tuple[float, float, float]] = []

    def see(self, total: float) -> None:
        """Note how many readings are through by now."""
        if total > (self._marks[-1][0] if self._marks else 0):
            mark = (total, time.perf_counter(), time.process_time())
            self._marks = [*self._marks[:1], mark]  # the first and the newest

    @property
    def per_s(self) -> float:
        """Readings a second."""
        first, last = self._marks
        return (last[0] - first[0]) / (last[1] - first[1])

    @property
    def cpu_us(self) -> float:
        """Processor time a reading, microseconds, all threads: tells more on a busy machine."""
        first, last = self._marks
        return (last[2] - first[2]) / (last[0] - first[0]) * 1e6


def consume(settings: Settings, readings: int) -> Pace:
    """Only consume the topic, with the client that ingest uses."""
    consumer = Consumer(consumer_config(settings) | {"group.id": "benchmark"})
    consumer.subscribe([TOPIC])
    pace, total = Pace(), 0
    while total < readings:
        total += sum(message.error() is None for message in consumer.consume(20_000, 0.1))
        pace.see(total)
    consumer.close()
    return pace


def ingest(settings: Settings, catalog: Catalog, readings: int) -> Pace:
    """Run the ingest process's own loop over the topic."""
    health = Health()
    accepted = health.metrics.accepted.labels("dust")
    pace = Pace()

    def is_done() -> bool:
        total = sum(s.value for s in next(iter(accepted.collect())).samples[:1])
        pace.see(total)
        return total >= readings

    assemble(catalog, settings, health).run(is_done)
    return pace


def measure(readings: int, *, apache: bool) -> dict[str, Any]:
    """Run the benchmark on servers of its own."""
    settings = Settings()
    catalog = load(settings)
    with (
        tempfile.TemporaryDirectory() as folder,
        servers(Path(folder), apache=apache) as settings,
    ):
        create(settings, plan(settings, catalog))
        size = publish(settings, catalog, readings)
        consumed = consume(settings, readings)
        ingested = ingest(settings, catalog, readings)
    share = ingested.per_s / consumed.per_s
    return {
        "broker": "Apache Kafka" if apache else "embedded",
        "readings": readings,
        "bytes_per_reading": size,
        "consumed_per_s": round(consumed.per_s),
        "ingested_per_s": round(ingested.per_s),
        "share": round(share, 3),
        "consumed_cpu_us": round(consumed.cpu_us, 2),
        "ingested_cpu_us": round(ingested.cpu_us, 2),
        "load_average": round(os.getloadavg()[0], 1),
        "reached": ingested.per_s >= TARGET_PER_S and share >= TARGET_SHARE,
    }


def main() -> None:
    """Print the figures as a table, then as one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readings", type=int, default=1_000_000)
    parser.add_argument("--kafka", action="store_true", help="on Apache Kafka")
    arguments = parser.parse_args()
    logs.configure("console", level="WARNING")
    figures = measure(arguments.readings, apache=arguments.kafka)
    table = Table("figure", "value", title="ingest, one process")
    for name, value in figures.items():
        table.add_row(name, f"{value:,}" if type(value) is int else str(value))
    Console().print(table)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
