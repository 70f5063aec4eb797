"""One partition of one agent: its processor, how far it has read, and its checkpoint.

The order of things, and why nothing is lost or counted twice:

1. A record below the restored offset is a replay and is skipped.
2. A record is applied, its effects leave at once.
3. A checkpoint waits until the broker has acknowledged every effect so far, then writes the changed
   state and the offsets it stands for in one step. After a crash everything since is done again,
   from the same state, with the same effects.
4. An agent for which the order of its topics matters saves first: its effects leave after a
   checkpoint that holds them too. After a crash they leave again, before anything else.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from config import names
from streams import logs
from streams.clock import SYSTEM_CLOCK
from streams.health import Health
from streams.host.archive_hold import ArchiveHold
from streams.host.brake import Brake
from streams.host.caution import Survives
from streams.host.checkpoint import AsyncCheckpoints
from streams.host.effects import Outlet
from streams.host.fields import STATE
from streams.host.guarded import GuardedProcessor
from streams.host.offsets import Extent
from streams.host.outgoing import OutgoingEffects
from streams.host.processor import AgentSpec, Effect, Record
from streams.host.read_positions import ReadPositions
from streams.host.trial import survives as survives_in_a_copy
from streams.retry import Retry

# Ownership is certain for so long after it was last seen: less than the session time-out.
_SURE_S: Final = 4.0
log = logs.get(__name__)
Gap = Callable[[str, int, int, int], Awaitable[int]]


class Partition:
    """State of one partition of one agent in this process.

    Parameters
    ----------
    spec : AgentSpec
        The agent.
    number : int
        The partition.
    owner : str
        Token of this claim; no other claim uses it.
    gap : callable
        (topic, partition, first, end) → how many of the records in [first, end) are no more;
        raises where they are still there.
    brake, clock, wall_ms, survives
        As of `GuardedProcessor`.
    """

    def __init__(
        self,
        spec: AgentSpec,
        number: int,
        *,
        owner: str,
        store: AsyncCheckpoints,
        outlet: Outlet,
        retry: Retry,
        health: Health,
        gap: Gap,
        brake: Brake | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall_ms: Callable[[], int] = SYSTEM_CLOCK.wall_ms,
        survives: Survives = survives_in_a_copy,
    ) -> None:
        self.spec = spec
        self.number = number
        self.is_closed = False
        self._owner = owner
        self._key = names.checkpoint_key(spec.name, number)
        self._store = store
        self._outgoing = OutgoingEffects(outlet)
        self._retry = retry
        self._gap = gap
        self._clock = clock
        self._lock = asyncio.Lock()
        self._hold = ArchiveHold(spec.name, number, health, outlet.archive, clock)
        self._processor = GuardedProcessor(
            spec,
            number,
            load=self._load,
            mark=self._mark,
            health=health,
            brake=brake or Brake(),
            clock=clock,
            wall_ms=wall_ms,
            survives=survives,
        )
        self._wall_ms = wall_ms
        self.read = ReadPositions()
        self._saved_s = self._sure_s = self._applied_s = clock()
        self._metrics = health.metrics
        labels = (spec.name, str(number))
        self._applied = self._metrics.applied.labels(*labels)
        self._skipped = self._metrics.skipped.labels(*labels)
        self._gone = self._metrics.gone.labels(*labels)
        self._written = self._metrics.checkpoint_bytes.labels(*labels)
        self._took = self._metrics.checkpoint_duration.labels(spec.name)

    @property
    def positions(self) -> Mapping[str, int]:
        """Next offset to read of each topic."""
        return self.read.next

    @property
    def judged(self) -> Mapping[str, int]:
        """How far its processor has judged each feed, event time; empty where it judges none."""
        return self._processor.judged

    @property
    def checkpoint_age_s(self) -> float:
        """Seconds since the state was last known to be safe."""
        return self._clock() - self._saved_s

    @property
    def batch_age_s(self) -> float:
        """Seconds since a record was applied, or since the partition was taken over."""
        return self._clock() - self._applied_s

    @property
    def is_journal_full(self) -> bool:
        """Whether so much was applied that the next checkpoint should not wait."""
        return self._processor.is_journal_full

    async def open(self, extents: Mapping[str, Extent]) -> None:
        """Claim the checkpoint, restore the state, and find where to read on.

        Parameters
        ----------
        extents : mapping of str to Extent
            What each of the agent's topics holds in this partition.

        Raises
        ------
        ServerUnavailable
            Redis did not answer.
        CheckpointRefused
            The checkpoint is of another version.
        """
        claim = await self._retry.call_async(lambda: self._store.claim(self._key, self._owner))
        self._processor.restore(claim)
        read = {topic: extents[topic] for topic in self.spec.topics}
        for topic, start in self.read.restore(claim.fields, read).items():
            if start.gone:
                self._gone.inc(start.gone)
                self._log("retention deleted records before they were read", topic, start.gone)
            if start.is_new_topic:
                self._log("the topic was made anew, reading it from its beginning", topic)
        self._outgoing.restore(claim.fields)
        self._saved_s = self._sure_s = self._clock()
        self._metrics.restored.labels(self.spec.name).inc()

    async def take(self, record: Record) -> None:
        """Apply a record and carry out its effects, unless it is a replay.

        Raises
        ------
        ServerUnavailable
            Redis or the broker did not take an effect.
        """
        async with self._lock, self._hold:
            if self._hold.is_on or self._processor.halted or not await self._is_ours():
                return
            await self._outgoing.send_left()
            expected = self.read.next[record.topic]
            if record.offset < expected:
                self._skipped.inc()
                return
            if record.offset > expected:
                gone = await self._gap(record.topic, record.partition, expected, record.offset)
                self._gone.inc(gone)
            await self._apply(record)

    async def tick(self, now_ms: int) -> None:
        """Give the processor the time of day and carry out what is due.

        A processor that fails at it is put back as after its last record, and rests for a while.

        Raises ServerUnavailable where Redis or the broker did not take an effect, and MustReadAgain
        where the archive can be written again.
        """
        async with self._lock, self._hold:
            await self._hold.try_again()
            is_resting = self._hold.is_on or self._processor.is_resting
            if not is_resting and await self._is_ours():
                await self._outgoing.send_left()
                await self._carry_out(await self._processor.tick(now_ms))

    async def checkpoint(self) -> None:
        """Make safe what was applied so far; closes the partition where another owner has it.

        Raises
        ------
        ServerUnavailable
            Redis did not answer.
        CheckpointLost
            The checkpoint is gone, or older than it was left.
        """
        async with self._lock, self._hold:
            if self.is_closed or self._hold.is_on or self._processor.is_resting:
                return
            await self._outgoing.send_left()
            await self._save_all(())

    async def finish(self) -> None:
        """Make a last checkpoint, and say that this owner ends in order."""
        await self.checkpoint()
        if not self.is_closed:
            await self._retry.call_async(lambda: self._store.end(self._key, self._owner))

    def close(self) -> None:
        """Stop taking records; the state is dropped with the object."""
        self.is_closed = True
        self._processor.close()

    async def _is_ours(self) -> bool:
        """Tell whether the partition may act; after a sleep (a paused process) it asks Redis."""
        if not self.is_closed and self._clock() - self._sure_s > _SURE_S:
            if await self._retry.call_async(lambda: self._store.owns(self._key, self._owner)):
                self._sure_s = self._clock()
            else:
                self._yield()
        return not self.is_closed

    def _yield(self) -> None:
        """Give way to the newer owner."""
        self.is_closed = True
        self._metrics.fenced.labels(self.spec.name).inc()
        log.warning("partition has a newer owner", agent=self.spec.name, number=self.number)

    async def _apply(self, record: Record) -> None:
        effects = await self._processor.apply(record)
        self.read.advance(record, self._wall_ms())
        self._applied.inc()
        self._applied_s = self._clock()
        await self._carry_out(effects)

    async def _save_all(self, unsent: Sequence[Effect]) -> None:
        """Save what changed when all that left has arrived, with what is to leave after it."""
        await self._outgoing.settle()
        fields, effects = await self._processor.changes()
        await self._outgoing.send(effects)
        if fields is None:
            return
        state = {STATE + name: value for name, value in fields.items()}
        changes = state | self.read.changes() | self._outgoing.changes(unsent)
        if changes and not await self._save(changes):
            self._yield()
            return
        self._processor.note_saved()
        self._saved_s = self._clock()

    async def _carry_out(self, effects: Sequence[Effect]) -> None:
        """Let effects leave; of an agent that saves first, unless a newer owner has it."""
        if effects and self.spec.saves_first:
            await self._save_all(effects)
            if self.is_closed:
                return
        await self._outgoing.send(effects)

    async def _mark(self, mark: bytes) -> None:
        await self._retry.call_async(lambda: self._store.mark(self._key, self._owner, mark))

    async def _load(self) -> Mapping[bytes, bytes]:
        return await self._retry.call_async(lambda: self._store.load(self._key))

    async def _save(self, changes: Mapping[bytes, bytes | None]) -> bool:
        began_s = self._clock()
        saved = await self._retry.call_async(
            lambda: self._store.save(self._key, self._owner, changes)
        )
        self.read.note_saved()
        self._sure_s = began_s
        self._written.inc(sum(len(value) for value in changes.values() if value is not None))
        self._took.observe(self._clock() - began_s)
        return saved

    def _log(self, event: str, topic: str, records: int | None = None) -> None:
        log.error(event, agent=self.spec.name, number=self.number, topic=topic, records=records)
