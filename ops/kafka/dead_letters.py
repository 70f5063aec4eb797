"""What was set aside: read it, and send it again once it can be taken."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from typing import Any, Final

from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    KafkaError,
    KafkaException,
    Producer,
    TopicPartition,
)
from redis import Redis
from redis.exceptions import RedisError

from config import names
from config.errors import ServerUnavailable
from config.settings import Settings
from models.feeds.replay_run import retry_headers
from models.messages.dead_letters import Rejected
from models.messages.envelope import decode

_ANSWER_S: Final = 10.0
_BATCH: Final = 1000
_FILL_S: Final = 0.2  # a batch waits this long to fill
_REMEMBERED_S: Final = 30 * 86400  # as long as the topic keeps a dead letter


def read(settings: Settings, topic: str) -> Iterator[Rejected]:
    """Read what a topic of set-aside records holds now, partition by partition, oldest first.

    Raises
    ------
    ServerUnavailable
        Kafka did not answer, or has no such topic.
    """
    config = {
        "bootstrap.servers": settings.brokers,
        "group.id": f"{settings.app_id}-dead-letters",
        "enable.auto.commit": False,
        "enable.partition.eof": True,
        "log_level": 0,
    }
    consumer = Consumer(config)
    try:
        for partition in _partitions(consumer, topic):
            yield from _read_partition(consumer, topic, partition)
    except KafkaException as error:
        msg = f"Kafka did not give {topic}: {error.args[0].str()}; is it running?"
        raise ServerUnavailable(msg) from error
    finally:
        consumer.close()


def _partitions(consumer: Consumer, topic: str) -> list[int]:
    metadata = consumer.list_topics(topic, timeout=_ANSWER_S).topics[topic]
    if metadata.error is not None:
        raise KafkaException(metadata.error)
    return sorted(metadata.partitions)


def _read_partition(consumer: Consumer, topic: str, partition: int) -> Iterator[Rejected]:
    """Read from the beginning until the client says that this is the end."""
    consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING)])
    heard_s = time.monotonic()
    while time.monotonic() - heard_s < _ANSWER_S:
        for message in consumer.consume(_BATCH, _FILL_S):
            heard_s = time.monotonic()
            error = message.error()
            if error is None:
                yield decode(Rejected, message.value() or b"")
            elif error.code() == KafkaError._PARTITION_EOF:
                return
            else:
                raise KafkaException(error)
    raise KafkaException(KafkaError(KafkaError._TIMED_OUT))


def select(
    records: Iterable[Rejected], *, reason: str | None = None, feed: str | None = None
) -> Iterator[Rejected]:
    """Keep the records of a reason and a feed; None is any."""
    topic = None if feed is None else names.raw_topic(feed)
    for record in records:
        if reason in (None, record.reason.value) and topic in (None, record.topic):
            yield record


class Fate(StrEnum):
    """What a retry does with a dead letter."""

    SENT = "sent"
    SENT_BEFORE = "sent before"
    TRUNCATED = "truncated"  # its bytes are not whole
    NOT_RAW = "not raw"  # it comes from a topic inside the system


def retry(
    records: Iterable[Rejected],
    claim: Callable[[Rejected], bool],
    send: Callable[[Rejected], None],
) -> dict[Fate, int]:
    """Send dead letters again to the raw topic they came from, each once.

    Parameters
    ----------
    records : iterable of Rejected
    claim : callable
        Remembers a record as sent; False where it was sent before.
    send : callable
        Sends its bytes.

    Returns
    -------
    dict of Fate to int
        How many dead letters met each fate.
    """
    counts = dict.fromkeys(Fate, 0)
    for record in records:
        fate = _fate(record, claim)
        counts[fate] += 1
        if fate is Fate.SENT:
            send(record)
    return counts


def _fate(record: Rejected, claim: Callable[[Rejected], bool]) -> Fate:
    if record.truncated_from:
        return Fate.TRUNCATED
    if not record.topic.startswith(names.RAW_PREFIX):
        return Fate.NOT_RAW
    return Fate.SENT if claim(record) else Fate.SENT_BEFORE


def identity(record: Rejected) -> str:
    """Name a dead letter by where its record stood and what it holds.

    The same record set aside twice, before and after a crash, has one identity; a record of another
    life of the topic has its own.
    """
    place = f"{record.topic}/{record.partition}/{record.offset}/{record.index}/"
    return hashlib.sha256(place.encode() + record.data).hexdigest()[:32]


class Resender:
    """Sends dead letters again and remembers them in Redis.

    Each is remembered before it is sent, and forgotten when the broker refuses it: after a crash in
    between it is not sent twice.

    Raises
    ------
    ServerUnavailable
        Redis did not answer.
    """

    def __init__(self, settings: Settings) -> None:
        self._replay_key = settings.replay_key
        self._redis: Any = Redis.from_url(settings.redis_url, socket_timeout=5)
        try:
            self._redis.ping()
        except RedisError as error:
            msg = f"Redis did not answer: {error}; is it running where the settings say?"
            raise ServerUnavailable(msg) from error
        self._producer = Producer(
            {
                "bootstrap.servers": settings.brokers,
                "enable.idempotence": True,
                "message.max.bytes": 2**21,
            }
        )
        self._refused: list[str] = []

    def claim(self, record: Rejected) -> bool:
        """Remember a record as sent; False where it was sent before."""
        key = names.retried_key(identity(record))
        return bool(self._redis.set(key, b"1", nx=True, ex=_REMEMBERED_S))

    def is_new(self, record: Rejected) -> bool:
        """Tell whether a record was never sent again, and change nothing."""
        return not self._redis.exists(names.retried_key(identity(record)))

    def send(self, record: Rejected) -> None:
        """Queue the bytes of a record for its raw topic, with the time it was first sent."""
        key = names.retried_key(identity(record))

        def delivered(error: KafkaError | None, _: object) -> None:
            if error is not None:
                self._redis.delete(key)
                self._refused.append(error.str())

        headers: list[tuple[str, str | bytes | None]] = []
        if record.sent_ms:
            feed = record.topic.removeprefix(names.RAW_PREFIX)
            headers += retry_headers(feed, record.sent_ms, record.run, self._replay_key)
        while True:
            try:
                self._producer.produce(
                    record.topic,
                    record.data,
                    partition=record.partition,
                    headers=headers,
                    on_delivery=delivered,
                )
            except BufferError:
                self._producer.poll(0.1)
            else:
                return

    def finish(self) -> None:
        """Wait until all is acknowledged.

        Raises
        ------
        ServerUnavailable
            The broker refused some, or did not answer; they can be retried again.
        """
        left = self._producer.flush(_ANSWER_S)
        if left:
            self._producer.purge()
            self._producer.flush(1)
        if self._refused:
            msg = f"Kafka refused {len(self._refused)} records: {self._refused[0]}; retry them"
            raise ServerUnavailable(msg)
