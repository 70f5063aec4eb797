"""Ingest against a broker and a Redis: raw topics in, frames and case events out."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from config import names
from config.catalog import Catalog
from config.loader import load
from config.settings import Settings
from models.messages import envelope
from models.messages.case_events import CaseBatch
from models.messages.columns import decode
from models.messages.dead_letters import Rejected
from models.messages.feed_health import FeedHealth
from models.messages.frames import IDLE, FrameHeader
from models.messages.topics import topics_of
from ops.processes.embedded import embedded_broker, embedded_redis
from ops.processes.ingest import assemble
from streams.health import Health

pytestmark = pytest.mark.broker

RAW = tuple(f"raw.{feed}" for feed in load(Settings()).feeds)


@contextmanager
def servers(folder: Path) -> Iterator[Settings]:
    """Servers of one's own, for the topics have their real names."""
    with embedded_broker(folder / "broker") as brokers, embedded_redis(folder / "redis") as redis:
        shape = {topic: 2 for topic in (*RAW, *topics_of("street"))}
        shape |= dict.fromkeys((*topics_of("one"), names.HEALTH), 1)
        admin = AdminClient({"bootstrap.servers": brokers})
        made = admin.create_topics([NewTopic(topic, n, 1) for topic, n in shape.items()])
        for answer in made.values():
            answer.result()
        yield Settings(brokers=brokers, redis_url=redis, checkpoint_s=0.5, idle_s=0.5, wait_s=10)


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    with servers(tmp_path) as found:
        yield found


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load(Settings())


def publish(settings: Settings, topic: str, values: list[bytes], partition: int = 0) -> None:
    config = {"bootstrap.servers": settings.brokers, "message.max.bytes": 20_000_000}
    producer = Producer(config)
    for value in values:
        producer.produce(topic, value, partition=partition)
    assert producer.flush(10) == 0


def read_all(settings: Settings, topic: str) -> list[bytes]:
    """All records of a topic, partition by partition."""
    count = 2 if topic in (*RAW, *topics_of("street")) else 1
    return [data for p in range(count) for data in read_partition(settings, topic, p)]


def read_partition(settings: Settings, topic: str, partition: int) -> list[bytes]:
    where = TopicPartition(topic, partition, 0)
    consumer = Consumer({"bootstrap.servers": settings.brokers, "group.id": "test"})
    end = consumer.get_watermark_offsets(where, timeout=5)[1]
    consumer.assign([where])
    found: list[bytes] = []
    while len(found) < end:
        found += [message.value() or b"" for message in consumer.consume(1000, 0.2)]
    consumer.close()
    return found


def run_until(
    catalog: Catalog, settings: Settings, done: Callable[[Health], bool], limit_s: float = 20
) -> None:
    """Run ingest until its metrics say that it is done."""
    health = Health()
    ingest = assemble(catalog, settings, health)
    end_s = time.monotonic() + limit_s

    def stopped() -> bool:
        assert time.monotonic() < end_s, "ingest did not get there"
        return done(health)

    ingest.run(stopped)


def counted(health: Health, metric: str) -> float:
    return sum(
        sample.value
        for family in health.registry.collect()
        for sample in family.samples
        if sample.name == metric
    )


def accepted(number: int) -> Callable[[Health], bool]:
    return lambda health: counted(health, "gridpulse_accepted_readings_total") >= number


def message(value: float = 1, **fields: Any) -> bytes:
    """A good reading of now at the city's first sensor."""
    now_ms = time.time_ns() // 1_000_000
    reading = {"sensor": "DC-01", "metric": "pm10", "value": value, "ts": now_ms}
    return json.dumps(reading | fields).encode()


def applied(settings: Settings) -> list[int]:
    """Values that streets would apply: rows at or below the highest raw offset are skipped."""
    highest: dict[int, int] = {}  # the topic has one street partition
    values: list[int] = []
    for data in read_all(settings, names.FRAMES):
        header, columns = decode(FrameHeader, data)
        source = header.origin.partition
        new = columns["offset"] > highest.get(source, -1)
        values += columns["value"][new].tolist()
        if new.any():
            highest[source] = int(columns["offset"].max())
    return sorted(values)


