"""An agent that saves first: what it said stands, in whatever order its topics come again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from random import Random

import pytest
from redis.asyncio import Redis

from config import names
from streams.host.offsets import Extent
from streams.host.partition import Partition
from streams.host.processor import AgentSpec, Effect, Record, Send, WriteSnapshot
from tests.streams.test_host_partition import Bench, Broker

TOPICS = (names.SIGNALS, names.COMMANDS)
MANY = 6  # records of each topic
EXTENTS = {topic: Extent(0, MANY) for topic in TOPICS}


class Numbering:
    """Numbers what it is given: which number a record gets depends on the order."""

    def __init__(self, partition: int) -> None:
        del partition
        self.said = 0

    def apply(self, record: Record) -> Sequence[Effect]:
        if record.value.endswith(b"quiet"):
            return ()
        return self._say(record.value)

    def tick(self, now_ms: int) -> Sequence[Effect]:
        return self._say(b"tick") if now_ms else ()

    def changes(self) -> Mapping[bytes, bytes | None]:
        return {b"said": b"%d" % self.said}

    def restore(self, fields: Mapping[bytes, bytes]) -> None:
        self.said = int(fields.get(b"said", b"0"))

    def _say(self, what: bytes) -> Sequence[Effect]:
        self.said += 1
        return [Send(names.WARNINGS, b"110101", b"%d %s" % (self.said, what))]


SPEC = AgentSpec("counting", "district", TOPICS, Numbering, saves_first=True)


class Died(BaseException):
    """The process ended."""


class MortalBroker(Broker):
    """Ends the process at its next message: before it arrives, or after."""

    dies: str = ""

    async def __call__(self, topic: str, key: bytes, value: bytes) -> asyncio.Future[object]:
        dies, self.dies = self.dies, ""
        if dies == "before":
            raise Died
        future = await super().__call__(topic, key, value)
        if dies == "after":
            raise Died
        return future

    @property
    def said(self) -> list[bytes]:
        return [value for _, _, value in self.sent]


@pytest.fixture
async def bench(redis_url: str) -> AsyncIterator[Bench]:
    async with Redis.from_url(redis_url) as redis:
        made = Bench(redis)
        made.broker = MortalBroker()
        yield made


def mortal(bench: Bench) -> MortalBroker:
    assert isinstance(bench.broker, MortalBroker)
    return bench.broker


def record(topic: str, offset: int, what: bytes = b"") -> Record:
    return Record(topic, 0, offset, f"{topic}-{offset}".encode() + what)


@pytest.mark.parametrize("dies", ["before", "after"])
async def test_what_was_saved_leaves_again_before_anything_else(bench: Bench, dies: str) -> None:
    first = await bench.partition(EXTENTS, SPEC)
    mortal(bench).dies = dies
    with pytest.raises(Died):
        await first.take(record(names.SIGNALS, 0))
    second = await bench.partition(EXTENTS, SPEC)
    assert second.positions[names.SIGNALS] == 1
    await second.take(record(names.COMMANDS, 0))
    assert set(mortal(bench).said) == {b"1 signals-0", b"2 commands-0"}
    assert mortal(bench).said[-2:] == [b"1 signals-0", b"2 commands-0"]


async def test_a_tick_sends_what_was_left_and_is_saved_as_well(bench: Bench) -> None:
    first = await bench.partition(EXTENTS, SPEC)
    mortal(bench).dies = "before"
    with pytest.raises(Died):
        await first.tick(1)
    second = await bench.partition(EXTENTS, SPEC)
    await second.tick(0)
    assert mortal(bench).said == [b"1 tick"]
    await (await bench.partition(EXTENTS, SPEC)).take(record(names.SIGNALS, 0))
    assert mortal(bench).said[-1] == b"2 signals-0"


async def test_what_arrived_is_not_sent_again_after_the_next_checkpoint(bench: Bench) -> None:
    first = await bench.partition(EXTENTS, SPEC)
    await first.take(record(names.SIGNALS, 0))
    await first.take(record(names.SIGNALS, 1, b"quiet"))
    await first.checkpoint()
    second = await bench.partition(EXTENTS, SPEC)
    await second.tick(0)
    assert mortal(bench).said == [b"1 signals-0"]


async def test_nothing_leaves_once_a_newer_owner_has_the_partition(bench: Bench) -> None:
    first = await bench.partition(EXTENTS, SPEC)
    await bench.partition(EXTENTS, SPEC)
    await first.take(record(names.SIGNALS, 0))
    assert mortal(bench).said == []
    assert first.is_closed


async def test_an_agent_that_saves_first_only_sends(bench: Bench) -> None:
    class Painting(Numbering):
        def apply(self, record: Record) -> Sequence[Effect]:
            return [WriteSnapshot(1, record.value)]

    spec = AgentSpec("counting", "district", TOPICS, Painting, saves_first=True)
    partition = await bench.partition(EXTENTS, spec)
    with pytest.raises(TypeError, match="only sends messages, got WriteSnapshot"):
        await partition.take(record(names.SIGNALS, 0))


@pytest.mark.parametrize("seed", range(12))
async def test_no_number_has_two_contents_however_often_the_process_ends(
    bench: Bench, seed: int
) -> None:
    """After each end the topics come in another order, from where the checkpoint stands."""
    rng, broker = Random(seed), mortal(bench)
    broker.dies = "after"
    while True:
        partition = await bench.partition(EXTENTS, SPEC)
        try:
            await live(partition, rng, broker)
        except Died:
            continue
        break
    await partition.tick(0)
    contents: dict[bytes, set[bytes]] = {}
    for value in broker.said:
        number, _, what = value.partition(b" ")
        contents.setdefault(number, set()).add(what)
    assert all(len(whats) == 1 for whats in contents.values())
    everything = {what for whats in contents.values() for what in whats} - {b"tick"}
    assert everything == {b"%s-%d" % (t.encode(), n) for t in TOPICS for n in range(MANY)}


async def live(partition: Partition, rng: Random, broker: MortalBroker) -> None:
    """Read both topics to their ends, in any order, with ticks and checkpoints between."""
    while left := [topic for topic in TOPICS if partition.positions[topic] < MANY]:
        if rng.random() < 0.2:
            broker.dies = rng.choice(["before", "after"])
        topic = rng.choice(left)
        await partition.take(record(topic, partition.positions[topic]))
        if rng.random() < 0.2:
            await partition.tick(1)
        if rng.random() < 0.2:
            await partition.checkpoint()
