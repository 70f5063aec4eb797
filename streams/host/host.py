"""Runs the processors of all agents in a Faust application: claims, restores, feeds, checkpoints.

Faust loses records when an agent's loop ends with an exception, so nothing leaves ours: a bad
record becomes a dead letter, a server that is away is waited for, and where neither helps the
process ends with one clear line and status 70. Its successor goes on from the checkpoints.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Mapping,
    Sequence,
)
from typing import Any, Final

from faust.types import TP, EventT, StreamT
from redis.asyncio import Redis

from config.settings import Settings
from streams import logs
from streams.health import Health
from streams.host.archive_hold import MustReadAgain
from streams.host.brake import Brake
from streams.host.checkpoint import AsyncCheckpoints
from streams.host.deliveries import Deliveries
from streams.host.effects import Outlet
from streams.host.environment import PULSE_MS, Environment, real_environment
from streams.host.offsets import Extent
from streams.host.partition import Partition
from streams.host.processor import AgentSpec, Record, WriteBooks, WriteSnapshot
from streams.host.transport import CheckpointApp, producer_of
from streams.host.vitals import Vitals
from streams.retry import Retry
from streams.sinks.redis import RedisSink

_RELEASE_S: Final = 4.0  # within the rebalance time-out: the group must not go on without us
_FENCED_S: Final = 30.0  # a partition lost to a newer owner is followed by a rebalance within this

log = logs.get(__name__)


class Host:
    """All partitions that this process holds.

    Parameters
    ----------
    settings : Settings
    specs : sequence of AgentSpec
    health : Health
    redis : redis.asyncio.Redis
    environment : Environment, optional
        Default: the servers that the settings name.
    """

    def __init__(
        self,
        settings: Settings,
        specs: Sequence[AgentSpec],
        health: Health,
        redis: Redis,
        environment: Environment | None = None,
    ) -> None:
        self._environment = environment or real_environment(settings, health)
        self._clock = self._environment.clock
        self._end_process = self._environment.end_process
        self._settings = settings
        self._specs = specs
        self._health = health
        self._store = AsyncCheckpoints(redis)
        self._sink = RedisSink(redis)
        self._retry = Retry("Redis", settings.wait_s, health, clock=self._clock.monotonic_s)
        self._held: dict[tuple[str, int], Partition] = {}
        self._pulses: set[asyncio.Task[None]] = set()
        self._generation = 0
        self.is_closed = False
        self._worker = self._environment.worker
        self._channels = self._environment.channels
        self._app: CheckpointApp
        self._outlet: Outlet
        self._deliveries: Deliveries
        health.condition("partitions", "none assigned yet")

    def attach(self, app: CheckpointApp) -> None:
        """Become the assignee of an application, with one agent for each spec."""
        self._app = app
        produce = producer_of(app)
        self._deliveries = Deliveries(self._channels, produce, self._health.metrics, self._clock)
        deliver, archiver = self._deliveries.begin, self._environment.archiver
        self._outlet = Outlet(produce, self._write, deliver, archiver)
        app.assignee = self
        for spec in self._specs:
            topics = map(app.namespace.outer, spec.topics)
            topic = app.topic(*topics, key_serializer="raw", value_serializer="raw")
            app.agent(topic, name=spec.name)(self._agent(spec))
        lives = self._specs, self._settings, self._health, self._sink, self._environment
        app.task(Vitals(app, self, *lives).run)

    # --- what the consumer calls ---------------------------------------------------------------

    async def assign(self, assigned: Iterable[TP], generation: int) -> None:
        """Claim and restore every partition of every agent whose topics were assigned."""
        self._generation = generation
        await self.release()
        try:
            if wanted := set(assigned):
                await self._restore(wanted)
        except Exception as error:
            self._end_process(f"the assigned partitions could not be restored: {error!r}")
        self._health.condition("partitions", None if self._held else "none assigned")
        log.info("partitions restored", held=len(self._held), generation=generation)

    async def release(self) -> None:
        """Write last checkpoints where that is quickly possible, and drop all state."""
        held, self._held = self._held, {}
        saves = [asyncio.ensure_future(partition.finish()) for partition in held.values()]
        if saves:
            _, late = await asyncio.wait(saves, timeout=_RELEASE_S)
            for save in late:
                save.cancel()
            failed = [s.exception() for s in saves if s.done() and not s.cancelled()]
            if late or any(failed):
                log.warning("last checkpoints missing", late=len(late), errors=failed)
        for partition in held.values():
            partition.close()
        self._health.condition("partitions", "rebalancing")

    async def close(self) -> None:
        """Release, and take back the sign of life."""
        await self.release()
        self.is_closed = True
        try:
            await self._sink.farewell(self._worker)
            await self._deliveries.close()
            for channel in self._channels.values():
                await channel.close()
        except Exception as error:
            log.info("left without a farewell", error=str(error))

    def held(self) -> Sequence[Partition]:
        """Give the partitions held."""
        return list(self._held.values())

    def positions(self) -> Mapping[TP, int]:
        """Next offset of each topic partition: the lowest of the agents that read it."""
        lowest: dict[TP, int] = {}
        for (_, number), partition in self._held.items():
            for topic, offset in partition.positions.items():
                tp = TP(topic, number)
                lowest[tp] = min(offset, lowest.get(tp, offset))
        return lowest

    # --- what runs -----------------------------------------------------------------------------

    def _agent(self, spec: AgentSpec) -> Callable[[StreamT[bytes]], Awaitable[None]]:
        async def run(stream: StreamT[bytes]) -> None:
            async for event in _events(stream):
                await self._take(spec, event)

        return run

    async def _take(self, spec: AgentSpec, event: EventT[bytes]) -> None:
        message = event.message
        partition = self._held.get((spec.name, message.partition))
        if partition is None:
            return  # of an assignment that has ended: its new owner reads it
        value = message.value or b""
        published_ms = round(1000 * (message.timestamp or 0))
        topic = self._app.namespace.inner(message.topic)
        place = topic, message.partition, message.offset
        record = Record(*place, value, published_ms, message.key or b"")
        try:
            await partition.take(record)
            if partition.is_journal_full:
                await self._checkpoint(partition)
        except Exception as error:
            self._end_process(f"agent {spec.name}, partition {record.partition}: {error!r}")

    async def _pulse(self, partition: Partition) -> None:
        """Tick and checkpoint one partition for as long as it is held."""
        labels = (partition.spec.name, str(partition.number))
        checkpoint_age = self._health.metrics.checkpoint_age.labels(*labels)
        batch_age = self._health.metrics.batch_age.labels(*labels)
        environment = self._environment
        quick = partition.spec.is_quick
        pulse_ms = environment.quick_pulse_ms if quick else environment.pulse_ms
        while not partition.is_closed:
            await asyncio.sleep(_to_next_pulse_s(self._clock.wall_ms(), pulse_ms))
            try:
                await partition.tick(self._clock.wall_ms())
            except MustReadAgain as again:
                self._end_process(str(again))
            except Exception as error:
                self._end_process(f"tick of {partition.spec.name} {partition.number}: {error!r}")
            if partition.checkpoint_age_s >= self._settings.checkpoint_s:
                await self._checkpoint(partition)
            checkpoint_age.set(partition.checkpoint_age_s)
            batch_age.set(partition.batch_age_s)
        if self._held.get(_key(partition)) is partition:  # closed by itself: it has a newer owner
            del self._held[_key(partition)]
            self._keep(self._expect_rebalance(self._generation))

    async def _checkpoint(self, partition: Partition) -> None:
        try:
            await partition.checkpoint()
        except Exception as error:
            self._end_process(f"checkpoint of {partition.spec.name} {partition.number}: {error!r}")

    async def _expect_rebalance(self, generation: int) -> None:
        """End the process if no rebalance follows the loss of a partition."""
        await asyncio.sleep(_FENCED_S)
        if generation == self._generation:
            self._end_process("a newer owner has one of our partitions, and no rebalance followed")

    # --- parts ---------------------------------------------------------------------------------

    async def _restore(self, assigned: set[TP]) -> None:
        extents = await self._extents(assigned)
        for spec in self._specs:
            for number in sorted({tp.partition for tp in assigned if tp.topic in spec.topics}):
                parted = {TP(topic, number) for topic in spec.topics} - assigned
                if parted:
                    self._end_process(f"agent {spec.name} got partition {number} without {parted}")
                if not self.is_closed:
                    await self._open(spec, number, extents)

    async def _open(self, spec: AgentSpec, number: int, extents: Mapping[TP, Extent]) -> None:
        partition = Partition(
            spec,
            number,
            owner=f"{self._worker}.{uuid.uuid4().hex}",
            store=self._store,
            outlet=self._outlet,
            retry=self._retry,
            health=self._health,
            gap=self._gap,
            brake=Brake(self._settings.brake_records, 25 * self._settings.brake_records),
            clock=self._clock.monotonic_s,
            wall_ms=self._clock.wall_ms,
            survives=self._environment.survives,
        )
        await partition.open({topic: extents[TP(topic, number)] for topic in spec.topics})
        self._held[_key(partition)] = partition
        self._keep(self._pulse(partition))

    async def _extents(self, assigned: set[TP]) -> dict[TP, Extent]:
        """Ask what the topics hold, and which they are: one may have been made anew."""
        consumer: Any = self._app.consumer
        shapes = await self._environment.topic_shapes(sorted({tp.topic for tp in assigned}))
        found = await consumer.extents(assigned)
        return {
            tp: Extent(first, end, shapes[tp.topic].identity) for tp, (first, end) in found.items()
        }

    async def _gap(self, topic: str, partition: int, first: int, end: int) -> int:
        gone = await self._environment.surely_gone(topic, partition, first, end)
        log.warning("offsets without records", topic=topic, first=first, end=end, deleted=gone)
        return gone

    async def _write(self, effect: WriteSnapshot | WriteBooks) -> None:
        await self._retry.call_async(lambda: self._sink.write(effect))

    def _keep(self, work: Awaitable[None]) -> None:
        """Run in the background; the set keeps the task from being collected."""
        task = asyncio.ensure_future(work)
        self._pulses.add(task)
        task.add_done_callback(self._pulses.discard)


def _to_next_pulse_s(now_ms: int, pulse_ms: int = PULSE_MS) -> float:
    """Tell how long it is to the next multiple of a pulse: what is due at a round time is in time.

    Examples
    --------
    >>> _to_next_pulse_s(1_500_000_000_030), _to_next_pulse_s(1_500_000_000_100)
    (0.07, 0.1)
    """
    return (pulse_ms - now_ms % pulse_ms) / 1000


def _key(partition: Partition) -> tuple[str, int]:
    return partition.spec.name, partition.number


def _events(stream: StreamT[bytes]) -> AsyncIterator[EventT[bytes]]:
    events: AsyncIterator[EventT[bytes]] = stream.events()
    return events