def test_readings_reach_frames_once_over_a_crash(catalog: Catalog, settings: Settings) -> None:
    for partition in (0, 1):
        values = range(partition * 100, partition * 100 + 50)
        publish(settings, "raw.dust", [message(value) for value in values], partition)

    def crash(health: Health) -> bool:
        if accepted(100)(health):
            raise RuntimeError
        return False

    with pytest.raises(RuntimeError):  # produced, but the position is not saved
        run_until(catalog, replace(settings, checkpoint_s=1000), crash)
    for partition in (0, 1):
        values = range(partition * 100 + 50, partition * 100 + 100)
        publish(settings, "raw.dust", [message(value) for value in values], partition)
    run_until(catalog, settings, accepted(200))

    assert applied(settings) == [value * 10 for value in range(200)]


@pytest.fixture(scope="module")
def mixed(catalog: Catalog, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Servers after a run of ingest over good and bad records, and a while of quiet."""
    with servers(tmp_path_factory.mktemp("mixed")) as settings:
        old_ms = time.time_ns() // 1_000_000 - 3_600_000
        bad = [b"{", message(value=-1), b"x" * 10_000_000, message(ts=old_ms)]
        publish(settings, "raw.dust", [message(1), *bad[:2], message(2), *bad[2:], message(3)])
        case = {"case": "A-1", "type": "filed", "ts": time.time(), "category": "E0102"}
        placed = case | {"lon": 116.40344, "lat": 39.91325}
        cases = [json.dumps(event).encode() for event in (placed, case)]
        publish(settings, "raw.cases", cases)
        done_s: list[float] = []

        def quiet(health: Health) -> bool:
            if accepted(4)(health) and not done_s:
                done_s.append(time.monotonic())
            return bool(done_s) and time.monotonic() > done_s[0] + 2.5

        run_until(catalog, settings, quiet)
        yield settings


def test_bad_records_are_set_aside_with_their_place(mixed: Settings) -> None:
    dead = [envelope.decode(Rejected, data) for data in read_all(mixed, names.DEAD_LETTERS)]
    assert {(d.topic, d.partition, d.offset, d.reason.value) for d in dead} == {
        ("raw.dust", 0, 1, "broken-json"),
        ("raw.dust", 0, 2, "out-of-range"),
        ("raw.dust", 0, 4, "too-large"),
        ("raw.cases", 0, 1, "no-place"),
    }
    large = next(d for d in dead if d.truncated_from)
    assert (large.truncated_from, len(large.data)) == (10_000_000, 65_536)


def test_the_late_are_kept_and_the_rest_goes_on(mixed: Settings) -> None:
    late = [envelope.decode(Rejected, data) for data in read_all(mixed, names.LATE)]
    assert [(record.offset, record.reason.value) for record in late] == [(5, "late")]
    assert applied(mixed) == [10, 20, 30]
    batches = [envelope.decode(CaseBatch, data) for data in read_all(mixed, names.CASE_EVENTS)]
    events = [event for batch in batches for event in batch.events]
    assert [(event.case, event.category) for event in events] == [("A-1", "E0102")]


def test_every_street_partition_hears_of_every_raw_partition(mixed: Settings) -> None:
    for partition in (0, 1):
        found = read_partition(mixed, names.FRAMES, partition)
        headers = [decode(FrameHeader, data)[0] for data in found]
        ticks = [h for h in headers if h.feed == "dust" and not h.streets]
        assert {h.origin.partition for h in ticks} == {0, 1}
        assert {h.origin.partitions for h in ticks} == {2}
        assert ticks[-1].origin.watermark_ms == IDLE


def test_the_counters_of_every_raw_partition_are_told(mixed: Settings) -> None:
    told = [envelope.decode(FeedHealth, d) for d in read_all(mixed, names.HEALTH)]
    newest = {(health.feed, health.raw_partition): health for health in told}
    assert set(newest) == {(t.removeprefix("raw."), p) for t in RAW for p in (0, 1)}
    dust = newest["dust", 0]
    assert (dust.accepted, dust.rejected, dust.late, dust.position, dust.end) == (3, 3, 1, 7, 7)


def test_an_event_that_comes_twice_is_taken_once_also_by_another_process(
    catalog: Catalog, settings: Settings
) -> None:
    def event(identity: str, value: float) -> bytes:
        data = json.loads(message(value))
        envelope = {"specversion": "1.0", "id": identity, "source": "gateway", "type": "reading"}
        return json.dumps(envelope | {"data": data}).encode()

    publish(settings, "raw.dust", [event("1", 1), event("1", 1), event("2", 2)])
    run_until(catalog, settings, accepted(2))
    publish(settings, "raw.dust", [event("1", 1), event("3", 3)], partition=1)
    run_until(catalog, settings, accepted(1))  # reads on from its position

    assert applied(settings) == [10, 20, 30]
