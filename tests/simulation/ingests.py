"""Ingest processes: the real loop on a simulated consumer, and their group."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any, Final

from confluent_kafka import TopicPartition
from faust.types import TP

from config.catalog import Catalog
from config.settings import Settings
from streams.clock import Clock
from streams.health import Health
from streams.ingest.assignment import Assignment
from streams.ingest.run import Ingest
from streams.retry import Retry
from tests.simulation.broker import ConfluentProducer, SimBroker, SimMessage, SimProducer
from tests.simulation.loop import SimLoop, SimProcess, empty_context
from tests.simulation.redis_clients import SyncClient

_SESSION_S: Final = 10.0
_POLL_S: Final = 300.0  # max.poll.interval: a member that does not ask for so long is out
Callback = Callable[[Any, list[TopicPartition]], None]


@dataclass
class _Command:
    """What the group wants of a member when it asks for records next."""

    kind: str  # `revoke`, `lost` or `assign`
    partitions: set[TP] = field(default_factory=set)


class SimConsumer:
    """What ingest uses of `confluent_kafka.Consumer`."""

    def __init__(
        self, process: SimProcess, broker: SimBroker, group: IngestGroup, rng: Random
    ) -> None:
        self.process = process
        self.commands: list[_Command] = []
        self.assigned: set[TP] = set()
        self._broker = broker
        self._group = group
        self._rng = rng
        self._positions: dict[TP, int] = {}
        self._ends: dict[TP, int] = {}
        self._callbacks: dict[str, Callback] = {}
        self._wake: Callable[[], None] = lambda: None

    def subscribe(
        self, topics: Sequence[str], on_assign: Callback, on_revoke: Callback, on_lost: Callback
    ) -> None:
        self._callbacks = {"assign": on_assign, "revoke": on_revoke, "lost": on_lost}
        self._group.join(self)

    def consume(self, count: int, timeout_s: float) -> list[SimMessage]:
        self.process.block(self._broker.latency_s())
        self._obey()
        found = self._fetched(count)
        if not found and not self.commands:
            self.process.block(self._rng.uniform(1, self._group.idle_s), self._wakers)
            if self._is_behind():
                is_deaf = self._rng.random() < 0.1  # as one that is at work for too long
                wakers = None if is_deaf else self._keep_waker
                self.process.block(self._rng.uniform(0, self._group.linger_s), wakers)
            self._obey()
            found = self._fetched(count)
        return found

    def assign(self, partitions: list[TopicPartition]) -> None:
        self._positions = {TP(p.topic, p.partition): p.offset for p in partitions}
        self._ends = {}
        for tp, at in self._positions.items():  # records fetched before may still come first
            if self._broker.end(tp) > at + 1 and self._rng.random() < 0.1:
                self._positions[tp] = self._rng.randrange(at + 1, self._broker.end(tp))

    def seek(self, where: TopicPartition) -> None:
        self.process.check()
        self._positions[TP(where.topic, where.partition)] = where.offset
        self._ends.pop(TP(where.topic, where.partition), None)  # its end is told again

    def get_watermark_offsets(self, where: TopicPartition, cached: bool) -> tuple[int, int]:
        return 0, self._broker.end(TP(where.topic, where.partition))

    def commit(self, offsets: list[TopicPartition], asynchronous: bool) -> None:
        self.process.check()

    def close(self) -> None:
        self.process.check()
        if self.assigned:
            self._callbacks["revoke"](self, _listed(self.assigned))
        self._group.leave(self)

    def wake(self) -> None:
        """End a wait for records."""
        self._wake()

    def _keep_waker(self, wake: Callable[[], None]) -> None:
        self._wake = wake

    def _wakers(self, wake: Callable[[], None]) -> None:
        self._keep_waker(wake)
        self._broker.on_news(wake, raw=True)

    def _is_behind(self) -> bool:
        return any(self._broker.end(tp) > at for tp, at in self._positions.items())

    def _obey(self) -> None:
        """Do what the group wants."""
        while self.commands:
            command = self.commands[0]
            if command.kind == "assign":
                self.assigned = command.partitions
                self._callbacks["assign"](self, _listed(self.assigned))
            else:
                gone, self._positions = self.assigned, {}
                self._callbacks[command.kind](self, _listed(gone))
                self.assigned = set()
            self.commands.remove(command)

    def _fetched(self, count: int) -> list[SimMessage]:
        """Take records from each partition, and tell of ends that were reached."""
        found: list[SimMessage] = []
        for tp, at in list(self._positions.items()):
            log = self._broker.logs[tp]
            end = min(len(log), at + self._rng.randint(1, 40), at + count)
            found += [SimMessage(tp, offset, log[offset]) for offset in range(at, end)]
            self._positions[tp] = max(at, end)
            if end >= len(log) and self._ends.get(tp) != len(log):
                self._ends[tp] = len(log)
                found.append(SimMessage(tp, len(log)))
        return found


def _listed(partitions: set[TP]) -> list[TopicPartition]:
    return [TopicPartition(tp.topic, tp.partition) for tp in sorted(partitions)]


class IngestGroup:
    """The consumer group of the ingest processes.

    Parameters
    ----------
    idle_s : float
        A member waits at most so long for records.
    linger_s : float
        … and for more of them once there is one.
    """

    def __init__(
        self, loop: SimLoop, raw: set[TP], idle_s: float, linger_s: float, rng: Random
    ) -> None:
        self.idle_s = idle_s
        self.linger_s = linger_s
        self._members: list[SimConsumer] = []
        self._raw = sorted(raw)
        self._rng = rng
        self._due = asyncio.Event()
        loop.create_task(self._run(), context=empty_context())

    def join(self, member: SimConsumer) -> None:
        self._members.append(member)
        self.trigger()

    def leave(self, member: SimConsumer) -> None:
        if member in self._members:
            self._members.remove(member)
        self.trigger()

    def trigger(self) -> None:
        """Have the partitions dealt out anew."""
        self._due.set()

    async def _run(self) -> None:
        while True:
            await self._due.wait()
            await asyncio.sleep(self._rng.uniform(0.1, _SESSION_S))
            self._due.clear()
            await self._rebalance()

    async def _rebalance(self) -> None:
        """Take all partitions back from those that answer, and deal them out among these."""
        for member in self._members:
            if member.assigned and not member.commands:
                member.commands.append(_Command("revoke"))
                member.wake()
        waited_s = 0.0
        while waited_s < _POLL_S and any(map(self._is_awaited, self._members)):
            if waited_s > _SESSION_S and not any(
                self._is_awaited(m) and not m.process.is_paused for m in self._members
            ):
                break
            await asyncio.sleep(0.5)
            waited_s += 0.5
        self._members = [m for m in self._members if m.process.is_alive]
        ready = [m for m in self._members if not m.commands and not m.process.is_paused]
        for late in [m for m in self._members if m not in ready]:
            self._exclude(late)
        for number, member in enumerate(ready):
            member.commands.append(_Command("assign", set(self._raw[number :: len(ready)])))
            member.wake()

    def _is_awaited(self, member: SimConsumer) -> bool:
        return member.process.is_alive and bool(member.commands)

    def _exclude(self, member: SimConsumer) -> None:
        """Go on without a member; it hears of it when it comes back, and joins anew."""
        if not member.commands or member.commands[0].kind != "lost":
            member.commands[:] = [_Command("lost")]
        self._members.remove(member)

        def rejoin() -> None:
            if member.process.is_alive and member not in self._members:
                if member.process.is_paused:
                    member.process.on_resume.append(rejoin)
                elif member.commands:
                    member.process.loop.call_later(5.0, rejoin, context=empty_context())
                else:
                    self.join(member)

        member.process.loop.call_later(5.0, rejoin, context=empty_context())


def start_ingest(
    process: SimProcess,
    broker: SimBroker,
    redis: SyncClient,
    group: IngestGroup,
    catalog: Catalog,
    settings: Settings,
    clock: Clock,
    rng: Random,
) -> None:
    """Run the real ingest in a simulated process."""
    health = Health(clock.monotonic_s)
    producer = ConfluentProducer(SimProducer(broker, process, rng, is_idempotent=True), process)
    consumer = SimConsumer(process, broker, group, rng)

    of_redis = Retry("Redis", settings.wait_s, health, clock=clock.monotonic_s)
    retry = partial(of_redis.call, sleep=process.block)

    def run() -> None:
        assignment = Assignment(catalog, broker.shapes(), redis, retry, health, clock)  # type: ignore[arg-type]
        ingest = Ingest(
            catalog,
            settings,
            assignment,
            broker.shapes(),
            health,
            clock,
            make_consumer=lambda _: consumer,
            make_producer=lambda _: producer,
        )
        ingest.run(lambda: False)

    process.start_blocking(run)
