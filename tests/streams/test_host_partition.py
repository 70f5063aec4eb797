"""One partition against a real Redis: replays, checkpoints, roll-backs, fencing, without Kafka."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

import pytest
from redis.asyncio import Redis

from config import names
from models.messages.bounds import LARGEST_MESSAGE
from models.messages.dead_letters import Reason, Rejected
from models.messages.envelope import decode
from streams.health import Health
from streams.host.checkpoint import AsyncCheckpoints, CheckpointLost
from streams.host.effects import Archiver, Outlet
from streams.host.offsets import Extent
from streams.host.partition import Partition
from streams.host.processor import (
    AgentSpec,
    Archive,
    Compact,
    Deliver,
    Effect,
    Record,
    Send,
    WriteBooks,
    WriteSnapshot,
)
from streams.retry import Retry
from tests.faults.counting import SPEC, Counting

EMPTY = {topic: Extent(0, 0) for topic in SPEC.topics}
FULL = {topic: Extent(0, 1000) for topic in SPEC.topics}


class Broker:
    """Keeps what is sent; acknowledges at once, or when told to."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, bytes, bytes]] = []
        self.acknowledges = True
        self.waiting: list[asyncio.Future[object]] = []

    async def __call__(self, topic: str, key: bytes, value: bytes) -> asyncio.Future[object]:
        self.sent.append((topic, key, value))
        future: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        self.waiting.append(future)
        if self.acknowledges:
            future.set_result(None)
        return future


class NoArchive:
    async def carry_out(self, effect: Archive | Compact) -> None:
        raise AssertionError(effect)


def _no_delivery(effect: Deliver) -> None:
    raise AssertionError(effect)


async def _no_snapshot(effect: WriteSnapshot | WriteBooks) -> None:
    raise AssertionError(effect)


class Bench:
    """Makes partitions that share a Redis and a broker, as successive owners would."""

    def __init__(self, redis: Redis) -> None:
        self.broker = Broker()
        self.archiver: Archiver = NoArchive()
        self.deliver: Callable[[Deliver], None] = _no_delivery
        self.health = Health()
        self.redis = redis
        self.now_s = 0.0
        self.gaps: list[tuple[str, int, int, int]] = []
        self._owners = 0

    async def partition(
        self, extents: dict[str, Extent] | None = None, spec: AgentSpec = SPEC
    ) -> Partition:
        self._owners += 1
        partition = Partition(
            spec,
            0,
            owner=f"owner-{self._owners}",
            store=AsyncCheckpoints(self.redis),
            outlet=Outlet(self.broker, _no_snapshot, self.deliver, self.archiver),
            retry=Retry("Redis", 1, self.health),
            health=self.health,
            gap=self._gap,
            clock=lambda: self.now_s,
        )
        await partition.open(extents or EMPTY)
        return partition

    async def _gap(self, topic: str, partition: int, first: int, end: int) -> int:
        self.gaps.append((topic, partition, first, end))
        return end - first

    def metric(self, name: str) -> float:
        value = self.health.registry.get_sample_value(name, {"agent": "counting", "partition": "0"})
        assert value is not None
        return value


@pytest.fixture
async def bench(redis_url: str) -> AsyncIterator[Bench]:
    async with Redis.from_url(redis_url) as redis:
        yield Bench(redis)


def _record(offset: int, value: bytes, topic: str = names.FRAMES) -> Record:
    return Record(topic, 0, offset, value)


def _totals(partition: Partition) -> dict[bytes, int]:
    processor = partition._processor._state.processor
    assert isinstance(processor, Counting)
    return processor.totals


async def test_a_successor_goes_on_from_the_checkpoint_and_skips_replays(bench: Bench) -> None:
    first = await bench.partition()
    for offset in range(5):
        await first.take(_record(offset, b"a=1"))
    await first.checkpoint()
    await first.take(_record(5, b"a=1"))  # dies before the next checkpoint

    second = await bench.partition(FULL)
    assert second.positions == {names.FRAMES: 5, names.CASE_EVENTS: 0}
    for offset in range(3, 8):
        await second.take(_record(offset, b"a=1"))
    await second.take(_record(0, b"a=10", names.CASE_EVENTS))
    assert _totals(second) == {b"a": 18}
    assert bench.metric("gridpulse_skipped_records_total") == 2


