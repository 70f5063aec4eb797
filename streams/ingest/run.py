"""Ingest: raw topics in, frames and case events out. One loop, one thread: start reading at `run`.

The order of things makes it exact over crashes: what a batch gave is produced, all of it is
acknowledged, then the position with its counters is saved in Redis. After a crash in between the
batch is read again; streets skip the rows they have.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition

from config import names
from config.catalog import Catalog
from config.errors import GridpulseError
from config.kafka_security import right_missing
from config.settings import Settings
from models.messages.dead_letters import Rejected
from models.messages.envelope import HEADER_BYTES, encode
from models.messages.rewinds import Rewind
from models.messages.topics import TOPICS
from streams import logs
from streams.clock import SYSTEM_CLOCK, Clock
from streams.health import Health
from streams.ingest import servers
from streams.ingest.assignment import Assignment
from streams.ingest.budget import slices
from streams.ingest.partition import RawPartition
from streams.ingest.servers import TopicShape, to_inner, to_outer
from streams.producer import QueuedProducer
from streams.sinks.redis import worker_name

log = logs.get(__name__)
_BATCH: Final = 20_000  # records
_FILL_S: Final = 0.05  # a batch waits this long to fill
_HEARTBEAT_S: Final = 1.0  # between ticks, and between counters

_RIGHTS: Final = {
    KafkaError.TOPIC_AUTHORIZATION_FAILED: "Read on topic {}",
    KafkaError.GROUP_AUTHORIZATION_FAILED: "Read on its group",
}
_FENCED_S: Final = 30.0  # a partition lost to a newer owner is followed by a rebalance within this

Where = tuple[str, int]  # topic and partition


class OrphanedPartition(GridpulseError):
    """A partition has another owner by its checkpoint, and the group still gives it to us."""


class Ingest:
    """Runs the raw partitions that the consumer group gives to this process.

    Parameters
    ----------
    catalog : Catalog
    settings : Settings
    assignment : Assignment
        Holds the partitions.
    shapes : mapping of str to TopicShape
        Of `frames` and `case-events`.
    health : Health
    clock : Clock
    make_consumer, make_producer : callable
        Configuration → client; a simulation gives its own.
    """

    def __init__(
        self,
        catalog: Catalog,
        settings: Settings,
        assignment: Assignment,
        shapes: Mapping[str, TopicShape],
        health: Health,
        clock: Clock = SYSTEM_CLOCK,
        make_consumer: Callable[[dict[str, Any]], Any] = Consumer,
        make_producer: Callable[[dict[str, Any]], Any] = Producer,
    ) -> None:
        self._clock = clock
        self._district = catalog.city.code.encode()
        self._settings = settings
        self._held = assignment
        self._shapes = shapes
        self._health = health
        self._names = settings.namespace
        config = servers.ingest_producer_config(settings)
        self._producer = QueuedProducer(config, settings.wait_s, clock, make_producer, self._names)
        self._consumer = make_consumer(servers.consumer_config(settings))
        self._ends: dict[Where, int] = {}
        self._may_save = True
        self._reported_s = 0.0
        self._fenced_s: float | None = None  # when a partition was lost to another owner

    def run(self, stopped: Callable[[], bool]) -> None:
        """Read until `stopped()`, then save and leave the group.

        Raises
        ------
        NotDelivered, ServerUnavailable, KafkaException, CheckpointLost, OrphanedPartition
            It cannot go on. Nothing more is saved: what was not acknowledged is read again.
        """
        topics = list(map(self._names.outer, self._held.topics))
        self._consumer.subscribe(
            topics, on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._lost
        )
        try:
            self._loop(stopped)
            self._save(self._held)
        except BaseException:
            self._may_save = False
            raise
        finally:
            self._consumer.close()

    def _loop(self, stopped: Callable[[], bool]) -> None:
        saved_s = self._reported_s = self._clock.monotonic_s()
        while not stopped():
            batches = self._sorted(self._consumer.consume(_BATCH, _FILL_S))
            received_ms = self._clock.wall_ms()  # not before: a pause in between would date it back
            for where, records in slices(batches):
                self._take(where, records, received_ms)
                self._pulse()
            self._note_ends(batches)
            self._pulse()
            if self._clock.monotonic_s() - saved_s >= self._settings.checkpoint_s:
                self._save(self._held)
                saved_s = self._clock.monotonic_s()
            self._expect_rebalance(self._clock.monotonic_s())

    def _pulse(self) -> None:
        """Say what is due, also while one partition brings more than can be read at once."""
        self._producer.poll()
        self._producer.check()
        self._health.heartbeat()
        now_s = self._clock.monotonic_s()
        if now_s - self._reported_s >= _HEARTBEAT_S:
            self._report(now_s)
            self._reported_s = now_s

    def _expect_rebalance(self, now_s: float) -> None:
        """Raise OrphanedPartition where a loss of a partition is not followed by a rebalance.

        A Redis that came back without its newest claim names an owner of before, who may be gone.
        """
        if self._fenced_s is not None and now_s - self._fenced_s > _FENCED_S:
            msg = "a newer owner has one of our partitions, and no rebalance followed; start again"
            raise OrphanedPartition(msg)

    def _sorted(self, messages: Sequence[Any]) -> dict[Where, list[Any]]:
        """Group messages by partition; handle errors and ends of partitions."""
        found: dict[Where, list[Any]] = {}
        inner = self._names.inner
        for message in messages:
            error = message.error()
            if error is not None:
                self._see_to(error, message)
                continue
            where = (inner(message.topic()), message.partition())
            if where in found:
                found[where].append(message)
            else:
                found[where] = [message]
        return found

    def _see_to(self, error: KafkaError, message: Any) -> None:
        """Take note of the end of a partition, or of a problem.

        Raises
        ------
        KafkaException, ConfigError
            No waiting will mend it.
        """
        if error.code() == KafkaError._PARTITION_EOF:
            topic = self._names.inner(message.topic())
            self._ends[topic, message.partition()] = message.offset()
        elif error.code() in _RIGHTS:
            raise right_missing(self._settings, [_RIGHTS[error.code()].format(message.topic())])
        elif error.fatal() or error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
            raise KafkaException(error)
        else:
            log.warning("Kafka reports a problem", error=error.str())

    def _note_ends(self, batches: Mapping[Where, Sequence[Any]]) -> None:
        """Mark the partitions whose end came after the last of their records."""
        for where, end in self._ends.items():
            held, records = self._held.get(where), batches.get(where)
            if held is not None:
                held.at_end = records is None or records[-1].offset() < end
        self._ends.clear()

    def _take(self, where: Where, records: Sequence[Any], received_ms: int) -> None:
        """Take records of a partition in, and send what came of them."""
        held = self._held.get(where)
        if held is None or not self._is_next(held, records[0].offset()):
            return
        taken = held.take(records, received_ms, self._clock.monotonic_s())
        for street, message in taken.messages:
            self._producer.send(held.intake.topic, message, key=street.encode())
        self._set_aside(names.DEAD_LETTERS, held, taken.rejected)
        self._set_aside(names.LATE, held, taken.late)
        self._health.metrics.accepted.labels(held.feed).inc(taken.accepted)

    def _is_next(self, held: RawPartition, offset: int) -> bool:
        """Tell whether records from `offset` may be taken; if not, the client is sent back.

        Records fetched before a rebalance may arrive after it, far behind the position. A true gap
        (retention deleted records) is still there after the client was sent back once.
        """
        position = held.intake.position
        if offset > position and not held.has_sought:
            held.has_sought = True
            self._consumer.seek(to_outer(self._names, held.topic, held.partition, position))
            return False
        if offset > position and not held.is_aligned:
            log.error("records are gone", topic=held.topic, partition=held.partition,
                      missing=offset - position)  # fmt: skip
            self._health.metrics.gone.labels(held.agent, held.partition).inc(offset - position)
        held.has_sought = held.is_aligned = True
        return True

    def _set_aside(self, topic: str, held: RawPartition, rejected: Iterable[Rejected]) -> None:
        """Send records that were not accepted, those of one raw partition in their order."""
        for record in rejected:
            key = f"{record.topic}/{record.partition}".encode()
            self._producer.send(topic, encode(record), key)
            self._health.metrics.dead_letters.labels(held.feed, record.reason.value).inc()

    def _report(self, now_s: float) -> None:
        """Send the watermark to every street partition, and the counters to the district."""
        now_ms, lags, records_s = self._clock.wall_ms(), Counter[str](), 0.0
        for held in self._held:
            tick = held.intake.tick(now_ms, idle=held.is_idle(now_s, self._settings.idle_s))
            for partition in range(self._shapes[held.intake.topic].partitions):
                self._producer.send(held.intake.topic, tick, partition=partition)
            held.is_announced = True
            where = to_outer(self._names, held.topic, held.partition)
            end = self._consumer.get_watermark_offsets(where, cached=True)[1]
            pace = held.pace.observe(now_s, held.intake.position, max(end, held.intake.position))
            health = held.intake.health(now_ms, end, pace)
            self._producer.send(names.HEALTH, encode(health), key=self._district)
            lag = self._health.metrics.lag.labels("ingest", held.topic, held.partition)
            lag.set(health.lag_records)
            lags[held.topic] += health.lag_records
            records_s += pace.records_s
            age = self._health.metrics.batch_age.labels(held.agent, held.partition)
            age.set(now_s - held.active_s)
        self._health.lag = dict(lags)
        self._held.sign_of_life(worker_name(), lags.total(), records_s)

    def _tell_rewind(self, held: RawPartition) -> None:
        """Send the order that set a watermark back, before all that goes on from it."""
        order = held.intake.rewind()
        if order is None or Rewind not in TOPICS[held.intake.topic].types:
            return
        log.warning("a watermark was set back, streets are told", topic=held.topic,
                    partition=held.partition, order=order[HEADER_BYTES:].decode())  # fmt: skip
        for partition in range(self._shapes[held.intake.topic].partitions):
            self._producer.send(held.intake.topic, order, partition=partition)

    def _save(self, partitions: Iterable[RawPartition]) -> None:
        """Save positions once all that came before them is acknowledged."""
        partitions = list(partitions)
        self._producer.flush(self._settings.wait_s)
        saved = [held for held in partitions if self._held.save(held)]
        if len(saved) < len(partitions) and self._fenced_s is None:
            self._fenced_s = self._clock.monotonic_s()
        offsets = [to_outer(self._names, p.topic, p.partition, p.intake.position) for p in saved]
        if offsets:  # for tools that show lag; ingest itself reads the position in Redis
            with suppress(KafkaException):
                self._consumer.commit(offsets=offsets, asynchronous=True)

    def _assigned(self, consumer: Any, partitions: list[TopicPartition]) -> None:
        for where in partitions:
            held = self._held.claim(to_inner(self._names, where))
            where.offset = held.intake.position
            self._tell_rewind(held)
        consumer.assign(partitions)
        self._health.condition("partitions", None)

    def _revoked(self, consumer: Any, partitions: list[TopicPartition]) -> None:
        going = [self._held.get(to_inner(self._names, where)) for where in partitions]
        if self._may_save:
            self._save([held for held in going if held is not None])
        self._lost(consumer, partitions)

    def _lost(self, consumer: Any, partitions: list[TopicPartition]) -> None:
        self._fenced_s = None
        for where in partitions:
            self._held.drop(to_inner(self._names, where))
