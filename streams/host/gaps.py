"""Offsets without records: which were deleted by retention, and which the client skipped."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from config.errors import GridpulseError

_LIMIT_S: Final = 20.0


class RecordsSkipped(GridpulseError):
    """Records that are still in the topic were not delivered: the state must be read again."""


async def surely_gone(
    connection: Mapping[str, Any], topic: str, partition: int, first: int, end: int
) -> int:
    """Make sure that offsets [first, end) hold no records; gives how many retention deleted.

    Offsets without a record are normal: markers of a transaction, or what compaction removed.
    `connection` are the options of `config.kafka_security.python_client`.

    Raises
    ------
    RecordsSkipped
        At least one is still there, or the broker did not say in time.
    """
    client: Any = AIOKafkaConsumer  # has no types
    consumer = client(**connection, enable_auto_commit=False)
    await consumer.start()
    try:
        place = TopicPartition(topic, partition)
        consumer.assign([place])
        earliest = int((await consumer.beginning_offsets([place]))[place])
        if earliest < end:
            await _expect_none(consumer, place, max(first, earliest), end)
    finally:
        await consumer.stop()
    return max(0, min(earliest, end) - first)


async def _expect_none(consumer: Any, place: TopicPartition, first: int, end: int) -> None:
    """Read from `first`: the first record found must stand at or after `end`."""
    consumer.seek(place, first)
    deadline_s = time.monotonic() + _LIMIT_S
    while time.monotonic() < deadline_s:
        for record in (await consumer.getmany(place, timeout_ms=500, max_records=1)).get(place, []):
            if record.offset >= end:
                return
            msg = f"{place.topic}[{place.partition}]: record {record.offset} was not delivered"
            raise RecordsSkipped(msg)
    msg = f"{place.topic}[{place.partition}]: no answer about the records {first} to {end - 1}"
    raise RecordsSkipped(msg)
