"""Worker processes: the real host on a small scheduler in the place of Faust, and their group."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from faust.types import TP

from config.namespace import Namespace
from config.settings import Settings
from models.messages.subscriptions import Channel
from streams.clock import Clock
from streams.health import Health
from streams.host.environment import Environment
from streams.host.gaps import RecordsSkipped
from streams.host.host import Host
from streams.host.processor import AgentSpec
from streams.ingest.servers import TopicShape
from streams.sinks.channel import ChannelSink
from tests.simulation.broker import FaustProducer, SimBroker, SimProducer
from tests.simulation.loop import SimLoop, SimProcess, empty_context

_BUFFERED: Final = 50  # records that wait at an agent
_REBALANCE_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class _Message:
    topic: str
    partition: int
    offset: int
    value: bytes
    timestamp: float
    key: bytes


@dataclass(frozen=True, slots=True)
class _Event:
    message: _Message


class _Stream:
    """What an agent reads from."""

    def __init__(self) -> None:
        self.waiting: deque[_Event] = deque()
        self._future: asyncio.Future[None] | None = None

    def events(self) -> _Stream:
        return self

    def __aiter__(self) -> _Stream:
        return self

    async def __anext__(self) -> _Event:
        while not self.waiting:
            self._future = asyncio.get_running_loop().create_future()
            await self._future
        return self.waiting.popleft()

    def put(self, event: _Event) -> None:
        self.waiting.append(event)
        if self._future is not None and not self._future.done():
            self._future.set_result(None)


class _Consumer:
    """What the host asks of Faust's consumer."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    async def extents(self, partitions: Any) -> dict[TP, tuple[int, int]]:
        await self._worker.broker.loop.pause(self._worker.broker.latency_s())
        return {tp: (0, self._worker.broker.end(tp)) for tp in partitions}

    def assignment(self) -> set[TP]:
        return set(self._worker.positions)

    async def ends(self, partitions: Any) -> dict[TP, int]:
        await self._worker.broker.loop.pause(self._worker.broker.latency_s())
        return {tp: self._worker.broker.end(tp) for tp in partitions}


class SimApp:
    """What the host uses of a Faust application."""

    namespace = Namespace()

    def __init__(self, worker: Worker, producer: FaustProducer) -> None:
        self.producer = producer
        self.consumer = _Consumer(worker)
        self.assignee: Any = None
        self.agents: list[tuple[Sequence[str], Callable[[Any], Awaitable[None]]]] = []
        self.tasks: list[Callable[[], Any]] = []

    def topic(self, *topics: str, **_: Any) -> Sequence[str]:
        return topics

    def agent(self, topics: Sequence[str], name: str) -> Callable[[Any], Any]:
        def keep(run: Callable[[Any], Awaitable[None]]) -> Any:
            self.agents.append((topics, run))
            return run

        return keep

    def task(self, run: Callable[[], Any]) -> Any:
        self.tasks.append(run)
        return run


