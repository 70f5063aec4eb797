"""A Kafka of lists: topics of partitions, whose records stay."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from random import Random
from typing import Any

from aiokafka.errors import KafkaTimeoutError
from confluent_kafka import KafkaError
from faust.types import TP

from config import names
from streams.ingest.servers import TopicShape
from streams.partitions import partition_of
from tests.simulation.loop import SimLoop, SimProcess

Headers = list[tuple[str, bytes]]
_Given = tuple[str, bytes, bytes, int | None, Callable[[Exception | None], None]]
_GIVEN_UP = 0.1  # share of requests that a worker gives up once they are not acknowledged
_AGAIN_S = (0.1, 1.0, 30.0)
LOG_APPEND_TIME = 2  # kind of a record's timestamp, as `gridpulse topics create` sets it

partition_of_key = lru_cache(10_000)(partition_of)


@dataclass(frozen=True, slots=True)
class Stored:
    """One record; its offset is its place in the list."""

    key: bytes
    value: bytes
    at_ms: int
    headers: Headers = field(default_factory=list)


class SimBroker:
    """All topics, and a digest of everything that was ever written.

    Attributes
    ----------
    slowness : float
        Factor of all latencies.
    lost_answers : float
        Share of requests that are carried out and not acknowledged.
    done : Counter of str
        What went wrong.
    """

    def __init__(self, loop: SimLoop, partitions: Mapping[str, int], rng: Random) -> None:
        self.loop = loop
        self.partitions = dict(partitions)
        self.logs: dict[TP, list[Stored]] = {
            TP(topic, n): [] for topic, count in partitions.items() for n in range(count)
        }
        self.identities = {topic: 1000 + n for n, topic in enumerate(sorted(partitions))}
        self.digest = hashlib.blake2b(digest_size=16)
        self.begin_ms = 0
        self._rng = rng
        self._waiting: dict[bool, list[Callable[[], None]]] = {False: [], True: []}
        self.slowness = 1.0
        self.lost_answers = 0.0
        self.done: Counter[str] = Counter()

    def latency_s(self) -> float:
        return self.slowness * (0.001 + 0.02 * self._rng.random())

    def loses_answer(self) -> bool:
        """Tell whether a request is not acknowledged."""
        is_lost = self.lost_answers > 0 and self._rng.random() < self.lost_answers
        self.done["lost acknowledgement"] += is_lost
        return is_lost

    def append(
        self,
        topic: str,
        key: bytes,
        value: bytes,
        partition: int | None = None,
        headers: Headers | None = None,
    ) -> TP:
        """Write a record for good."""
        if partition is None:
            partition = partition_of_key(key, self.partitions[topic])
        tp = TP(topic, partition)
        now_s = self.loop.time()
        self.logs[tp].append(Stored(key, value, self.begin_ms + int(now_s * 1000), headers or []))
        self.digest.update(b"%s %d %.6f %s" % (topic.encode(), partition, now_s, value))
        is_raw = topic.startswith(names.RAW_PREFIX)
        waiting, self._waiting[is_raw] = self._waiting[is_raw], []
        for wake in waiting:
            wake()
        return tp

    def on_news(self, wake: Callable[[], None], *, raw: bool) -> None:
        """Call once when the next record is written, to a raw topic or to one of ours."""
        self._waiting[raw].append(wake)

    def end(self, tp: TP) -> int:
        return len(self.logs[tp])

    def shapes(self) -> dict[str, TopicShape]:
        return {t: TopicShape(n, self.identities[t]) for t, n in self.partitions.items()}

    def values(self, topic: str) -> list[bytes]:
        """All values of a topic, partition by partition."""
        return [
            record.value
            for n in range(self.partitions[topic])
            for record in self.logs[TP(topic, n)]
        ]


class SimProducer:
    """The producer of one process: what it was given arrives later, in order, or never.

    A record may be acknowledged late: the process may die in between, or give up waiting. What is
    not acknowledged is sent again, which the broker notices only where the producer is idempotent.
    """

    def __init__(
        self, broker: SimBroker, process: SimProcess, rng: Random, *, is_idempotent: bool
    ) -> None:
        self._broker = broker
        self._is_idempotent = is_idempotent
        self._process = process
        self._rng = rng
        self._queue: list[_Given] = []
        self._is_sending = False
        self._in_flight = 0

    def give(
        self,
        topic: str,
        key: bytes,
        value: bytes,
        partition: int | None,
        acknowledged: Callable[[Exception | None], None],
    ) -> None:
        """Queue a record."""
        self._queue.append((topic, key, value, partition, acknowledged))
        if not self._is_sending:
            self._is_sending = True
            loop = self._process.loop
            loop.call_later(self._broker.latency_s(), self._send, context=self._process.context)

    @property
    def waiting(self) -> int:
        """Records that are not acknowledged."""
        return len(self._queue) + self._in_flight

    def _send(self) -> None:
        """Hand what waits to the broker, whole or in part; the rest goes with the next request."""
        count = len(self._queue)
        if count > 1 and self._rng.random() < 0.2:
            count = self._rng.randrange(1, count)
        batch, self._queue = self._queue[:count], self._queue[count:]
        self._in_flight += len(batch)
        self._write(batch)
        self._await_answer(self._broker.latency_s(), batch)

    def _write(self, batch: list[_Given]) -> None:
        for topic, key, value, partition, _ in batch:
            self._broker.append(topic, key, value, partition)

    def _await_answer(self, delay_s: float, batch: list[_Given]) -> None:
        loop, context = self._process.loop, self._process.context
        loop.call_later(delay_s, self._answer, batch, context=context)

    def _answer(self, batch: list[_Given]) -> None:
        if not self._broker.loses_answer():
            self._end(batch, None)
        elif self._is_idempotent:
            self._await_answer(self._rng.choice(_AGAIN_S), batch)
        elif self._rng.random() < _GIVEN_UP:
            self._end(batch, KafkaTimeoutError())
        else:
            self._write(batch)
            self._await_answer(self._rng.choice(_AGAIN_S), batch)

    def _end(self, batch: list[_Given], error: Exception | None) -> None:
        """Say what became of a batch, and go on."""
        self._in_flight -= len(batch)
        for *_, acknowledged in batch:
            acknowledged(error)
        if self._queue:
            self._send()
        else:
            self._is_sending = False


class ConfluentProducer:
    """What ingest uses of `confluent_kafka.Producer`."""

    def __init__(self, producer: SimProducer, process: SimProcess) -> None:
        self._producer = producer
        self._process = process
        self._calls: list[tuple[Callable[[Any, Any], None], Any]] = []

    def produce(
        self,
        topic: str,
        value: bytes,
        key: bytes | None,
        on_delivery: Callable[[Any, Any], None],
        partition: int | None = None,
    ) -> None:
        self._process.check()
        self._producer.give(
            topic,
            key or b"",
            value,
            partition,
            lambda error: self._calls.append((on_delivery, error)),
        )

    def poll(self, timeout_s: float) -> int:
        self._process.check()
        if timeout_s:
            self._process.block(timeout_s)
        calls, self._calls = self._calls, []
        for on_delivery, error in calls:
            on_delivery(error, None)
        return len(calls)

    def flush(self, timeout_s: float) -> int:
        deadline_s = self._process.loop.time() + timeout_s
        while self._producer.waiting and self._process.loop.time() < deadline_s:
            self._process.block(0.01)
        self.poll(0)
        return self._producer.waiting


class FaustProducer:
    """What the host uses of Faust's producer."""

    def __init__(self, producer: SimProducer, process: SimProcess) -> None:
        self._producer = producer
        self._process = process

    async def send(self, topic: str, key: bytes, value: bytes, *_: Any) -> asyncio.Future[Any]:
        self._process.check()
        future: asyncio.Future[Any] = self._process.loop.create_future()

        def acknowledged(error: Exception | None) -> None:
            if not future.done():
                future.set_result(None) if error is None else future.set_exception(error)
                future.exception()  # a worker that ends at the first one asks for no other

        self._producer.give(topic, key, value, None, acknowledged)
        return future


@dataclass(frozen=True, slots=True)
class SimMessage:
    """What ingest uses of `confluent_kafka.Message`."""

    tp: TP
    at: int
    record: Stored | None = None  # None: the end of the partition

    def error(self) -> KafkaError | None:
        return None if self.record is not None else KafkaError(KafkaError._PARTITION_EOF)

    def topic(self) -> str:
        return self.tp.topic

    def partition(self) -> int:
        return self.tp.partition

    def offset(self) -> int:
        return self.at

    def timestamp(self) -> tuple[int, int]:
        assert self.record is not None
        return LOG_APPEND_TIME, self.record.at_ms

    def headers(self) -> Headers:
        assert self.record is not None
        return self.record.headers

    def __len__(self) -> int:
        return len(self.value())

    def value(self) -> bytes:
        assert self.record is not None
        return self.record.value
