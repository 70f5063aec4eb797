"""One raw partition in the hands of this process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from config.errors import GridpulseError
from models.feeds.intake import Intake, IntakeResult
from models.feeds.raw_batch import RawBatch
from models.feeds.replay_run import LIVE, HeadReader, RecordHead
from models.timing.read_pace import ReadPaceMeter
from streams import logs

log = logs.get(__name__)
STALLED_S: Final = 600.0  # so long a replay that neither goes on nor ends is waited for
_MARKED_S: Final = 3.0  # a replay that goes on marks each raw partition every 2 s
_BY_BROKER: Final = 2  # TIMESTAMP_LOG_APPEND_TIME of the client
_BY_NOBODY: Final = 0  # TIMESTAMP_NOT_AVAILABLE


@dataclass(slots=True)
class RawPartition:
    """A raw partition that this process owns.

    Attributes
    ----------
    intake : Intake
    feed, topic, partition
        Where it reads.
    key : str
        Its checkpoint in Redis.
    owner : str
        Token of this claim.
    active_s : float
        When a record with data last came, monotonic seconds.
    heads : HeadReader
        Tells records of a replay from live ones.
    pace : ReadPaceMeter
    at_end : bool
        All there was has been read.
    is_announced : bool
        Since the last record, every street partition was sent how far it is.
    has_sought, is_aligned : bool
        Since the assignment, the client was sent back to the position; a record was taken.
    """

    intake: Intake
    feed: str
    topic: str
    partition: int
    key: str
    owner: str
    active_s: float
    heads: HeadReader
    pace: ReadPaceMeter = field(default_factory=ReadPaceMeter)
    at_end: bool = False
    is_announced: bool = False
    has_sought: bool = False
    is_aligned: bool = False
    heard_s: float = field(init=False)

    def __post_init__(self) -> None:
        self.heard_s = self.active_s

    @property
    def agent(self) -> str:
        """Its name in metrics."""
        return f"ingest.{self.feed}"

    def is_idle(self, now_s: float, idle_s: float) -> bool:
        """Tell whether it is at its end, announced so far, and has been quiet for `idle_s`.

        In a replay quiet is not enough: it is idle while marks say that the replay goes on and has
        nothing for it, or once the replay is over. One that neither ends nor goes on is stalled,
        and has more to say: it is waited for, though not for ever.
        """
        if not self.at_end or not self.is_announced or now_s - self.active_s < idle_s:
            return False
        silent_s = now_s - self.heard_s
        return not self.intake.is_replaying or not _MARKED_S <= silent_s < STALLED_S

    def take(self, messages: Sequence[Any], ingested_ms: int, now_s: float) -> IntakeResult:
        """Take records in, in order; one that breaks the code itself goes to the dead letters.

        Parameters
        ----------
        messages : sequence of confluent_kafka.Message
        ingested_ms : int
            Wall clock at which they were received.
        now_s : float
            Monotonic seconds.
        """
        batch = raw_batch(messages, self.heads, ingested_ms)
        self.at_end = False
        if batch.offsets:
            self.heard_s = now_s
        if batch.data.offsets:  # the marks of a replay do not keep it from being idle
            self.active_s, self.is_announced = now_s, False
        try:
            return self.intake.take(batch, ingested_ms)
        except GridpulseError:
            raise  # a server is away: nothing is wrong with the batch
        except Exception:
            log.exception("a batch failed and is taken record by record", topic=self.topic)
        return self._take_each(batch, ingested_ms)

    def _take_each(self, batch: RawBatch, ingested_ms: int) -> IntakeResult:
        every = IntakeResult()
        for row in range(len(batch.offsets)):
            one = batch.rows([row])
            try:
                taken = self.intake.take(one, ingested_ms)
            except GridpulseError:
                raise
            except Exception as error:
                detail = f"ingest failed on it: {type(error).__name__}: {error}"
                every.rejected.append(self.intake.set_aside(one, detail))
            else:
                every.messages.extend(taken.messages)
                every.rejected.extend(taken.rejected)
                every.late.extend(taken.late)
                every.accepted += taken.accepted
                every.duplicates += taken.duplicates
        return every


def raw_batch(messages: Sequence[Any], heads: HeadReader, ingested_ms: int) -> RawBatch:
    """Read what ingest needs of Kafka messages of one partition.

    A record arrived when the broker says that it appended it, whatever the clock of this machine
    shows: one that was set back must not turn the whole city's data into a future. Where its
    producer set the timestamp, it arrived then, but not after `ingested_ms`.
    """
    arrived_ms = _arrivals_ms([message.timestamp() for message in messages], ingested_ms)
    sent_ms, found = arrived_ms, dict[int, RecordHead]()  # one list, as long as no header differs
    for row, message in enumerate(messages):
        headers = message.headers()
        if headers:
            if sent_ms is arrived_ms:
                sent_ms = list(arrived_ms)
            head, sent_ms[row] = heads.read(headers, arrived_ms[row])
            if head is not LIVE:
                found[row] = head
    return RawBatch(
        offsets=[message.offset() for message in messages],
        sent_ms=sent_ms,
        values=[message.value() or b"" for message in messages],
        arrived_ms=arrived_ms,
        heads=found,
    )


def _arrivals_ms(stamps: list[tuple[int, int]], ingested_ms: int) -> list[int]:
    """When records arrived, by their timestamps."""
    if all(kind == _BY_BROKER for kind, _ in stamps):
        return [stamp_ms if stamp_ms > 0 else ingested_ms for _, stamp_ms in stamps]
    return [_arrived_ms(stamp, ingested_ms) for stamp in stamps]


def _arrived_ms(stamp: tuple[int, int], ingested_ms: int) -> int:
    kind, stamp_ms = stamp
    if kind == _BY_NOBODY or stamp_ms <= 0:
        return ingested_ms
    return stamp_ms if kind == _BY_BROKER else min(stamp_ms, ingested_ms)
