"""The live code path without Kafka: raw messages in, warnings and a snapshot out, at full speed.

The same ingest core, agents and partitioning as live, in one thread. The wall clock is event time,
so that the same messages give the same result to the byte, however fast the machine is.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import Final, Protocol, runtime_checkable

import msgspec

from config import names
from config.catalog import Catalog, Rule
from config.errors import InputError
from config.settings import Settings
from models.feeds.intake import Intake
from models.feeds.place import gazetteer
from models.feeds.raw import RawMessage
from models.feeds.raw_batch import RawBatch
from models.feeds.replay_run import RecordHead
from models.feeds.seen import MemorySeen
from models.messages.dead_letters import Rejected
from models.messages.envelope import decode, encode
from models.messages.topics import TOPICS
from models.messages.warnings import CityWarning, Reason
from models.monitors.aligner import WAIT_MS
from models.monitors.reach import Reach
from models.situation.snapshot import Snapshot
from ops.backtest.refused import RefusedMessages
from streams.agents import discover
from streams.agents.archive import WAIT_MS as ROWS_WAIT_MS
from streams.host.processor import (
    AgentSpec,
    Archive,
    Effect,
    Processor,
    Record,
    Send,
    WriteSnapshot,
)
from streams.host.refused import apply_record
from streams.partitions import partition_of, street_partitions
from streams.sinks.archive_files import write_part

STEP_MS: Final = 6 * 3_600_000  # event time that is taken in between two watermarks
STEP_RECORDS: Final = 5000
TICK_MS: Final = 7 * 86_400_000  # event time between two ticks of the agents
SETTLED_MS: Final = 86_400_000  # longer than any pane: what has begun is over
SETTLING_MS: Final = 10_000  # longer than any agent waits before it tells how it stands
ARCHIVISTS: Final = ("archive", "archive-cases")

BACKTEST: Final = RecordHead("backtest")  # every message is one of the past

Observer = Callable[[str, bytes, bytes], None]  # topic, key, value


@runtime_checkable
class Reaching(Protocol):
    """A processor that knows how far its rules could come."""

    def reach(self, rule: Rule) -> Reach | None:
        """Give how far a rule could come now; None of what it does not judge."""
        ...


class Backtest:
    """All processors of the application, joined by queues in memory.

    Parameters
    ----------
    catalog : Catalog
    settings : Settings
        Numbers of partitions; nothing is connected, nothing is delivered.
    feed : str
        The feed that the messages belong to.
    observer : callable, optional
        Called with topic, key and value of every message that is sent inside.
    agents : collection of str, optional
        Run only these; default all.
    archive : Path, optional
        Folder to write the archive to; without it the agents that write it do not run.
    settled_ms : int
        Event time after the last message at which the end is looked at.
    ends : bool
        Say at the end, as `gridpulse replay` does, that the replay is over: what is open ends.

    Attributes
    ----------
    warnings : dict of str to list of CityWarning
        The revisions of each warning that signals made, by id.
    snapshot : Snapshot or None
        The newest; None before the first tick, and without the agent `situation`.
    refused : RefusedMessages
        Messages of which ingest or a street accepted nothing, by their number, and why.

    Raises
    ------
    InputError
        The city has no such feed.
    """

    def __init__(
        self,
        catalog: Catalog,
        settings: Settings,
        feed: str,
        observer: Observer | None = None,
        *,
        agents: Collection[str] | None = None,
        archive: Path | None = None,
        settled_ms: int = SETTLED_MS,
        ends: bool = False,
    ) -> None:
        if feed not in catalog.feeds:
            known = ", ".join(sorted(catalog.feeds))
            msg = f"{catalog.city.name['en']} has no feed {feed!r}; it has {known}"
            raise InputError(msg)
        self.feed = feed
        self._ends, self._is_over, self._settled_ms = ends, False, settled_ms
        self.warnings: dict[str, list[CityWarning]] = {}
        self.snapshot: Snapshot | None = None
        self.refused = RefusedMessages(names.raw_topic(feed))
        self._numbers = count()
        self._settings = replace(settings, webhook_url="")
        self._observer = observer
        every = discover(catalog, self._settings)
        self._archive, left_out = archive, ARCHIVISTS if archive is None else ()
        self._specs = [
            spec
            for spec in every
            if spec.name not in left_out and (agents is None or spec.name in agents)
        ]
        self._processors: dict[tuple[str, int], Processor] = {}
        self._offsets: dict[tuple[str, int], Iterator[int]] = {}
        self._queue: deque[Send] = deque()
        self._intakes = _intakes(catalog, self._settings, feed)
        self._now_ms = self._ticked_ms = 0
        for spec in self._specs:
            partitions = self._settings.street_partitions if spec.level == "street" else 1
            for number in range(partitions):
                self._processors[spec.name, number] = spec.make(number)

    def run(self, messages: Iterable[RawMessage]) -> None:
        """Take all messages in, in the order of their event time, and finish."""
        for step in _steps(messages):
            self.take(step)
        self.finish()

    def take(self, messages: Sequence[RawMessage]) -> None:
        """Take some messages in, then move the watermarks."""
        if not messages:
            return
        self._now_ms = max(self._now_ms, messages[-1].ts_ms)
        parts: dict[int, dict[int, RawMessage]] = {}
        for message in messages:
            number = partition_of(message.key.encode(), len(self._intakes))
            parts.setdefault(number, {})[next(self._numbers)] = message
        for number, part in sorted(parts.items()):
            self._ingest(number, part)
        self._watermarks(idle=False)
        if self._now_ms - self._ticked_ms >= TICK_MS:
            self._tick()

    def finish(self) -> None:
        """Say that nothing more comes, and let every pane close and every agent have its say."""
        self._now_ms += self._settled_ms
        self._watermarks(idle=True)
        self._is_over = self._ends
        for pause_ms in (SETTLING_MS, WAIT_MS, SETTLING_MS):
            self._now_ms += pause_ms
            self._tick()
        if self._archive is not None:
            self._write_archive()

    def reach(self, rule: Rule) -> Reach | None:
        """Give how far a rule could come with the history at the end; None where none bounds it."""
        for processor in self._processors.values():
            if isinstance(processor, Reaching) and (found := processor.reach(rule)) is not None:
                return found
        return None

    def _write_archive(self) -> None:
        """Let the archive agents wait no longer: the first tick starts their wait."""
        for pause_ms in (0, ROWS_WAIT_MS):
            self._now_ms += pause_ms
            for spec in self._specs:
                if spec.name in ARCHIVISTS:
                    self._tick_agent(spec)

    def _ingest(self, partition: int, numbered: Mapping[int, RawMessage]) -> None:
        """Put messages, by their number, through the ingest core of their raw partition."""
        intake = self._intakes[partition]
        start, values = intake.position, [message.value for message in numbered.values()]
        batch = RawBatch(
            range(start, start + len(numbered)),
            [message.ts_ms for message in numbered.values()],
            values,
            heads=dict.fromkeys(range(len(numbered)), BACKTEST),
        )
        self.refused.take(partition, numbered, values)
        taken = intake.take(batch, self._now_ms)
        for street, value in taken.messages:
            self._send(intake.topic, street.encode(), value)
        for topic, refused in ((names.DEAD_LETTERS, taken.rejected), (names.LATE, taken.late)):
            for rejected in refused:
                self.refused.refuse(rejected)
                self._send(topic, b"", encode(rejected))

    def _watermarks(self, *, idle: bool) -> None:
        """Send the watermark of every raw partition to every street partition."""
        for intake in self._intakes:
            value = intake.tick(self._now_ms, idle=idle)
            for number in range(self._settings.street_partitions):
                self._hand(intake.topic, number, value)
            self._work()

    def _tick(self) -> None:
        """Tick every agent, the street agents before the district agents that read their output."""
        self._ticked_ms = self._now_ms
        for intake in self._intakes:
            health = intake.health(self._now_ms, intake.position)
            if self._is_over:
                health = msgspec.structs.replace(health, mode="replay", is_ended=True)
            self._send(names.HEALTH, b"", encode(health))
        for level in ("street", "district"):
            for spec in self._specs:
                if spec.level == level:
                    self._tick_agent(spec)

    def _tick_agent(self, spec: AgentSpec) -> None:
        for (name, _), processor in self._processors.items():
            if name == spec.name:
                self._carry_out(processor.tick(self._now_ms))
                self._work()

    def _send(self, topic: str, key: bytes, value: bytes) -> None:
        """Send one message and everything that comes of it."""
        self._queue.append(Send(topic, key, value))
        self._work()

    def _work(self) -> None:
        """Empty the queue."""
        while self._queue:
            sent = self._queue.popleft()
            if self._observer is not None:
                self._observer(sent.topic, sent.key, sent.value)
            if sent.topic == names.WARNINGS:
                warning = decode(CityWarning, sent.value)
                if warning.reason is not Reason.SUPERSEDED:  # says nothing new of it
                    self.warnings.setdefault(warning.id, []).append(warning)
            is_street = TOPICS[sent.topic].level == "street"
            partitions = self._settings.street_partitions if is_street else 1
            self._hand(sent.topic, partition_of(sent.key, partitions), sent.value)

    def _hand(self, topic: str, number: int, value: bytes) -> None:
        """Hand a message to every agent that reads its topic."""
        offset = next(self._offsets.setdefault((topic, number), count()))
        for spec in self._specs:
            if topic in spec.topics:
                record = Record(topic, number, offset, value)
                processor = self._processors[spec.name, number]
                self._carry_out(apply_record(spec.name, processor, record))

    def _carry_out(self, effects: Sequence[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, Send):
                if effect.topic in (names.DEAD_LETTERS, names.LATE):
                    self.refused.refuse(decode(Rejected, effect.value))
                self._queue.append(effect)
            elif isinstance(effect, WriteSnapshot):
                self.snapshot = Snapshot.from_bytes(effect.data)
            elif isinstance(effect, Archive) and self._archive is not None:
                write_part(self._archive, effect)


def _steps(messages: Iterable[RawMessage]) -> Iterator[list[RawMessage]]:
    """Cut messages into steps of bounded event time and number."""
    step: list[RawMessage] = []
    for message in messages:
        is_full = len(step) >= STEP_RECORDS
        if step and (is_full or message.ts_ms - step[0].ts_ms >= STEP_MS):
            yield step
            step = []
        step.append(message)
    if step:
        yield step


def _intakes(catalog: Catalog, settings: Settings, feed: str) -> list[Intake]:
    """One ingest core a raw partition."""
    core = partial(Intake, catalog.feeds[feed], gazetteer(catalog), MemorySeen())
    raw, partition_of = settings.raw_partitions, street_partitions(settings.street_partitions)
    return [core(partition=n, partitions=raw, partition_of=partition_of) for n in range(raw)]