async def test_a_checkpoint_waits_for_the_broker_to_have_every_effect(bench: Bench) -> None:
    partition = await bench.partition()
    bench.broker.acknowledges = False
    await partition.take(_record(0, b"a=1"))
    saving = asyncio.ensure_future(partition.checkpoint())
    await asyncio.sleep(0.05)
    assert not saving.done()
    assert (await bench.partition(FULL)).positions[names.FRAMES] == 0
    bench.broker.waiting[0].set_result(None)
    await saving


async def test_an_effect_that_the_broker_refuses_stops_the_checkpoint(bench: Bench) -> None:
    partition = await bench.partition()
    bench.broker.acknowledges = False
    await partition.take(_record(0, b"a=1"))
    bench.broker.waiting[0].set_exception(TimeoutError("not acknowledged"))
    with pytest.raises(TimeoutError):
        await partition.checkpoint()
    assert (await bench.partition(FULL)).positions[names.FRAMES] == 0


async def test_a_record_that_breaks_half_way_leaves_the_state_as_before(bench: Bench) -> None:
    partition = await bench.partition()
    await partition.take(_record(0, b"a=1"))
    await partition.checkpoint()
    await partition.take(_record(1, b"a=2"))
    await partition.take(_record(2, b"a=pill"))
    await partition.take(_record(3, b"a=4"))
    assert _totals(partition) == {b"a": 7}
    topic, _, value = bench.broker.sent[2]
    letter = decode(Rejected, value)
    assert topic == names.DEAD_LETTERS
    assert (letter.reason, letter.offset, letter.data) == (Reason.DOWNSTREAM, 2, b"a=pill")
    assert "counting" in letter.detail
    await partition.checkpoint()
    assert _totals(await bench.partition(FULL)) == {b"a": 7}


class Boaster(Counting):
    def apply(self, record: Record) -> Sequence[Effect]:
        super().apply(record)
        return [Send(names.PANES, b"", bytes(LARGEST_MESSAGE + 1))]


async def test_an_effect_that_no_topic_takes_is_the_fault_of_its_record(bench: Bench) -> None:
    spec = AgentSpec("counting", "street", SPEC.topics, Boaster)
    partition = await bench.partition(spec=spec)
    await partition.take(_record(0, b"a=1"))
    assert [topic for topic, _, _ in bench.broker.sent] == [names.DEAD_LETTERS]
    assert _totals(partition) == {}
    assert partition.positions[names.FRAMES] == 1


class Stumbler(Counting):
    """Fails at every tick, after it has changed its state."""

    def tick(self, now_ms: int) -> Sequence[Effect]:
        self.totals[b"a"] = -1
        raise RuntimeError(now_ms)


async def test_a_tick_that_fails_changes_nothing_and_rests(bench: Bench) -> None:
    made: list[Stumbler] = []

    def make(partition: int) -> Stumbler:
        made.append(Stumbler(partition))
        return made[-1]

    partition = await bench.partition(spec=AgentSpec("counting", "street", SPEC.topics, make))
    await partition.take(_record(0, b"a=1"))
    await partition.tick(1)
    assert _totals(partition) == {b"a": 1}
    await partition.tick(2)
    assert len(made) == 2
    bench.now_s = 10
    await partition.tick(3)
    assert len(made) > 2
    assert _totals(partition) == {b"a": 1}


async def test_the_earlier_owner_gives_way_and_applies_no_more(bench: Bench) -> None:
    sleeper = await bench.partition()
    await sleeper.take(_record(0, b"a=1"))
    successor = await bench.partition(FULL)
    await sleeper.checkpoint()
    assert sleeper.is_closed
    await sleeper.take(_record(1, b"a=1"))
    assert _totals(sleeper) == {b"a": 1}
    await successor.take(_record(0, b"a=1"))
    await successor.checkpoint()
    assert not successor.is_closed


