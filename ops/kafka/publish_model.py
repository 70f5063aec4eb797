"""Handing what was learnt to the running workers: onto a compacted topic, all of it or an error."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from confluent_kafka import KafkaException, Producer

from config.errors import ServerUnavailable
from config.settings import Settings
from streams.host.effects import LARGEST_MESSAGE

PUBLISH_S: Final = 30.0


class ModelMessage(NamedTuple):
    """One message; the newest of a key and partition is the one that counts."""

    key: bytes
    value: bytes
    partition: int


def publish(messages: Sequence[ModelMessage], topic: str, settings: Settings) -> int:
    """Publish messages; gives their number.

    Raises
    ------
    ServerUnavailable
        The broker did not take all of them in time.
    """
    producer = Producer(
        {
            "bootstrap.servers": settings.brokers,
            "enable.idempotence": True,
            "message.max.bytes": LARGEST_MESSAGE,
            "message.timeout.ms": int(PUBLISH_S * 1000),
            "log_level": 0,
        }
    )
    failed: list[str] = []
    for message in messages:
        producer.produce(
            topic,
            message.value,
            message.key,
            partition=message.partition,
            on_delivery=lambda error, _: failed.append(str(error)) if error else None,
        )
    try:
        left = producer.flush(PUBLISH_S + 1)
    except KafkaException as error:
        left, failed = len(messages), [str(error)]
    if left or failed:
        why = failed[0] if failed else "no answer"
        lost = max(left, len(failed))
        msg = f"{lost} of {len(messages)} messages for {topic} were not taken by Kafka: {why}"
        raise ServerUnavailable(msg)
    return len(messages)
