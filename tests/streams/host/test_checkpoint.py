"""Checkpoints on a real Redis: one owner, one base, all or nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from redis import Redis
from redis.asyncio import Redis as AsyncRedis

from streams.host.checkpoint import AsyncCheckpoints, CheckpointLost, Checkpoints

KEY = "gp:checkpoint:counting:3"


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    with Redis.from_url(redis_url) as client:
        yield client


def test_a_new_checkpoint_is_empty_and_keeps_what_is_saved(redis: Redis) -> None:
    store = Checkpoints(redis)
    assert store.claim(KEY, "a") == {}
    assert store.save(KEY, "a", {b"x": b"1", b"y": b"\x00\xff"})
    assert store.save(KEY, "a", {b"x": None, b"z": b"", b"absent": None})
    assert Checkpoints(redis).claim(KEY, "b") == {b"y": b"\x00\xff", b"z": b""}


def test_an_earlier_owner_is_refused_and_changes_nothing(redis: Redis) -> None:
    sleeper, successor = Checkpoints(redis), Checkpoints(redis)
    sleeper.claim(KEY, "a")
    assert sleeper.save(KEY, "a", {b"x": b"1"})
    assert successor.claim(KEY, "b") == {b"x": b"1"}
    assert not sleeper.save(KEY, "a", {b"x": b"old"})
    assert successor.save(KEY, "b", {b"y": b"2"})
    assert not sleeper.save(KEY, "a", {b"x": b"older"})
    assert Checkpoints(redis).claim(KEY, "c") == {b"x": b"1", b"y": b"2"}


def test_a_wiped_redis_is_noticed_before_a_part_is_written_as_if_it_were_all(redis: Redis) -> None:
    store = Checkpoints(redis)
    store.claim(KEY, "a")
    store.save(KEY, "a", {b"x": b"1"})
    redis.flushall()
    with pytest.raises(CheckpointLost, match=KEY):
        store.save(KEY, "a", {b"y": b"2"})
    assert redis.exists(KEY) == 0


def test_a_redis_that_forgot_its_newest_save_is_noticed(redis: Redis) -> None:
    store = Checkpoints(redis)
    store.claim(KEY, "a")
    store.save(KEY, "a", {b"x": b"1"})
    before = redis.dump(KEY) or b""
    store.save(KEY, "a", {b"x": b"2"})
    redis.restore(KEY, 0, before, replace=True)
    with pytest.raises(CheckpointLost):
        store.save(KEY, "a", {b"y": b"3"})
    assert Checkpoints(redis).claim(KEY, "b") == {b"x": b"1"}


def test_a_save_whose_answer_was_lost_may_be_repeated(redis: Redis) -> None:
    store = Checkpoints(redis)
    store.claim(KEY, "a")
    lost_answer = Checkpoints(redis)
    lost_answer._sequence.begin(KEY, 0)
    assert lost_answer.save(KEY, "a", {b"x": b"1"})
    assert store.save(KEY, "a", {b"x": b"1"})
    assert store.save(KEY, "a", {b"x": b"2"})
    assert Checkpoints(redis).claim(KEY, "b") == {b"x": b"2"}


def test_more_fields_than_a_lua_stack_holds(redis: Redis) -> None:
    store = Checkpoints(redis)
    store.claim(KEY, "a")
    many: dict[bytes, bytes | None] = {f"f{i}".encode(): f"{i}".encode() for i in range(20_001)}
    assert store.save(KEY, "a", many)
    assert Checkpoints(redis).claim(KEY, "b") == many
    store.claim(KEY, "c")
    assert store.save(KEY, "c", dict.fromkeys(list(many)[1:]))
    assert Checkpoints(redis).claim(KEY, "d") == {b"f0": b"0"}


def test_fields_of_the_checkpoint_itself_cannot_be_overwritten(redis: Redis) -> None:
    store = Checkpoints(redis)
    store.claim(KEY, "a")
    with pytest.raises(ValueError, match="@owner"):
        store.save(KEY, "a", {b"@owner": b"b"})


def test_saving_without_a_claim_is_an_error_of_the_caller(redis: Redis) -> None:
    with pytest.raises(KeyError):
        Checkpoints(redis).save(KEY, "a", {b"x": b"1"})


async def test_the_event_loop_speaks_the_same_language(redis: Redis, redis_url: str) -> None:
    async with AsyncRedis.from_url(redis_url) as client:
        store = AsyncCheckpoints(client)
        assert await store.claim(KEY, "a") == {}
        assert await store.save(KEY, "a", {b"x": b"1", b"y": b"2"})
        assert Checkpoints(redis).claim(KEY, "b") == {b"x": b"1", b"y": b"2"}
        assert not await store.save(KEY, "a", {b"x": b"3"})
        redis.delete(KEY)
        with pytest.raises(CheckpointLost):
            await store.save(KEY, "a", {b"x": b"3"})
