"""What was set aside: read it, and send it again once it can be taken."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from typing import Any, Final

from kafka.errors import KafkaError
from redis.exceptions import RedisError

from config import names
from config.errors import ServerUnavailable
from config.redis_client import sync_redis
from config.settings import Settings
from models.feeds.replay_run import retry_headers
from models.messages.dead_letters import Rejected
from models.messages.envelope import decode
from ops.kafka.topic_reader import read_values

_ANSWER_S: Final = 10.0
_REMEMBERED_S: Final = 30 * 86400  # as long as the topic keeps a dead letter


def read(settings: Settings, topic: str) -> Iterator[Rejected]:
    """Read what a topic of set-aside records holds now, partition by partition, oldest first.

    It ends where the topic ended when it was called: what is set aside meanwhile (a letter that
    was sent again and refused again) is left to the next call.

    Raises
    ------
    ServerUnavailable
        Kafka did not answer, or has no such topic.
    """
    return (decode(Rejected, value) for value in read_values(settings, topic))


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
    REFUSED_AGAIN = "refused again"  # it was sent again as often as asked, and set aside each time


def retry(
    records: Iterable[Rejected],
    claim: Callable[[Rejected], bool],
    send: Callable[[Rejected], None],
    *,
    attempts: int = 1,
) -> dict[Fate, int]:
    """Send dead letters again to the raw topic they came from, each letter once.

    Parameters
    ----------
    records : iterable of Rejected
    attempts : int
        How often at most one raw record is sent again in all.
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
        fate = _fate(record, claim, attempts)
        counts[fate] += 1
        if fate is Fate.SENT:
            send(record)
    return counts


def _fate(record: Rejected, claim: Callable[[Rejected], bool], attempts: int) -> Fate:
    if record.truncated_from:
        return Fate.TRUNCATED
    if not record.topic.startswith(names.RAW_PREFIX):
        return Fate.NOT_RAW
    if record.attempts >= attempts:
        return Fate.REFUSED_AGAIN
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

    Parameters
    ----------
    settings : Settings
    producer : KafkaProducer

    Raises
    ------
    ServerUnavailable
        Redis did not answer.
    """

    def __init__(self, settings: Settings, producer: Any) -> None:
        self._replay_key = settings.replay_key
        self._producer = producer
        self._redis: Any = sync_redis(settings, socket_timeout=5)
        try:
            self._redis.ping()
        except RedisError as error:
            msg = f"Redis did not answer: {error}; is it running where the settings say?"
            raise ServerUnavailable(msg) from error
        self._under_way: list[tuple[str, Any]] = []

    def claim(self, record: Rejected) -> bool:
        """Remember a record as sent; False where it was sent before."""
        key = names.retried_key(identity(record))
        return bool(self._redis.set(key, b"1", nx=True, ex=_REMEMBERED_S))

    def is_new(self, record: Rejected) -> bool:
        """Tell whether a record was never sent again, and change nothing."""
        return not self._redis.exists(names.retried_key(identity(record)))

    def send(self, record: Rejected) -> None:
        """Queue the bytes of a record for its raw topic, with the time it was first sent."""
        feed = record.topic.removeprefix(names.RAW_PREFIX)
        again = retry_headers(
            feed, record.sent_ms, record.run, self._replay_key, record.attempts + 1
        )
        answer = self._producer.send(
            record.topic,
            value=record.data,
            partition=record.partition,
            headers=again if record.sent_ms else [],
        )
        self._under_way.append((names.retried_key(identity(record)), answer))

    def finish(self) -> None:
        """Wait until all is acknowledged; forget what was not.

        Raises
        ------
        ServerUnavailable
            The broker refused some, or did not answer; they can be retried again.
        """
        refused = [(key, why) for key, why in map(self._outcome, self._under_way) if why]
        if refused:
            self._redis.delete(*(key for key, _ in refused))
            msg = f"Kafka refused {len(refused)} records: {refused[0][1]}; retry them"
            raise ServerUnavailable(msg)

    def _outcome(self, sent: tuple[str, Any]) -> tuple[str, str]:
        """Wait for one answer: its key, and why it was refused."""
        key, answer = sent
        try:
            answer.get(_ANSWER_S)
        except KafkaError as error:
            return key, str(error) or type(error).__name__
        return key, ""
