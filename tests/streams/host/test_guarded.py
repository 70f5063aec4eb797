"""What breaks an agent costs only itself: records that raise, hang or end the process."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass

import msgspec
import pytest
from redis.asyncio import Redis

from config import names
from models.messages.dead_letters import Reason, Rejected
from models.messages.envelope import decode, encode
from streams.host.brake import LATER, SINCE_START, Brake
from streams.host.partition import Partition
from streams.host.processor import AgentSpec, Effect, Processor, Record, Send
from streams.host.refused import refused
from streams.host.trial import survives
from tests.faults.counting import SPEC, Counting
from tests.streams.test_host_partition import FULL, Bench, _record, _totals

NOW_MS = 1_700_000_000_000


@pytest.fixture
async def bench(redis_url: str) -> AsyncIterator[Bench]:
    async with Redis.from_url(redis_url) as redis:
        yield Bench(redis)


def spec(make: Callable[[int], Processor]) -> AgentSpec:
    return AgentSpec("counting", "street", SPEC.topics, make)


def letters(bench: Bench) -> list[Rejected]:
    return [decode(Rejected, v) for topic, _, v in bench.broker.sent if topic == names.DEAD_LETTERS]


# --- trials ---------------------------------------------------------------------------------


def _hang() -> None:
    time.sleep(60)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _raise() -> None:
    raise ValueError(1)


@pytest.mark.parametrize(
    ("work", "is_harmless"),
    [
        (lambda: None, True),
        (_raise, False),
        (_die, False),
        (_hang, False),
        (lambda: os._exit(0), False),
        (lambda: os._exit(7), False),
    ],
)
def test_a_trial_tells_what_ends_a_process(work: Callable[[], None], is_harmless: bool) -> None:
    assert survives(work, limit_s=0.5) is is_harmless


# --- ticks and checkpoints that fail ----------------------------------------------------------


class Touchy(Counting):
    """Takes anything in; its tick fails while it holds `tick`, its save while it holds `save`."""

    def tick(self, now_ms: int) -> Sequence[Effect]:
        if b"tick" in self.totals:
            raise OverflowError(now_ms)
        return ()

    def changes(self) -> Mapping[bytes, bytes | None]:
        if b"save" in self.totals:
            raise OverflowError(33658)
        return super().changes()


async def _filled(bench: Bench, poison: bytes) -> Partition:
    partition = await bench.partition(spec=spec(Touchy))
    for offset in range(20):
        await partition.take(_record(offset, b"a=1"))
    await partition.take(_record(20, poison + b"=1"))
    for offset in range(21, 30):
        await partition.take(_record(offset, b"a=1"))
    return partition


@pytest.mark.parametrize("poison", [b"tick", b"save"])
async def test_a_record_after_which_ticks_or_saves_fail_twice_is_set_aside(
    bench: Bench, poison: bytes
) -> None:
    partition = await _filled(bench, poison)
    agent = "counting/0"
    for _ in range(2):
        await partition.tick(NOW_MS)
        await partition.checkpoint()
        assert "OverflowError" in bench.health.problems()[agent]
        bench.now_s += 11
    (letter,) = letters(bench)
    assert (letter.offset, letter.data) == (20, poison + b"=1")
    assert "OverflowError" in letter.detail
    assert _totals(partition) == {b"a": 29}
    for _ in range(3):
        await partition.tick(NOW_MS)
        await partition.checkpoint()
        bench.now_s += 11
    assert agent not in bench.health.problems()
    assert _totals(await bench.partition(FULL, spec=spec(Touchy))) == {b"a": 29}


async def test_a_failure_is_a_metric_and_rests(bench: Bench) -> None:
    partition = await _filled(bench, b"tick")
    for _ in range(5):
        await partition.tick(NOW_MS)
    labels = {"agent": "counting", "what": "tick"}
    assert bench.health.registry.get_sample_value("gridpulse_failures_total", labels) == 1


class Sick(Counting):
    """Its tick fails whatever it holds."""

    def tick(self, now_ms: int) -> Sequence[Effect]:
        raise RuntimeError(now_ms)


async def test_a_tick_that_fails_by_itself_blames_no_record(bench: Bench) -> None:
    partition = await bench.partition(spec=spec(Sick))
    await partition.take(_record(0, b"a=1"))
    for _ in range(4):
        await partition.tick(NOW_MS)
        bench.now_s += 11
    assert letters(bench) == []
    assert _totals(partition) == {b"a": 1}
    assert "tick fails" in bench.health.problems()["counting/0"]
    partition.close()
    assert "counting/0" not in bench.health.problems()


class Bounded(Counting):
    """Takes every record in, and sets a part of it aside: it passes a bound."""

    def apply(self, record: Record) -> Sequence[Effect]:
        letter = Rejected(reason=Reason.TOO_MANY, detail="more", topic="t", partition=0, offset=0)
        return [*super().apply(record), Send(names.DEAD_LETTERS, b"", encode(letter))]


async def test_records_of_which_a_part_passes_a_bound_halt_no_partition(bench: Bench) -> None:
    partition = await bench.partition(spec=spec(Bounded))
    for offset in range(SINCE_START + 1):
        await partition.take(_record(offset, b"a=1"))
    assert _totals(partition) == {b"a": SINCE_START + 1}
    assert bench.health.problems() == {}
    labels = {"feed": "counting", "reason": "too-many"}
    value = bench.health.registry.get_sample_value("gridpulse_dead_letters_total", labels)
    assert value == SINCE_START + 1


# --- records that end the process -------------------------------------------------------------


class Deadly(Counting):
    """Ends the process at `die`, and at a tick while it holds `late`."""

    def apply(self, record: Record) -> Sequence[Effect]:
        if record.value == b"die":
            os._exit(9)
        return super().apply(record)

    def tick(self, now_ms: int) -> Sequence[Effect]:
        if b"late" in self.totals:
            os._exit(9)
        return ()


@dataclass(frozen=True)
class Left:
    """What a life left behind."""

    totals: dict[str, int]
    letters: list[tuple[int, str]]


def _life(redis_url: str, values: Sequence[bytes], *, ticks: bool) -> tuple[int, Left]:
    """Run one life of a process over records from the start; gives its status and what it left."""

    async def run(answer: int) -> None:
        async with Redis.from_url(redis_url) as redis:
            bench = Bench(redis)
            bench._owners = os.getpid()
            partition = await bench.partition(FULL, spec=spec(Deadly))
            for offset, value in enumerate(values):
                await partition.take(_record(offset, value))
                if ticks:
                    await partition.tick(NOW_MS)
            await partition.finish()
            totals = {key.decode(): total for key, total in _totals(partition).items()}
            left = Left(totals, [(each.offset, each.detail) for each in letters(bench)])
            os.write(answer, msgspec.json.encode(left))

    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            asyncio.new_event_loop().run_until_complete(run(writer))
            status = 0
        finally:
            os._exit(status)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        said = pipe.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    nothing = b'{"totals": {}, "letters": []}'
    return status, msgspec.json.decode(said or nothing, type=Left)


VALUES = [b"a=1", b"a=1", b"die", b"a=1"]
LATE = [b"a=1", b"a=1", b"late=1", b"a=1"]


@pytest.mark.filterwarnings("ignore")  # of forks with threads
@pytest.mark.parametrize(("values", "ticks"), [(VALUES, False), (LATE, True)])
def test_a_record_that_ended_the_process_twice_is_set_aside_by_its_successor(
    redis_url: str, values: list[bytes], ticks: bool
) -> None:
    assert _life(redis_url, [], ticks=False)[0] == 0
    statuses = [_life(redis_url, values, ticks=ticks)[0] for _ in range(2)]
    assert statuses == [9, 9]
    status, left = _life(redis_url, values, ticks=ticks)
    assert status == 0
    assert left.totals == {"a": 3}
    ((offset, detail),) = left.letters
    assert offset == 2
    assert "the process ended on it" in detail


@pytest.mark.filterwarnings("ignore")
def test_a_state_that_ends_the_process_halts_its_partition_and_blames_no_record(
    redis_url: str,
) -> None:
    assert _life(redis_url, LATE, ticks=False)[0] == 0
    assert [_life(redis_url, [*LATE, b"a=1"], ticks=True)[0] for _ in range(2)] == [9, 9]
    status, left = _life(redis_url, [*LATE, b"a=1"], ticks=True)
    assert (status, left.letters) == (0, [])
    assert left.totals == {"a": 3, "late": 1}


async def test_a_process_that_was_killed_blames_no_record(bench: Bench) -> None:
    for _ in range(4):  # owners that vanish without a word, each in the middle of a record
        partition = await bench.partition(FULL)
        for offset in range(5):
            await partition.take(_record(offset, b"a=1"))
    assert letters(bench) == []
    await partition.checkpoint()
    assert _totals(await bench.partition(FULL)) == {b"a": 5}


async def test_an_orderly_successor_marks_nothing(bench: Bench) -> None:
    first = await bench.partition()
    await first.take(_record(0, b"a=1"))
    await first.finish()
    second = await bench.partition(FULL)
    await second.take(_record(1, b"a=1"))
    assert await bench.redis.hget(names.checkpoint_key("counting", 0), "@mark") is None
    third = await bench.partition(FULL)  # the second ended without a word
    await third.take(_record(1, b"a=1"))
    mark = await bench.redis.hget(names.checkpoint_key("counting", 0), "@mark")
    assert mark == b"1 frames/0/1"


# --- the brake --------------------------------------------------------------------------------


class Refusing(Counting):
    """Refuses everything but records that begin with `ok`."""

    def apply(self, record: Record) -> Sequence[Effect]:
        if record.value.startswith(b"ok"):
            return ()
        return [refused(record, "of another version")]


async def test_a_deployment_that_refuses_everything_halts_its_partition(bench: Bench) -> None:
    partition = await bench.partition(spec=spec(Refusing))
    for offset in range(SINCE_START + 50):
        await partition.take(_record(offset, b"x"))
    assert len(letters(bench)) == SINCE_START
    assert partition.positions[names.FRAMES] == SINCE_START
    why = bench.health.problems()["counting/0"]
    assert "frames" in why and "of another version" in why and "docs/operations.md" in why
    await partition.checkpoint()
    mended = await bench.partition(FULL)
    assert mended.positions[names.FRAMES] == SINCE_START
    await mended.take(_record(SINCE_START, b"a=1"))
    assert _totals(mended) == {b"a": 1}


def test_honest_records_among_hostile_ones_release_the_brake() -> None:
    brake = Brake(since_start=5, later=50)
    for _ in range(1000):
        for _ in range(4):
            brake.note("frames", "bad")
        brake.note("frames", None)
    assert brake.reason is None
    for _ in range(49):
        brake.note("frames", "bad")
    assert brake.reason is None, "after it accepted some, a longer run is let pass"
    brake.note("case-events", None)
    brake.note("frames", "bad")
    assert brake.reason is not None and "50 records of frames" in brake.reason


def test_topics_are_judged_apart() -> None:
    brake = Brake(since_start=5, later=50)
    for _ in range(10):
        brake.note("case-events", None)
        brake.note("frames", "bad")
    assert brake.reason is not None
    assert SINCE_START < LATER
