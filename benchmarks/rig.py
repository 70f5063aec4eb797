"""The real processes on Apache Kafka, loaded and measured from outside."""

from __future__ import annotations

import math
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import psutil  # type: ignore[import-untyped]
import redis
from confluent_kafka import Consumer, TopicPartition
from numpy.typing import NDArray

from config import names
from config.catalog import Catalog
from config.loader import load
from config.settings import Settings
from models.messages.columns import decode
from models.messages.envelope import header_of
from models.messages.street_summaries import SummaryHeader
from models.situation.snapshot import Snapshot
from ops.kafka.apache import Kafka
from ops.kafka.topics import create, plan
from ops.processes.child import Child
from ops.processes.embedded import embedded_redis, redis_server
from ops.processes.figures import read_snapshot
from ops.processes.fleet import Fleet
from ops.processes.ports import free_port
from streams.producer import QueuedProducer

START_S = 120.0


@dataclass
class Rig:
    """A city on a broker of its own; processes are started as a benchmark needs them."""

    settings: Settings
    catalog: Catalog
    fleet: Fleet
    client: redis.Redis
    children: dict[str, Child] = field(default_factory=dict)

    def start(self, *processes: str) -> None:
        """Start `gridpulse <process>` for each."""
        for name in processes:
            self.children[name] = self.fleet.start(name, (name,), self.settings)

    def snapshot(self) -> Snapshot | None:
        """Give the newest snapshot."""
        return read_snapshot(self.client)

    def rss_mb(self, process: str) -> float:
        """Resident memory of a process, MB."""
        return float(psutil.Process(self.children[process].pid).memory_info().rss) / 1e6

    def cpu_s(self, process: str) -> float:
        """Processor time that a process has used, seconds."""
        times = psutil.Process(self.children[process].pid).cpu_times()
        return float(times.user + times.system)


@contextmanager
def rig(config_dir: Path | None = None, **changed: Any) -> Iterator[Rig]:
    """Start Apache Kafka and Redis, and make the topics of a city: the default one's.

    `changed` are other fields of `Settings`.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gridpulse-bench-")))
        installed = shutil.which("redis-server")
        store = folder / "redis"
        server = redis_server(installed, store) if installed else embedded_redis(store)
        settings = Settings(
            redis_url=stack.enter_context(server),
            brokers=stack.enter_context(Kafka(folder / "kafka", heap="1g")).bootstrap,
            worker_port=free_port(),
            ingest_port=free_port(),
            archive_dir=folder / "archive",
            log_format="json",
            config_dir=config_dir or Settings().config_dir,
            **changed,
        )
        catalog = load(settings)
        create(settings, plan(settings, catalog))
        fleet = stack.enter_context(Fleet(folder / "log", lambda _: None))
        client = stack.enter_context(redis.Redis.from_url(settings.redis_url))
        yield Rig(settings, catalog, fleet, client)


class Applied:
    """How many readings or events of a feed the streets have applied, as their summaries say."""

    def __init__(self, brokers: str, feed: str) -> None:
        self._feed = feed
        self._newest: dict[int, SummaryHeader] = {}
        self._consumer = Consumer({"bootstrap.servers": brokers, "group.id": "applied"})
        self._consumer.assign([TopicPartition(names.SUMMARIES, 0, 0)])

    def marks(self, count: int) -> list[tuple[int, int]]:
        """Follow until `count` are applied; gives (wall clock ms, number) of each summary.

        Raises
        ------
        TimeoutError
            It does not get there.
        """
        marks: list[tuple[int, int]] = []
        deadline_s = time.monotonic() + START_S + count / 500
        while not marks or marks[-1][1] < count:
            if time.monotonic() > deadline_s:
                msg = f"{marks[-1:]} of {count} applied"
                raise TimeoutError(msg)
            for message in self._consumer.consume(500, 0.2):
                value = message.value() or b""
                if message.error() is None and value.startswith(header_of(SummaryHeader)):
                    self._put(decode(SummaryHeader, value)[0], marks)
        self._consumer.close()
        return marks

    def _put(self, header: SummaryHeader, marks: list[tuple[int, int]]) -> None:
        if header.feed == self._feed:
            self._newest[header.partition] = header
            total = sum(newest.applied for newest in self._newest.values())
            marks.append((header.published_ms, total))


def rate(marks: list[tuple[int, int]]) -> float:
    """Applied a second, from the last summary before anything was applied to the last of all."""
    total = marks[-1][1]
    before = max((mark for mark in marks if mark[1] == 0), default=marks[0])
    end_ms = next(at for at, number in marks if number == total)
    return (total - before[1]) / max(end_ms - before[0], 1) * 1000


def producer(brokers: str, extra: Mapping[str, object] | None = None) -> QueuedProducer:
    """Give a producer for load."""
    config: dict[str, object] = {
        "bootstrap.servers": brokers,
        "partitioner": "murmur2_random",
        "linger.ms": 10,
        "compression.type": "lz4",
        "queue.buffering.max.messages": 500_000,
        "log_level": 0,  # at the end the broker goes first
    }
    return QueuedProducer(config | dict(extra or {}), full_s=math.inf)


class Load:
    """Readings of all cells but the `spared` at a steady rate, in a thread; a context manager.

    Attributes
    ----------
    sent : int
        Readings so far; one message each.
    """

    def __init__(
        self,
        settings: Settings,
        catalog: Catalog,
        per_s: int,
        spared: NDArray[np.int64] | None = None,
    ) -> None:
        codes = catalog.grid_at(datetime.now(UTC).date()).codes
        self._codes = np.setdiff1d(codes, () if spared is None else spared).tolist()
        self._producer = producer(settings.brokers)
        self._per_s = per_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.sent = 0

    def __enter__(self) -> Load:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._producer.flush(60)

    def _run(self) -> None:
        began_s = time.monotonic()
        while not self._stop.is_set():
            due = int((time.monotonic() - began_s) * self._per_s)
            now_ms = time.time_ns() // 1_000_000
            while self.sent < due:
                place = self.sent % len(self._codes)
                value = b'{"sensor":"s%d","metric":"pm10","value":%d.%d,"ts":%d,"cell":"%d"}' % (
                    place,
                    self.sent % 89,
                    self.sent % 10,
                    now_ms,
                    self._codes[place],
                )
                self._producer.send(names.raw_topic("dust"), value, b"s%d" % place)
                self.sent += 1
            self._producer.poll()
            time.sleep(0.005)


def wait_until(is_so: Callable[[], bool], limit_s: float) -> None:
    """Wait for something.

    Raises
    ------
    TimeoutError
        It did not become so.
    """
    deadline_s = time.monotonic() + limit_s
    while not is_so():
        if time.monotonic() > deadline_s:
            msg = f"not so within {limit_s:.0f} s"
            raise TimeoutError(msg)
        time.sleep(0.2)
