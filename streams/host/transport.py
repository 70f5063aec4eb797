"""Faust reads on from our checkpoints, not from the offsets it committed.

Faust's commits follow its acknowledgements, which may run ahead of the state (and have their own
faults in a rebalance). They stay, as what outside tools show as the group's progress; but on each
assignment the host says where every partition is read from.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

import faust
from aiokafka.structs import OffsetAndMetadata
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from config.namespace import NO_PREFIX, Namespace
from streams import logs
from streams.host.partition import Partition

log = logs.get(__name__)


class Assignee(Protocol):
    """Who holds the state of the assigned partitions: `streams.host.host.Host`."""

    is_closed: bool  # all state is safe, and no more will be taken

    def held(self) -> Sequence[Partition]:
        """Give the partitions held."""
        ...

    async def assign(self, assigned: Iterable[TP], generation: int) -> None:
        """Claim and restore, before any record is read."""
        ...

    async def release(self) -> None:
        """Make all state safe and drop it, before the partitions go to others."""
        ...

    async def close(self) -> None:
        """Release, and drop everything else."""
        ...

    def positions(self) -> Mapping[TP, int]:
        """Give the next offset to read of each topic partition held."""
        ...


class CheckpointConsumer(driver.Consumer):
    """Consumer whose positions are those of the checkpoints."""

    app: CheckpointApp
    logger = driver.logger

    @property
    def _names(self) -> Namespace:
        return self.app.namespace

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Stop the flow as Faust does, then let the state go."""
        await super().on_partitions_revoked(revoked)
        await self.app.assignee.release()

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Restore the state first: what follows asks it where to read from."""
        if not self.app.should_stop:
            inner = {TP(self._names.inner(tp.topic), tp.partition) for tp in assigned}
            await self.app.assignee.assign(inner, generation_id)
        await super().on_partitions_assigned(assigned, generation_id)

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Go to where the checkpoints stand; Faust calls this whenever it begins to read."""
        committed = dict(await super().seek_to_committed())
        assigned = self.assignment()
        held = {self._outer(tp): at for tp, at in self.app.assignee.positions().items()}
        wanted = {tp: at for tp, at in held.items() if tp in assigned}
        if wanted:
            await self.seek_wait(wanted)
        return {**committed, **wanted}

    async def extents(self, partitions: Iterable[TP]) -> dict[TP, tuple[int, int]]:
        """Ask the broker for the first offset of topic partitions, and the one after the last."""
        asked = tuple(partitions)
        found = await self.earliest_offsets(*map(self._outer, asked))
        firsts = {tp: found[self._outer(tp)] for tp in asked}
        ends = await self.ends(asked)
        return {tp: (firsts[tp], ends[tp]) for tp in asked}

    async def ends(self, partitions: Iterable[TP]) -> dict[TP, int]:
        """Ask the broker for the ends of topic partitions; what was fetched last may be old."""
        asked = {self._outer(tp): tp for tp in partitions}
        return {asked[tp]: end for tp, end in (await self.highwaters(*asked)).items()}

    def _outer(self, tp: TP) -> TP:
        """Give a partition as Kafka knows it."""
        return TP(self._names.outer(tp.topic), tp.partition)

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        """Commit for outside tools only, so a failure does not end the application."""
        thread: Any = self._thread
        wanted = {
            driver.ensure_aiokafka_TP(tp): OffsetAndMetadata(offset, "")
            for tp, offset in offsets.items()
            if tp in self.assignment()
        }
        try:
            await thread.call_thread(thread._ensure_consumer().commit, wanted)
        except Exception as error:
            log.info("offsets not committed", error=str(error))
            return False
        return True


class _Transport(driver.Transport):
    Consumer = CheckpointConsumer


class CheckpointApp(faust.App):
    """Faust application whose state lives in checkpoints, with neither tables nor files.

    Attributes
    ----------
    assignee : Assignee
        Told of every assignment, in names without a prefix; set it before the start.
    namespace : Namespace
        Names of the topics as Kafka knows them.
    """

    assignee: Assignee
    namespace = NO_PREFIX
    logger = driver.logger

    async def _stop_consumer(self) -> None:
        """At the end, let the state go once no record is read any more."""
        await super()._stop_consumer()
        await self.assignee.close()

    def _new_transport(self) -> Any:
        return _Transport(self.conf.broker_consumer, self)

    def _create_directories(self) -> None:
        """Faust would make folders for tables."""


Produce = Callable[[str, bytes, bytes], Awaitable[Any]]


def producer_of(app: CheckpointApp) -> Produce:
    """Give the function that sends a record and returns the future of its acknowledgement."""

    async def produce(topic: str, key: bytes, value: bytes) -> Any:
        outer = app.namespace.outer(topic)
        return await app.producer.send(outer, key, value, None, None, None)

    return produce
