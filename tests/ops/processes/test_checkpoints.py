"""Operators see the checkpoints, let them go, and learn what fails."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from redis import Redis

from config import names
from config.errors import GridpulseError, ServerUnavailable
from config.settings import Settings
from ops.processes.checkpoints import connected, discard, failing, stored
from streams.host.checkpoint import Checkpoints
from streams.host.fields import FORMAT


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    with Redis.from_url(redis_url) as client:
        for agent, partition in (("panes", 0), ("panes", 1), ("ingest.dust", 0)):
            store, key = Checkpoints(client), names.checkpoint_key(agent, partition)
            store.claim(key, "a")
            store.save(key, "a", {b"x": b"1"})
        yield client


def test_checkpoints_are_listed_with_their_format(redis: Redis) -> None:
    redis.hset(names.checkpoint_key("warn", 0), "@owner", "a")
    found = [(each.agent, each.partition, each.layout, each.saves) for each in stored(redis)]
    assert found == [
        ("ingest.dust", 0, f"{FORMAT}", 1),
        ("panes", 0, f"{FORMAT}", 1),
        ("panes", 1, f"{FORMAT}", 1),
        ("warn", 0, "1", 0),
    ]


def test_those_of_one_agent_are_discarded_alone(redis: Redis) -> None:
    assert [each.partition for each in discard(redis, "panes")] == [0, 1]
    assert [each.agent for each in stored(redis)] == ["ingest.dust"]
    assert len(discard(redis)) == 1
    assert list(stored(redis)) == []


def test_an_agent_that_is_none_is_named_with_those_there_are(redis: Redis) -> None:
    with pytest.raises(GridpulseError, match=r"'pane'; there are: ingest\.dust, panes"):
        discard(redis, "pane")


def test_nothing_is_discarded_under_a_worker(redis: Redis) -> None:
    redis.set(names.worker_key("w"), "{}")
    with pytest.raises(GridpulseError, match="1 workers are alive"):
        discard(redis)
    assert len(list(stored(redis))) == 3


def test_what_fails_is_read_from_the_heartbeats(redis: Redis) -> None:
    redis.set(names.worker_key("a"), json.dumps({"failing": {"situation/0": "its tick fails"}}))
    redis.set(names.worker_key("b"), "[]")
    redis.set(names.worker_key("c"), b"\xff")
    redis.set(names.worker_key("d"), json.dumps({"partitions": 2}))
    assert failing(redis) == {"situation/0": "its tick fails"}


def test_a_redis_that_is_away_is_one_sentence() -> None:
    settings = Settings(redis_url="redis://127.0.0.1:1/0")
    with (
        pytest.raises(ServerUnavailable, match="GRIDPULSE_REDIS_URL"),
        connected(settings) as redis,
    ):
        list(stored(redis))
