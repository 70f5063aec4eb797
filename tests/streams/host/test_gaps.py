"""Offsets that did not come: gone for good, or skipped by mistake."""

from __future__ import annotations

from typing import Any

import pytest
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from config.kafka_security import python_client
from config.settings import Settings
from ops.kafka.apache import Kafka
from ops.kafka.topics import TopicPlan, create
from streams.host.gaps import RecordsSkipped, surely_gone

pytestmark = [pytest.mark.kafka, pytest.mark.broker]
TOPIC = "with-a-gap"


@pytest.fixture(scope="module")
def connection(kafka: Kafka) -> dict[str, Any]:
    """Ten records, of which retention took the first five."""
    create(
        Settings(brokers=kafka.bootstrap),
        [TopicPlan(name=TOPIC, partitions=1, replication=1, retention_ms=86_400_000)],
    )
    producer = Producer({"bootstrap.servers": kafka.bootstrap})
    for number in range(10):
        producer.produce(TOPIC, b"%d" % number)
    assert producer.flush(30) == 0
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
    for answer in admin.delete_records([TopicPartition(TOPIC, 0, 5)]).values():
        answer.result(20)
    return python_client(Settings(brokers=kafka.bootstrap))


async def test_what_retention_took_is_counted(connection: dict[str, Any]) -> None:
    assert await surely_gone(connection, TOPIC, 0, 0, 5) == 5
    assert await surely_gone(connection, TOPIC, 0, 3, 4) == 1


async def test_a_record_that_is_still_there_was_skipped(connection: dict[str, Any]) -> None:
    with pytest.raises(RecordsSkipped, match=r"with-a-gap\[0\]: record 5 was not delivered"):
        await surely_gone(connection, TOPIC, 0, 3, 7)
    with pytest.raises(RecordsSkipped, match="record 8"):
        await surely_gone(connection, TOPIC, 0, 8, 9)
