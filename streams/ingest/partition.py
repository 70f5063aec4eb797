"""One raw partition in the hands of this process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from config.errors import GridpulseError
from config.names import SENT_HEADER
from models.feeds.intake import Intake, IntakeResult, RawBatch
from streams import logs

log = logs.get(__name__)
_NO_TIMESTAMP: Final = 0  # TIMESTAMP_NOT_AVAILABLE of the client


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
        When a record last came, monotonic seconds.
    at_end : bool
        All there was has been read.
    is_told : bool
        Since the last record, every street partition has heard how far it is.
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
    at_end: bool = False
    is_told: bool = False
    has_sought: bool = False
    is_aligned: bool = False

    @property
    def agent(self) -> str:
        """Its name in metrics."""
        return f"ingest.{self.feed}"

    def is_idle(self, now_s: float, idle_s: float) -> bool:
        """Tell whether it is at its end, told so far, and has been quiet for `idle_s`."""
        return self.at_end and self.is_told and now_s - self.active_s >= idle_s

    def take(self, messages: Sequence[Any], ingested_ms: int) -> IntakeResult:
        """Take records in, in order; one that breaks the code itself goes to the dead letters.

        Parameters
        ----------
        messages : sequence of confluent_kafka.Message
        ingested_ms : int
            Wall clock at which they were received.
        """
        batch = raw_batch(messages)
        try:
            return self.intake.take(batch, ingested_ms)
        except GridpulseError:
            raise  # a server is away: nothing is wrong with the batch
        except Exception:
            log.exception("a batch failed and is taken record by record", topic=self.topic)
        return self._take_each(batch, ingested_ms)

    def _take_each(self, batch: RawBatch, ingested_ms: int) -> IntakeResult:
        every = IntakeResult()
        for one in zip(batch.offsets, batch.sent_ms, batch.values, strict=True):
            offset, sent_ms, value = one
            try:
                taken = self.intake.take(RawBatch([offset], [sent_ms], [value]), ingested_ms)
            except GridpulseError:
                raise
            except Exception as error:
                detail = f"ingest failed on it: {type(error).__name__}: {error}"
                every.rejected.append(self.intake.set_aside(offset, sent_ms, value, detail))
            else:
                every.messages.extend(taken.messages)
                every.rejected.extend(taken.rejected)
                every.late.extend(taken.late)
                every.accepted += taken.accepted
                every.duplicates += taken.duplicates
        return every


def raw_batch(messages: Sequence[Any]) -> RawBatch:
    """Read what ingest needs of Kafka messages of one partition."""
    stamps = [message.timestamp() for message in messages]
    sent_ms = [0 if kind == _NO_TIMESTAMP else stamp_ms for kind, stamp_ms in stamps]
    for row, message in enumerate(messages):
        headers = message.headers()
        if headers:
            sent_ms[row] = _claimed_ms(headers, sent_ms[row])
    return RawBatch(
        offsets=[message.offset() for message in messages],
        sent_ms=sent_ms,
        values=[message.value() or b"" for message in messages],
    )


def _claimed_ms(headers: Sequence[tuple[str, bytes | None]], otherwise_ms: int) -> int:
    """When a record says it was sent, by its header."""
    for name, value in headers:
        if name == SENT_HEADER and value and value.isdigit() and len(value) < 16:
            return int(value)
    return otherwise_ms
