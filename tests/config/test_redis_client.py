"""Every key goes out with the prefix of the city, or the command does not go out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from redis import Redis

from config.namespace import Namespace
from config.redis_client import async_redis, redis_at, with_prefix
from config.settings import Settings

EAST = Namespace("east.")


@pytest.fixture
def plain(redis_url: str) -> Iterator[Redis]:
    with Redis.from_url(redis_url) as client:
        client.flushall()
        yield client


@pytest.mark.parametrize(
    ("words", "sent"),
    [
        (("SET", "a", b"a", "EX", 5), ("SET", "east.a", b"a", "EX", 5)),
        (("DEL", "a", b"b"), ("DEL", "east.a", b"east.b")),
        (("MGET", "a", "b"), ("MGET", "east.a", "east.b")),
        (("HMGET", "a", "f", "g"), ("HMGET", "east.a", "f", "g")),
        (("EVALSHA", "5f", 2, "a", "b", "c"), ("EVALSHA", "5f", 2, "east.a", "east.b", "c")),
        (("EVALSHA", "5f", 0, "c"), ("EVALSHA", "5f", 0, "c")),
        (("SCAN", 0, b"MATCH", "a*"), ("SCAN", 0, b"MATCH", "east.a*")),
        (("SCAN", 0), ("SCAN", 0, b"MATCH", "east.*")),
        (("CONFIG GET", "appendonly"), ("CONFIG GET", "appendonly")),
        (("PING",), ("PING",)),
    ],
)
def test_the_prefix_is_put_on_keys_alone(
    words: tuple[object, ...], sent: tuple[object, ...]
) -> None:
    assert with_prefix(EAST, words) == sent


@pytest.mark.parametrize("command", ["FLUSHDB", "KEYS", "RENAME", "XADD", "get"])
def test_a_command_whose_keys_are_not_known_does_not_go_out(command: str) -> None:
    with pytest.raises(ValueError, match=rf"Redis command {command}: where its keys stand"):
        with_prefix(EAST, (command, "gp:snapshot"))


def test_two_cities_in_one_redis_do_not_meet(plain: Redis, redis_url: str) -> None:
    with redis_at(redis_url, "east.") as east, redis_at(redis_url, "west.") as west:
        east.set("gp:a", "1")
        with west.pipeline(transaction=True) as batch:
            batch.set("gp:a", "2")
            batch.hset("gp:b", "f", "3")
            assert batch.execute() == [True, 1]
        script = east.register_script("return redis.call('GET', KEYS[1]) .. ARGV[1]")
        assert script(keys=["gp:a"], args=["!"]) == b"1!"
        with west.pipeline() as batch:
            script(keys=["gp:a"], args=["?"], client=batch)
            assert batch.execute() == [b"2?"]
        assert (east.get("gp:a"), west.get("gp:a")) == (b"1", b"2")
        assert sorted(east.scan_iter("gp:*")) == [b"gp:a"]
        assert sorted(west.scan_iter()) == [b"gp:a", b"gp:b"]
        east.delete(*east.scan_iter())
        assert (east.exists("gp:a"), west.exists("gp:a")) == (0, 1)
    assert sorted(plain.keys()) == [b"west.gp:a", b"west.gp:b"]


def test_without_a_prefix_keys_go_out_as_they_are(plain: Redis, redis_url: str) -> None:
    with redis_at(redis_url) as client:
        client.set("gp:a", "1")
        assert type(client) is Redis
    assert plain.keys() == [b"gp:a"]


async def test_the_client_of_the_event_loop_does_the_same(plain: Redis, redis_url: str) -> None:
    client = async_redis(Settings(redis_url=redis_url, prefix="east."))
    async with client.pipeline(transaction=True) as batch:
        batch.set("gp:a", "1")
        batch.publish("gp:news", "1")
        await batch.execute()
    script = client.register_script("return redis.call('GET', KEYS[1])")
    assert await script(keys=["gp:a"]) == b"1"
    assert [key async for key in client.scan_iter("gp:*")] == [b"gp:a"]
    await client.aclose()
    assert plain.keys() == [b"east.gp:a"]
