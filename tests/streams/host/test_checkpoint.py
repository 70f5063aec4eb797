"""Checkpoints on a real Redis: one owner, one base, all or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis import Redis
from redis.asyncio import Redis as AsyncRedis

from config.names import checkpoint_key
from streams.host.checkpoint import (
    AsyncCheckpoints,
    CheckpointLost,
    CheckpointRefused,
    Checkpoints,
    outdated,
    refuse_other_formats,
)
from streams.host.fields import FieldDamaged, seal, unseal
from streams.host.scripts import Claim

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
    lost_answer._saves.begin(KEY, b"0 1 ")
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
        assert await store.claim(KEY, "a") == Claim({}, was_clean=True, mark=b"")
        assert await store.save(KEY, "a", {b"x": b"1", b"y": b"2"})
        assert Checkpoints(redis).claim(KEY, "b") == {b"x": b"1", b"y": b"2"}
        assert not await store.save(KEY, "a", {b"x": b"3"})
        redis.delete(KEY)
        with pytest.raises(CheckpointLost):
            await store.save(KEY, "a", {b"x": b"3"})


def _saved(redis: Redis, fields: dict[bytes, bytes]) -> None:
    store = Checkpoints(redis)
    store.claim(KEY, "a")
    assert store.save(KEY, "a", fields)


@given(st.binary(max_size=20), st.binary(max_size=60), st.data())
def test_one_flipped_bit_of_a_field_is_noticed(
    name: bytes, value: bytes, data: st.DataObject
) -> None:
    whole = seal(name, value)
    assert unseal(name, whole) == value
    bit = data.draw(st.integers(0, 8 * len(whole) - 1))
    flipped = bytearray(whole)
    flipped[bit // 8] ^= 1 << bit % 8
    with pytest.raises(FieldDamaged):
        unseal(name, bytes(flipped))
    with pytest.raises(FieldDamaged):
        unseal(name + b"x", whole)


def test_a_damaged_checkpoint_is_emptied_and_goes_on(redis: Redis) -> None:
    _saved(redis, {b"x": b"1", b"y": b"2"})
    redis.hset(KEY, "x", seal(b"x", b"1")[:-1] + b"5")  # one bit of 1 is flipped
    store = Checkpoints(redis)
    assert store.claim(KEY, "b") == {}
    assert store.save(KEY, "b", {b"x": b"3"})
    assert Checkpoints(redis).claim(KEY, "c") == {b"x": b"3"}


async def test_the_event_loop_empties_a_damaged_checkpoint_too(
    redis: Redis, redis_url: str
) -> None:
    _saved(redis, {b"x": b"1", b"y": b"2"})
    redis.hset(KEY, "z", redis.hget(KEY, "x") or b"")  # under another name
    async with AsyncRedis.from_url(redis_url) as client:
        store = AsyncCheckpoints(client)
        assert (await store.claim(KEY, "b")).fields == {}
        assert await store.save(KEY, "b", {b"x": b"3"})
        redis.hset(KEY, "x", b"damaged")
        with pytest.raises(FieldDamaged, match="checksum"):
            await store.load(KEY)


def test_a_counter_of_saves_that_is_none_ends_no_process(redis: Redis) -> None:
    _saved(redis, {b"x": b"1"})
    redis.hset(KEY, "@saves", "!")
    store = Checkpoints(redis)
    assert store.claim(KEY, "b") == {b"x": b"1"}
    assert store.save(KEY, "b", {b"x": b"2"})


def test_state_of_an_earlier_version_is_refused_with_what_to_do(redis: Redis) -> None:
    redis.hset(KEY, mapping={"@owner": "a", "@saves": "7", "s:x": "1"})
    with pytest.raises(CheckpointRefused, match="gridpulse checkpoints discard"):
        Checkpoints(redis).claim(KEY, "b")
    assert redis.hget(KEY, "@owner") == b"a"
    assert [KEY in sentence for sentence in outdated(redis)] == [True]
    with pytest.raises(CheckpointRefused):
        refuse_other_formats(redis)


def test_deliveries_from_before_there_were_subscriptions_are_refused_and_kept(redis: Redis) -> None:
    key = checkpoint_key("deliver", 0)
    sent = {f"s:{name}": b"\x90" for name in ("settled", '["w",1,"webhook:desk.example"]')}
    old: dict[Any, Any] = {"@owner": b"", "@saves": b"7", "@format": b"3", **sent}
    redis.hset(key, mapping=old)
    (sentence,) = outdated(redis)
    assert key in sentence
    assert "gridpulse checkpoints discard" in sentence
    with pytest.raises(CheckpointRefused, match="rebuilt from the topics"):
        refuse_other_formats(redis)
    with pytest.raises(CheckpointRefused):
        Checkpoints(redis).claim(key, "b")
    assert redis.hgetall(key) == {name.encode(): value for name, value in old.items()}


def test_state_of_this_version_is_not_outdated(redis: Redis) -> None:
    _saved(redis, {b"x": b"1"})
    assert outdated(redis) == []
    refuse_other_formats(redis)


async def test_a_claim_says_how_the_owner_before_ended(redis_url: str) -> None:
    async with AsyncRedis.from_url(redis_url) as client:
        store = AsyncCheckpoints(client)
        assert (await store.claim(KEY, "a")).was_clean
        await store.mark(KEY, "a", b"1 tick")
        after_a_crash = await store.claim(KEY, "b")
        assert (after_a_crash.was_clean, after_a_crash.mark) == (False, b"1 tick")
        await store.mark(KEY, "a", b"1 fenced")  # of an owner that is none any more
        await store.save(KEY, "b", {b"x": b"1"})
        after_a_save = await store.claim(KEY, "c")
        assert (after_a_save.was_clean, after_a_save.mark) == (False, b"")
        await store.end(KEY, "c")
        in_order = await store.claim(KEY, "d")
        assert (in_order.was_clean, in_order.mark) == (True, b"")


async def test_a_repeated_claim_of_one_owner_gives_the_same(redis_url: str) -> None:
    async with AsyncRedis.from_url(redis_url) as client:
        store = AsyncCheckpoints(client)
        await store.claim(KEY, "a")
        await store.end(KEY, "a")
        assert await store.claim(KEY, "b") == Claim({}, was_clean=True)
