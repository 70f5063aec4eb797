"""Deliveries beside the line: bounded, receipted, and never in the way of ticks and checkpoints."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import msgspec
import pytest
from redis.asyncio import Redis

from config import names
from models.messages.envelope import decode
from models.messages.receipts import Receipt
from models.messages.warnings import CityWarning
from streams.health import Health
from streams.host.deliveries import AT_ONCE, Deliveries
from streams.host.processor import AgentSpec, Deliver, Effect
from tests.faults.counting import SPEC, Counting
from tests.streams.sinks.test_webhook import WARNING
from tests.streams.test_host_partition import Bench, Broker

DESK, ROOM = "http://desk/", "http://room/"


class Gate:
    """A receiver that answers when it is opened."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.waiting = 0
        self.most = 0

    async def close(self) -> None:
        pass

    async def post(self, warning: CityWarning, attempt: int) -> Receipt:
        self.waiting += 1
        self.most = max(self.most, self.waiting)
        try:
            await self.open.wait()
        finally:
            self.waiting -= 1
        return Receipt(
            warning=warning.id,
            revision=0,
            channel="webhook",
            receiver="",
            attempt=attempt,
            delivered=True,
            status=204,
            detail="",
            sent_ms=0,
            answered_ms=0,
        )


class Broken:
    async def close(self) -> None:
        pass

    async def post(self, warning: CityWarning, attempt: int) -> Receipt:
        raise RuntimeError(warning.id)


def effect(warning: str, receiver: str = DESK) -> Deliver:
    change = msgspec.structs.replace(WARNING, id=warning)
    return Deliver(change, receiver, 1, b"110101")


async def turns(count: int = 20) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_a_receiver_that_hangs_gets_few_tries_and_holds_no_other() -> None:
    hanging, well, broker = Gate(), Gate(), Broker()
    well.open.set()
    lane = Deliveries({DESK: hanging, ROOM: well}, broker, Health().metrics)
    for number in range(3 * AT_ONCE):
        lane.begin(effect(f"w{number}"))
    lane.begin(effect("other", ROOM))
    await turns()
    assert hanging.most == AT_ONCE
    assert [decode(Receipt, value).warning for _, _, value in broker.sent] == ["other"]
    hanging.open.set()
    await turns(100)
    assert len(broker.sent) == 3 * AT_ONCE + 1
    assert {(topic, key) for topic, key, _ in broker.sent} == {(names.RECEIPTS, b"110101")}


async def test_a_try_on_its_way_is_not_made_twice() -> None:
    gate = Gate()
    lane = Deliveries({DESK: gate}, Broker(), Health().metrics)
    lane.begin(effect("w"))
    lane.begin(effect("w"))
    await turns()
    assert gate.waiting == 1
    await lane.close()
    assert gate.waiting == 0


async def test_a_fault_of_ours_leaves_the_rest_alone() -> None:
    gate, broker = Gate(), Broker()
    gate.open.set()
    lane = Deliveries({DESK: Broken(), ROOM: gate}, broker, Health().metrics)
    lane.begin(effect("w"))
    lane.begin(effect("w", ROOM))
    lane.begin(effect("w", "http://nobody/"))
    await turns()
    assert len(broker.sent) == 1


class Delivering(Counting):
    """Hands something out at every tick."""

    def tick(self, now_ms: int) -> Sequence[Effect]:
        return [effect(f"w{now_ms}")]


@pytest.fixture
async def bench(redis_url: str) -> AsyncIterator[Bench]:
    async with Redis.from_url(redis_url) as redis:
        yield Bench(redis)


async def test_a_receiver_that_never_answers_holds_neither_ticks_nor_checkpoints(
    bench: Bench,
) -> None:
    gate = Gate()
    lane = Deliveries({DESK: gate}, bench.broker, bench.health.metrics)
    bench.deliver = lane.begin
    spec = AgentSpec("counting", "street", SPEC.topics, Delivering)
    partition = await bench.partition(spec=spec)
    async with asyncio.timeout(2):
        for now_ms in range(10):
            await partition.tick(now_ms)
            await partition.checkpoint()
    await turns()
    assert gate.waiting == AT_ONCE
    await lane.close()
