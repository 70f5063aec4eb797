"""The one contract of all agents: records in, effects out, state that can be saved and restored.

A processor owns the state of one partition of one agent. It decodes, asks `models/`, encodes; it
does no I/O and reads no clock. The host (`host.host`) feeds it in order, carries out its effects
and saves its state together with the offsets it stands for; `ops.backtest.backtest` and the tests
feed the same processors without Kafka.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol, runtime_checkable

import msgspec

from models.messages.receipts import FailedTry
from models.messages.subscriptions import Subscription
from models.messages.topic import AnyMessage
from models.messages.topics import TOPICS
from models.messages.warnings import CityWarning
from models.situation.books import BookEntry
from streams.host.shared_messages import SharedMessages

_MESSAGES: Final = SharedMessages()


class Record(msgspec.Struct, frozen=True):
    """One Kafka record of a topic the agent reads; `published_ms` is its timestamp, 0 unknown.

    The key is given where the record has no value: it says what is taken back.
    """

    topic: str
    partition: int
    offset: int
    value: bytes
    published_ms: int = 0
    key: bytes = b""

    @property
    def is_tombstone(self) -> bool:
        """Whether it takes the older records of its key on a compacted topic back."""
        topic = TOPICS.get(self.topic)
        return not self.value and topic is not None and topic.is_compacted

    def decode(self) -> AnyMessage:
        """Read the message, as one of the types of its topic; called once by each agent.

        Raises
        ------
        MalformedMessage
            It is not a valid message of its topic; the text says why.
        """
        return _MESSAGES.decode(self.topic, self.value)


@dataclass(frozen=True, slots=True)
class Send:
    """Effect: produce to Kafka. Acknowledged by the broker before the next checkpoint."""

    topic: str
    key: bytes
    value: bytes


@dataclass(frozen=True, slots=True)
class WriteSnapshot:
    """Effect: replace the snapshot in Redis and announce its version."""

    version: int
    data: bytes


@dataclass(frozen=True, slots=True)
class WriteBooks:
    """Effect: enter what is new into the books in Redis, and show that their writer lives.

    With `begins`, what the partition entered before goes first.
    """

    partition: int
    written_ms: int
    entries: tuple[BookEntry, ...] = ()
    begins: bool = False


@dataclass(frozen=True, slots=True)
class Deliver:
    """Effect: try once to tell a receiver of a change of a warning, or of several together.

    It leaves the line at once and nothing waits for it: receipts come back on `receipts`.
    """

    changes: tuple[CityWarning, ...]
    to: Subscription
    attempt: int
    key: bytes  # of the receipt
    earlier: tuple[tuple[FailedTry, ...], ...] = ()  # of each change, the tries that failed


@dataclass(frozen=True, slots=True)
class Archive:
    """Effect: write a part of the archive. On disk before the next checkpoint."""

    dataset: str
    day: str  # ISO date
    part: str  # name of the file, without folder and ending
    rows: bytes  # Arrow IPC stream


@dataclass(frozen=True, slots=True)
class Compact:
    """Effect: make one file of all parts of a day in the archive."""

    dataset: str
    day: str


Effect = Send | WriteSnapshot | WriteBooks | Deliver | Archive | Compact


class Processor(Protocol):
    """State of one partition of one agent."""

    def apply(self, record: Record) -> Sequence[Effect]:
        """Take one record in.

        Applying a record again after a crash must give the same effects, or effects that a
        receiver sees as repeats.

        Raises
        ------
        MalformedMessage
            It is not a message that this agent can use, and nothing of it was applied; whoever
            feeds the processor (`streams.host.refused.apply_record`) makes a dead letter of it.
        """
        ...

    def tick(self, now_ms: int) -> Sequence[Effect]:
        """Give what is due by the wall clock (a summary, a snapshot); called often each second."""
        ...

    def changes(self) -> Mapping[bytes, bytes | None]:
        """State fields that changed since the last call; None deletes a field."""
        ...

    def restore(self, fields: Mapping[bytes, bytes]) -> None:
        """Load all fields that `changes` ever gave and did not delete. Called once, when new."""
        ...


@runtime_checkable
class Timed(Protocol):
    """A processor that holds watermarks: it obeys every `Rewind` that it reads."""

    def watermarks(self) -> Mapping[str, int]:
        """Give how far it has come with each feed, event time; left out where it is not known."""
        ...


@runtime_checkable
class Judging(Protocol):
    """A processor that must judge feeds: it says how far it has come with each of them."""

    def judged(self) -> Mapping[str, int]:
        """Give the event time up to which each of its feeds is judged; 0 for not at all yet."""
        ...


@dataclass(frozen=True, slots=True)
class AgentSpec:
    """One agent of the application; a module of `streams.agents` offers `spec(catalog, settings)`.

    Attributes
    ----------
    name : str
        Names the agent, its checkpoint and its metrics.
    level : str
        `street` or `district`: which topics it reads, and so how many partitions it has.
    topics : tuple of str
        Topics it reads, all of its level.
    make : callable
        Partition number → a new, empty processor.
    sends : tuple of str
        Topics it sends to, beside `dead-letters`; the documentation of the topics rests on it.
    saves_first : bool
        What it sends leaves only after the state behind it was saved, and is saved with it: for an
        agent whose topics mean something else in another order.
    is_quick : bool
        It ticks more often than others: somebody waits for what it shows.
    is_aside : bool
        What people see does not wait for it: its backlog is counted, and changes no stage.
    """

    name: str
    level: Literal["street", "district"]
    topics: tuple[str, ...]
    make: Callable[[int], Processor]
    sends: tuple[str, ...] = ()
    saves_first: bool = False
    is_quick: bool = False
    is_aside: bool = False
