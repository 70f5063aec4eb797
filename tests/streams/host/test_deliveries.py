"""Deliveries beside the line: bounded, receipted, and never in the way of ticks and checkpoints."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import msgspec
import pytest
from redis.asyncio import Redis

from config import names
from models.messages.bounds import LATEST_MS
from models.messages.envelope import decode
from models.messages.receipts import FailedTry, Receipt
from models.messages.subscriptions import Channel, Subscription
from models.messages.warnings import CityWarning
from streams.clock import SYSTEM_CLOCK
from streams.health import Health
from streams.host.deliveries import AT_ONCE, Deliveries
from streams.host.processor import AgentSpec, Deliver, Effect
from streams.sinks.channel import ChannelSink, Outcome
from tests.faults.counting import SPEC, Counting
from tests.streams.sinks.test_webhook import WARNING
from tests.streams.test_host_partition import Bench, Broker

DESK = Subscription(
    id="desk", owner="Desk", channel=Channel.WEBHOOK, since_ms=0, until_ms=LATEST_MS
)
ROOM = msgspec.structs.replace(DESK, id="room", channel=Channel.MAIL)


class Gate:
    """A receiver that answers when it is opened."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.waiting = 0
        self.most = 0

    async def close(self) -> None:
        pass

    async def send(self, to: Subscription, changes: Sequence[CityWarning]) -> Outcome:
        self.waiting += 1
        self.most = max(self.most, self.waiting)
        try:
            await self.open.wait()
        finally:
            self.waiting -= 1
        return Outcome(delivered=True, status=204)


class Broken:
    async def close(self) -> None:
        pass

    async def send(self, to: Subscription, changes: Sequence[CityWarning]) -> Outcome:
        raise RuntimeError(to.id)


def effect(*warnings: str, to: Subscription = DESK) -> Deliver:
    changes = tuple(msgspec.structs.replace(WARNING, id=name) for name in warnings)
    return Deliver(changes, to, 1, b"110101")


def lane_of(channels: dict[Channel, ChannelSink], broker: Broker) -> Deliveries:
    return Deliveries(channels, broker, Health().metrics, SYSTEM_CLOCK)


async def turns(count: int = 20) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_a_receiver_that_hangs_gets_few_tries_and_holds_no_other() -> None:
    hanging, well, broker = Gate(), Gate(), Broker()
    well.open.set()
    lane = lane_of({Channel.WEBHOOK: hanging, Channel.MAIL: well}, broker)
    for number in range(3 * AT_ONCE):
        lane.begin(effect(f"w{number}"))
    lane.begin(effect("other", to=ROOM))
    await turns()
    assert hanging.most == AT_ONCE
    assert [decode(Receipt, value).warning for _, _, value in broker.sent] == ["other"]
    hanging.open.set()
    await turns(100)
    assert len(broker.sent) == 3 * AT_ONCE + 1
    assert {(topic, key) for topic, key, _ in broker.sent} == {(names.RECEIPTS, b"110101")}


async def test_a_try_on_its_way_is_not_made_twice() -> None:
    gate = Gate()
    lane = lane_of({Channel.WEBHOOK: gate}, Broker())
    lane.begin(effect("w"))
    lane.begin(effect("w"))
    await turns()
    assert gate.waiting == 1
    await lane.close()
    assert gate.waiting == 0


async def test_a_fault_of_ours_leaves_the_rest_alone() -> None:
    gate, broker = Gate(), Broker()
    gate.open.set()
    lane = lane_of({Channel.WEBHOOK: Broken(), Channel.MAIL: gate}, broker)
    lane.begin(effect("w"))
    lane.begin(effect("w", to=ROOM))
    await turns()
    assert [decode(Receipt, value).receiver for _, _, value in broker.sent] == ["room"]


async def test_a_channel_that_is_not_set_up_is_a_failed_try_that_says_so() -> None:
    broker = Broker()
    lane_of({}, broker).begin(effect("w", to=ROOM))
    await turns()
    (receipt,) = [decode(Receipt, value) for _, _, value in broker.sent]
    assert (receipt.delivered, receipt.channel) == (False, "mail")
    assert receipt.detail == "no mail is set up here"


async def test_changes_that_go_together_have_a_receipt_each() -> None:
    gate, broker = Gate(), Broker()
    gate.open.set()
    failed = FailedTry(attempt=1, status=503, detail="busy", sent_ms=1, answered_ms=2)
    together = replace(effect("a", "b", "c"), attempt=2, earlier=((), (failed,), ()))
    lane_of({Channel.WEBHOOK: gate}, broker).begin(together)
    await turns()
    receipts = [decode(Receipt, value) for _, _, value in broker.sent]
    assert [each.warning for each in receipts] == ["a", "b", "c"]
    assert [each.earlier for each in receipts] == [[], [failed], []]


class Final:
    async def close(self) -> None:
        pass

    async def send(self, to: Subscription, changes: Sequence[CityWarning]) -> Outcome:
        return Outcome(delivered=False, status=410, is_final=True, is_gone=True, retry_after_s=7)


async def test_what_a_receiver_says_of_itself_is_in_the_receipt() -> None:
    broker = Broker()
    lane_of({Channel.WEBHOOK: Final()}, broker).begin(effect("w"))
    await turns()
    (receipt,) = [decode(Receipt, value) for _, _, value in broker.sent]
    assert (receipt.gave_up, receipt.is_gone, receipt.retry_after_s) == (True, True, 7)


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
    lane = lane_of({Channel.WEBHOOK: gate}, bench.broker)
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
