"""Two cities on one Kafka and one Redis, told apart by their prefixes alone.

Each has four district partitions, of which one has the city: the others show nothing.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient
from redis import Redis

from config import names
from config.loader import load
from config.settings import Settings
from models.situation.snapshot import Snapshot
from ops.kafka import topics
from ops.kafka.dead_letters import read
from ops.processes.checkpoints import connected, discard, stored
from ops.processes.embedded import embedded_broker, embedded_redis
from ops.processes.figures import snapshot_now
from ops.processes.fleet import Fleet
from ops.processes.ports import free_port

pytestmark = [pytest.mark.broker, pytest.mark.timeout(240)]
SENT = {"east.": 3, "west.": 5}
WITHIN_S = 120


@pytest.fixture(scope="module")
def cities(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Settings]]:
    """Two cities of one name that have had readings, the second one a record that is none too."""
    folder = tmp_path_factory.mktemp("cities")
    with (
        embedded_broker(folder / "broker") as brokers,
        embedded_redis(folder / "redis") as redis_url,
        Fleet(folder / "log", lambda _: None) as fleet,
    ):
        base = Settings(
            brokers=brokers, redis_url=redis_url, city="example", street_partitions=1,
            district_partitions=4, raw_partitions=1, checkpoint_s=0.5, wait_s=60,
        )  # fmt: skip
        found = {prefix: _city(base, prefix, folder) for prefix in SENT}
        for prefix, settings in found.items():
            topics.create(settings, topics.plan(settings, load(settings)))
            for process in ("ingest", "worker"):
                fleet.start(f"{prefix}{process}", (process,), settings)
            _send(brokers, f"{prefix}{names.raw_topic('noise')}", SENT[prefix])
        _send_nonsense(brokers, f"west.{names.raw_topic('noise')}")
        for prefix, settings in found.items():
            _await(lambda s=settings, n=SENT[prefix]: _is_shown(s, n))  # type: ignore[misc]
            _await(lambda s=settings: len(_checkpoints(s)) > 5)  # type: ignore[misc]
        fleet.stop()
        yield found


def _city(base: Settings, prefix: str, folder: Path) -> Settings:
    return replace(
        base, prefix=prefix, archive_dir=folder / prefix, worker_port=free_port(),
        ingest_port=free_port(),
    )  # fmt: skip


def _send(brokers: str, topic: str, count: int) -> None:
    now_ms = round(time.time() * 1000)
    producer = Producer({"bootstrap.servers": brokers})
    for n in range(count):
        reading = {"sensor": f"n{n}", "metric": "laeq", "value": 50 + n, "ts": now_ms}
        producer.produce(topic, json.dumps(reading | {"cell": "990001001001001"}))
    assert producer.flush(20) == 0


def _send_nonsense(brokers: str, topic: str) -> None:
    producer = Producer({"bootstrap.servers": brokers})
    producer.produce(topic, b"nonsense")
    assert producer.flush(20) == 0


def _is_shown(settings: Settings, readings: int) -> bool:
    """Tell whether the snapshot has so many readings, and a report on the line."""
    shown = snapshot_now(settings)
    return (
        shown is not None and shown.figures["readings_in"] >= readings and bool(shown.line.agents)
    )


def _checkpoints(settings: Settings) -> list[Any]:
    with connected(settings) as redis:
        return list(stored(redis))


def _await(holds: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + WITHIN_S
    while not holds():
        assert time.monotonic() < deadline_s
        time.sleep(0.2)


def _snapshot(settings: Settings) -> Snapshot:
    found = snapshot_now(settings)
    assert found is not None
    return found


def test_each_city_has_its_own_readings(cities: dict[str, Settings]) -> None:
    told = {prefix: _snapshot(settings) for prefix, settings in cities.items()}
    assert {prefix: one.figures["readings_in"] for prefix, one in told.items()} == SENT
    assert {prefix: one.figures["readings_rejected"] for prefix, one in told.items()} == {
        "east.": 0, "west.": 1,
    }  # fmt: skip
    assert {prefix: one.line.unassigned for prefix, one in told.items()} == dict.fromkeys(SENT, 0)


def test_a_dead_letter_is_in_its_own_city_and_names_its_topic_without_a_prefix(
    cities: dict[str, Settings],
) -> None:
    letters = {p: list(read(s, names.DEAD_LETTERS)) for p, s in cities.items()}
    assert letters["east."] == []
    assert [(letter.topic, letter.data) for letter in letters["west."]] == [
        (names.raw_topic("noise"), b"nonsense")
    ]


def test_every_topic_and_key_begins_with_a_prefix(cities: dict[str, Settings]) -> None:
    one = cities["east."]
    known = AdminClient({"bootstrap.servers": one.brokers}).list_topics(timeout=10).topics
    planned = {plan.topic for s in cities.values() for plan in topics.plan(s, load(s))}
    assert {topic for topic in known if not topic.startswith("__")} == planned
    assert all(topic.startswith(tuple(SENT)) for topic in planned)
    with Redis.from_url(one.redis_url) as redis:
        keys = [key.decode() for key in redis.scan_iter()]
    assert {key.partition("gp:")[0] for key in keys} == set(SENT)


def test_checkpoints_of_one_city_are_discarded_alone(cities: dict[str, Settings]) -> None:
    before = _checkpoints(cities["east."])
    with connected(cities["west."]) as redis:
        assert {each.agent for each in discard(redis)} == {each.agent for each in before}
    assert _checkpoints(cities["west."]) == []
    assert _checkpoints(cities["east."]) == before