async def test_after_a_sleep_no_effect_leaves_before_ownership_is_certain(bench: Bench) -> None:
    sleeper = await bench.partition()
    await bench.partition(FULL)
    bench.now_s = 60
    await sleeper.take(_record(0, b"a=1"))
    assert sleeper.is_closed
    assert bench.broker.sent == []


async def test_a_partition_that_is_sure_of_itself_asks_once(bench: Bench) -> None:
    partition = await bench.partition()
    bench.now_s = 60
    await partition.take(_record(0, b"a=1"))
    await bench.redis.flushall()
    bench.now_s = 63
    await partition.take(_record(1, b"a=1"))
    assert _totals(partition) == {b"a": 2}


async def test_a_wiped_redis_ends_the_partition_and_is_read_from_the_beginning(
    bench: Bench,
) -> None:
    partition = await bench.partition()
    await partition.take(_record(0, b"a=1"))
    await partition.checkpoint()
    await bench.redis.flushall()
    await partition.take(_record(1, b"a=1"))
    with pytest.raises(CheckpointLost):
        await partition.checkpoint()
    assert (await bench.partition({t: Extent(0, 2) for t in SPEC.topics})).positions == {
        names.FRAMES: 0,
        names.CASE_EVENTS: 0,
    }


async def test_a_quiet_partition_notices_a_wiped_redis_at_a_tick(bench: Bench) -> None:
    partition = await bench.partition()
    await bench.redis.flushall()
    bench.now_s = 5
    with pytest.raises(CheckpointLost):
        await partition.tick(1)


async def test_what_retention_deleted_is_counted_and_passed(bench: Bench) -> None:
    first = await bench.partition()
    await first.take(_record(0, b"a=1"))
    await first.checkpoint()
    second = await bench.partition({t: Extent(40, 50) for t in SPEC.topics})
    assert second.positions[names.FRAMES] == 40
    assert bench.metric("gridpulse_gone_records_total") == 39 + 40  # of both topics
    await second.take(_record(40, b"a=1"))
    assert _totals(second) == {b"a": 2}


async def test_a_topic_made_anew_is_read_from_its_beginning(bench: Bench) -> None:
    first = await bench.partition()
    for offset in range(9):
        await first.take(_record(offset, b"a=1"))
    await first.checkpoint()
    second = await bench.partition({t: Extent(0, 3) for t in SPEC.topics})
    await second.take(_record(0, b"a=1"))
    assert _totals(second) == {b"a": 10}


async def test_a_longer_topic_of_the_same_name_is_known_by_its_identity(bench: Bench) -> None:
    first = await bench.partition()
    await first.take(_record(0, b"a=1"))
    await first.checkpoint()
    second = await bench.partition({t: Extent(0, 99, topic_id=5) for t in SPEC.topics})
    assert second.positions[names.FRAMES] == 0
    await second.take(_record(0, b"a=1"))
    await second.checkpoint()
    third = await bench.partition({t: Extent(0, 99, topic_id=5) for t in SPEC.topics})
    assert third.positions[names.FRAMES] == 1
    assert _totals(third) == {b"a": 2}


async def test_offsets_that_do_not_come_are_looked_into(bench: Bench) -> None:
    partition = await bench.partition(FULL)
    await partition.take(_record(7, b"a=1"))
    assert bench.gaps == [(names.FRAMES, 0, 0, 7)]
    assert _totals(partition) == {b"a": 1}


async def test_a_quiet_partition_writes_nothing_and_counts_as_safe(bench: Bench) -> None:
    partition = await bench.partition()
    await partition.take(_record(0, b"a=1"))
    await partition.checkpoint()
    written = bench.metric("gridpulse_checkpoint_bytes_total")
    bench.now_s = 50
    assert partition.checkpoint_age_s == 50
    await partition.checkpoint()
    assert partition.checkpoint_age_s == 0
    assert bench.metric("gridpulse_checkpoint_bytes_total") == written


async def test_a_large_journal_asks_for_an_early_checkpoint(bench: Bench) -> None:
    partition = await bench.partition()
    for offset in range(4):
        assert not partition.is_journal_full
        await partition.take(_record(offset, b"a=" + b" " * 2**23 + b"1"))
    assert partition.is_journal_full
    await partition.checkpoint()
    assert not partition.is_journal_full
