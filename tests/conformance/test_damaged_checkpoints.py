"""One bit of a stored checkpoint flips: what is restored is what was saved, or nothing, or refused.

Never something else: an agent would go on from it and silently say other things.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any, Final

import pytest
from redis import Redis

from config.names import checkpoint_key
from streams.host.checkpoint import CheckpointRefused, Checkpoints
from streams.host.fields import OFFSET, STATE, format_saved
from streams.host.offsets import Saved
from streams.host.processor import AgentSpec
from tests.conformance.test_processors import SPECS, apply_all, records, save

pytestmark = pytest.mark.broker

FLIPS: Final = 60  # of one checkpoint
Stored = dict[bytes, bytes]


def saved_fields(spec: AgentSpec) -> Stored:
    """What the host saves of an agent: state, and how far each topic is read."""
    given = records(spec)
    processor = spec.make(0)
    apply_all(processor, given)
    state = {STATE + name: value for name, value in save(processor, {}).items()}
    ends = {topic: Saved(len(given), 7) for topic in spec.topics}
    return state | {OFFSET + topic.encode(): format_saved(end) for topic, end in ends.items()}


def flipped(text: bytes, rng: Random) -> bytes:
    bit = rng.randrange(8 * len(text))
    changed = bytearray(text)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def damages(stored: Stored, rng: Random) -> Iterator[Stored]:
    """The stored hash with one bit of a name or of a value flipped; every field has its turn."""
    names = sorted(stored)
    rng.shuffle(names)
    for turn in range(FLIPS):
        name = names[turn % len(names)]
        damaged = dict(stored)
        value = damaged.pop(name)
        if turn % 4 == 3 or not value:
            damaged[flipped(name, rng)] = value
        else:
            damaged[name] = flipped(value, rng)
        yield damaged


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    with Redis.from_url(redis_url) as client:
        yield client


def test_no_flipped_bit_of_any_agent_s_checkpoint_is_restored(redis: Redis) -> None:
    client: Any = redis
    seen = {"emptied": 0, "whole": 0, "refused": 0}
    for spec in SPECS:
        key, fields, rng = checkpoint_key(spec.name, 0), saved_fields(spec), Random(spec.name)
        store = Checkpoints(redis)
        store.claim(key, "one")
        assert store.save(key, "one", fields)
        stored = client.hgetall(key)
        for damaged in damages(stored, rng):
            client.delete(key)
            client.hset(key, mapping=damaged)
            try:
                found = Checkpoints(redis).claim(key, "two")
            except CheckpointRefused:
                seen["refused"] += 1
                continue
            assert found in ({}, fields), spec.name
            seen["whole" if found else "emptied"] += 1
    assert min(seen.values()) > 0, "fields of the checkpoint itself have had their turn too"
    assert seen["emptied"] > len(SPECS) * FLIPS / 3