class Worker:
    """One worker process.

    Attributes
    ----------
    positions : dict of TP to int
        Next record that is fetched of each assigned partition.
    """

    def __init__(
        self,
        process: SimProcess,
        broker: SimBroker,
        settings: Settings,
        specs: Sequence[AgentSpec],
        redis: Any,
        world: WorkerWorld,
        rng: Random,
    ) -> None:
        self.process = process
        self.broker = broker
        self.positions: dict[TP, int] = {}
        self._rng = rng
        self._generation = 0
        self._lock = asyncio.Lock()
        self._news: asyncio.Future[None] = process.loop.create_future()
        app = SimApp(
            self, FaustProducer(SimProducer(broker, process, rng, is_idempotent=False), process)
        )
        health = Health(world.clock.monotonic_s)
        environment = Environment(
            channels=world.channels,
            archiver=world.archiver,
            topic_shapes=self._shapes,
            surely_gone=self._surely_gone,
            end_process=process.end,
            survives=lambda _: True,  # no record of these worlds ends a process
            clock=world.clock,
            worker=process.name,
            district=world.district,
            pulse_ms=world.pulse_ms,
            quick_pulse_ms=world.pulse_ms,
            life_pulse_s=world.life_pulse_s,
        )
        self.host = Host(settings, specs, health, redis, environment)
        self.host.attach(app)  # type: ignore[arg-type]
        self._streams = [(topics, _Stream(), run) for topics, run in app.agents]
        self._of_topic: dict[str, list[_Stream]] = {}
        for topics, stream, run in self._streams:
            process.start(run(stream))  # type: ignore[arg-type]
            for topic in topics:
                self._of_topic.setdefault(topic, []).append(stream)
        for task in app.tasks:
            process.start(task())
        process.start(self._fetch())

    async def revoke(self) -> None:
        """Stop the flow, and let the state go."""
        async with self._lock:
            self._generation += 1
            self.positions = {}
            for _, stream, _ in self._streams:
                stream.waiting.clear()
            await self.host.release()

    async def assign(self, assigned: set[TP], generation: int) -> None:
        """Restore the state, and read on from where it stands."""
        async with self._lock:
            await self.host.assign(assigned, generation)
            held = self.host.positions()
            self.positions = {tp: at for tp, at in held.items() if tp in assigned}
            self._wake()

    async def stop(self) -> None:
        """Leave in order."""
        await self.revoke()
        await self.host.close()
        self.process.kill()

    async def _fetch(self) -> None:
        """Bring records to the agents, whose streams are never far behind each other."""
        while True:
            generation = self._generation
            logs = self.broker.logs
            ready = [tp for tp, at in self.positions.items() if at < len(logs[tp])]
            if not ready:
                self._news = self.process.loop.create_future()
                self.broker.on_news(self._wake, raw=False)
                await self._news
            await self.broker.loop.pause(self.broker.latency_s())
            if generation == self._generation:
                self._rng.shuffle(ready)
                for tp in ready:
                    self._deliver(tp)

    def _wake(self) -> None:
        if not self._news.done():
            self._news.set_result(None)

    def _deliver(self, tp: TP) -> None:
        streams = self._of_topic.get(tp.topic, [])
        if any(len(stream.waiting) > _BUFFERED for stream in streams):
            return
        log, first = self.broker.logs[tp], self.positions[tp]
        end = min(len(log), first + self._rng.randint(1, _BUFFERED))
        self.positions[tp] = end
        for offset in range(first, end):
            record = log[offset]
            message = _Message(*tp, offset, record.value, record.at_ms / 1000, record.key)
            event = _Event(message)
            for stream in streams:
                stream.put(event)

    async def _shapes(self, topics: Sequence[str]) -> Mapping[str, TopicShape]:
        await self.broker.loop.pause(self.broker.latency_s())
        return self.broker.shapes()

    async def _surely_gone(self, topic: str, partition: int, first: int, end: int) -> int:
        msg = f"{topic}[{partition}]: records {first} to {end - 1} were not delivered"
        raise RecordsSkipped(msg)


@dataclass(frozen=True, kw_only=True)
class WorkerWorld:
    """What a worker touches besides Kafka and Redis."""

    clock: Clock
    channels: Mapping[Channel, ChannelSink]
    archiver: Any
    district: str
    pulse_ms: int
    life_pulse_s: float


class WorkerGroup:
    """The consumer group of the workers: who holds which partitions.

    Partition n of all topics of a level goes to one worker, as the host requires.

    Attributes
    ----------
    deaf : set of SimProcess
        They run, and hear nothing of the group: it goes on without them.
    """

    def __init__(
        self, loop: SimLoop, street: Mapping[str, int], district: Mapping[str, int], rng: Random
    ) -> None:
        self.members: list[Worker] = []
        self.deaf: set[SimProcess] = set()
        self._levels = (street, district)
        self._rng = rng
        self._generation = 0
        self._at_once = False
        self._due = asyncio.Event()
        loop.create_task(self._run(), context=empty_context())

    def trigger(self, *, at_once: bool = False) -> None:
        """Have the partitions dealt out anew."""
        self._at_once |= at_once
        self._due.set()

    async def _run(self) -> None:
        while True:
            await self._due.wait()
            if not self._at_once:
                await asyncio.sleep(self._rng.uniform(0.1, 6.0))
            self._at_once = False
            self._due.clear()
            await self._rebalance()

    async def _rebalance(self) -> None:
        self.members = [m for m in self.members if m.process.is_alive]
        present = [m for m in self.members if not (m.process.is_paused or m.process in self.deaf)]
        leaving = {member.process.start(member.revoke()): member for member in present}
        if not leaving:
            return
        done, late = await asyncio.wait(leaving, timeout=_REBALANCE_S)
        self._generation += 1
        if any(leaving[task].process.is_alive for task in late):
            self._due.set()  # they come back later
        ready = [m for task, m in leaving.items() if task in done and m.process.is_alive]
        for member, assigned in zip(ready, self._dealt(len(ready)), strict=True):
            member.process.start(member.assign(assigned, self._generation))

    def _dealt(self, count: int) -> list[set[TP]]:
        """Deal the partitions of each level out among so many members."""
        hands: list[set[TP]] = [set() for _ in range(count)]
        for level in self._levels if count else ():
            first = self._rng.randrange(count)
            for topic, partitions in level.items():
                for number in range(partitions):
                    hands[(first + number) % count].add(TP(topic, number))
        return hands
