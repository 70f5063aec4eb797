"""Reading a topic from its beginning to where it ends now, for commands."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, Final

from kafka import TopicPartition

from config.errors import ServerUnavailable
from config.settings import Settings
from ops.kafka import clients
from ops.kafka.rights import require

_ANSWER_S: Final = 10.0
_BATCH: Final = 1000
_FILL_MS: Final = 200  # a batch waits this long to fill


def read_values(settings: Settings, topic: str) -> Iterator[bytes]:
    """Read the values that a topic holds now, partition by partition, oldest first.

    It ends where the topic ended when it was called: what comes meanwhile is left to the next call.

    Raises
    ------
    ServerUnavailable
        Kafka did not answer, or has no such topic.
    """
    with clients.reader(settings, _ANSWER_S) as consumer:
        ends = consumer.end_offsets(partitions_of(settings, consumer, topic))
        for partition, end in sorted(ends.items()):
            yield from _read_partition(consumer, partition, end)


def partitions_of(settings: Settings, consumer: Any, topic: str) -> list[TopicPartition]:
    """Give the partitions of a topic that is to be read.

    Raises
    ------
    ServerUnavailable
        There is none.
    ConfigError
        We may not read it.
    """
    require(settings, reads=[topic])
    outer = settings.namespace.outer(topic)
    numbers = sorted(consumer.partitions_for_topic(outer) or ())
    if not numbers:
        msg = f"Kafka at {settings.brokers} has no topic {outer}; run `gridpulse topics create`"
        raise ServerUnavailable(msg)
    return [TopicPartition(outer, number) for number in numbers]


def _read_partition(consumer: Any, partition: TopicPartition, end: int) -> Iterator[bytes]:
    """Read from the beginning up to an offset."""
    consumer.assign([partition])
    consumer.seek_to_beginning(partition)
    heard_s, is_first = time.monotonic(), True
    while consumer.position(partition) < end:
        batch = consumer.poll(_FILL_MS, max_records=_BATCH).get(partition, ())
        if is_first and batch:  # the embedded broker gives too early an end before the first fetch
            end, is_first = max(end, consumer.highwater(partition) or 0), False
        for record in batch:
            heard_s = time.monotonic()
            if record.offset < end:
                yield record.value or b""
        if time.monotonic() - heard_s > _ANSWER_S:
            where = f"{partition.topic}/{partition.partition}"
            msg = f"Kafka gave no record of {where} for {_ANSWER_S:g} s"
            raise ServerUnavailable(msg)
