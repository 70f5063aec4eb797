"""Handing what was learnt to the running workers: onto a compacted topic, all of it or an error."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from kafka.errors import KafkaError

from config.errors import ServerUnavailable
from config.settings import Settings
from ops.kafka import clients
from ops.kafka.rights import require

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
    require(settings, writes=[topic], timeout_s=PUBLISH_S)
    failed: list[str] = []
    with clients.writer(settings, PUBLISH_S) as producer:
        sent = [
            producer.send(topic, value=m.value, key=m.key, partition=m.partition) for m in messages
        ]
        for answer in sent:
            try:
                answer.get(PUBLISH_S + 1)
            except KafkaError as error:
                failed.append(str(error) or type(error).__name__)
    if failed:
        msg = f"{len(failed)} of {len(messages)} messages for {topic} were not taken: {failed[0]}"
        raise ServerUnavailable(msg)
    return len(messages)
