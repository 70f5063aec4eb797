"""What readers of Redis see."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis.asyncio import Redis

from config import names
from streams.host.processor import WriteSnapshot
from streams.sinks.redis import LIFE_S, RedisSink


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis_url) as client:
        yield client


async def test_a_snapshot_and_its_version_change_together_and_wake_the_readers(
    redis: Redis,
) -> None:
    channel: Any = redis.pubsub(ignore_subscribe_messages=True)
    await channel.subscribe(names.SNAPSHOT_CHANNEL)
    await channel.get_message(timeout=5)
    sink = RedisSink(redis)
    await sink.write_snapshot(WriteSnapshot(7, b"\x00seven"))
    assert await redis.mget(names.SNAPSHOT, names.SNAPSHOT_VERSION) == [b"\x00seven", b"7"]
    message = await channel.get_message(timeout=5)
    assert message is not None and message["data"] == b"7"
    await channel.aclose()


async def test_a_sign_of_life_fades_and_can_be_taken_back(redis: Redis) -> None:
    sink = RedisSink(redis)
    await sink.sign_of_life("host-1", {"partitions": 4, "problems": {"redis": "away"}})
    key = names.worker_key("host-1")
    body = json.loads(await redis.get(key) or b"")
    assert body == {"partitions": 4, "problems": {"redis": "away"}}
    assert 0 < await redis.ttl(key) <= LIFE_S
    await sink.farewell("host-1")
    assert await redis.get(key) is None
