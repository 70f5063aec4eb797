"""The core of ingest for one raw partition of a feed: batches of raw records in, messages out.

It does no I/O and reads no clock. What it gives depends only on the records and their order, not on
how they were cut into batches: the same input gives the same rows, rejections and late rows in a
live run, in a replay after a crash, and in a backtest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from config import names
from config.catalog import Feed
from models.feeds.checked import Checked, Origin, RowCheck
from models.feeds.dead_letter_builder import LARGEST_MESSAGE, DeadLetterBuilder, explain, too_large
from models.feeds.decode import Decoded
from models.feeds.envelope import WHOLE, EnvelopeFault
from models.feeds.kinds.cases.kind import CasesKind
from models.feeds.kinds.readings.kind import ReadingsKind
from models.feeds.place import Gazetteer
from models.feeds.replay_run import LIVE, Mark, RecordHead
from models.feeds.seen import Seen, repeated
from models.messages.dead_letters import Reason, Rejected
from models.messages.feed_health import FeedHealth
from models.messages.frames import IDLE
from models.timing.read_pace import STILL, ReadPace, is_behind

NEVER: Final = -IDLE  # event time of a partition that has given nothing yet


@dataclass(frozen=True, slots=True)
class RawBatch:
    """Raw records of one partition in the order of their offsets, all sequences of length n.

    Attributes
    ----------
    offsets : sequence of int
    sent_ms : sequence of int
        When each was sent, as `models.feeds.replay_run` believes it; 0 when it is not known: then
        its clock is not checked.
    values : sequence of bytes
    arrived_ms : sequence of int
        When each arrived, by the wall clock; empty: when it was sent.
    heads : mapping of int to RecordHead
        By row: what the headers say of records that have some; the others are live.
    """

    offsets: Sequence[int]
    sent_ms: Sequence[int]
    values: Sequence[bytes]
    arrived_ms: Sequence[int] = ()
    heads: Mapping[int, RecordHead] = field(default_factory=dict)

    def rows(self, rows: Sequence[int]) -> RawBatch:
        """Give some of the records, in their order."""
        return RawBatch(
            [self.offsets[row] for row in rows],
            [self.sent_ms[row] for row in rows],
            [self.values[row] for row in rows],
            [self.arrived_ms[row] for row in rows] if self.arrived_ms else (),
            {at: self.heads[row] for at, row in enumerate(rows) if row in self.heads},
        )

    @property
    def data(self) -> RawBatch:
        """The records that are no marks of a replay."""
        marks = {row for row, head in self.heads.items() if head.mark is not None}
        if not marks:
            return self
        return self.rows([row for row in range(len(self.offsets)) if row not in marks])


@dataclass(slots=True)
class IntakeResult:
    """What came of a batch.

    Attributes
    ----------
    messages : list of (str, bytes)
        Street (the key) and message, for `frames` or `case-events`.
    rejected, late : list of Rejected
        For the topics `dead-letters` and `late`.
    accepted, duplicates : int
        Rows in the messages, and rows left out because they came before.
    """

    messages: list[tuple[str, bytes]] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    late: list[Rejected] = field(default_factory=list)
    accepted: int = 0
    duplicates: int = 0


class IntakeState(msgspec.Struct, kw_only=True):
    """All that an intake must remember; counters, run, clocks as in `FeedHealth`."""

    position: int = 0
    newest_ms: int = NEVER
    sent_ms: int = 0
    run: str = ""
    is_ended: bool = False
    arrived_ms: int = 0
    heard_ms: int = 0
    accepted: int = 0
    late: int = 0
    duplicates: int = 0
    reasons: dict[str, int] = {}


class Intake:
    """Takes in one raw partition of one feed.

    Parameters
    ----------
    feed : Feed
    gazetteer : Gazetteer
        The city's grids.
    seen : Seen
        Knows the CloudEvents accepted before.
    partition, partitions : int
        Raw partition, and how many the raw topic has.
    topic_id : int
        Identity of the raw topic, uint32 (`FrameHeader.origin`).
    """

    def __init__(
        self,
        feed: Feed,
        gazetteer: Gazetteer,
        seen: Seen,
        *,
        partition: int,
        partitions: int,
        topic_id: int = 0,
    ) -> None:
        self._feed = feed
        self._kind: RowCheck[Any] = (
            ReadingsKind(feed, gazetteer) if feed.kind == "readings" else CasesKind(feed, gazetteer)
        )
        self._seen = seen
        self._partition, self._partitions, self._topic_id = partition, partitions, topic_id
        self._source = f"{topic_id}:{partition}"
        self._refusals = DeadLetterBuilder(names.raw_topic(feed.name), partition)
        self._state = IntakeState()

    @property
    def topic(self) -> str:
        """Where its messages go: `frames` or `case-events`."""
        return names.FRAMES if self._feed.kind == "readings" else names.CASE_EVENTS

    @property
    def position(self) -> int:
        """Next raw offset to read."""
        return self._state.position

    @property
    def watermark_ms(self) -> int:
        """No later accepted reading is older than this event time; `NEVER` before the first."""
        newest = self._state.newest_ms
        return newest if newest == NEVER else newest - self._feed.allowed_lateness_s * 1000

    def take(self, batch: RawBatch, ingested_ms: int) -> IntakeResult:
        """Take the next records in; those before `position` are skipped.

        Parameters
        ----------
        batch : RawBatch
        ingested_ms : int
            Wall clock at which the batch was received.

        Notes
        -----
        The messages carry the watermark as it was before this batch, for all its rows stand at or
        above that one. The new watermark goes out with the next batch or `tick`.
        """
        whole = self._unread(batch)
        batch = whole.data
        if not batch.offsets:
            self._follow(whole)
            return IntakeResult()
        origin = self._origin(self.watermark_ms, ingested_ms)
        taken = IntakeResult()
        decoded = self._decode(batch, taken)
        records = np.array(decoded.records, np.int64)
        offsets = np.array(batch.offsets, np.int64)[records]
        checked = self._kind.check(decoded.rows, np.array(batch.sent_ms, np.int64)[records])
        good = checked.faults.good
        twice = repeated(decoded, good, batch.offsets, self._source, self._seen)
        good &= ~twice
        late = self._late(checked, good)
        self._refuse(batch, decoded, checked, late, taken)
        kept = np.flatnonzero(good & ~late)
        taken.messages.extend(self._kind.messages(checked, kept, offsets, origin))
        taken.accepted, taken.duplicates = kept.size, int(twice.sum())
        self._count(batch, checked.ts_ms[good], taken)
        self._follow(whole)
        return taken

    def set_aside(self, one: RawBatch, detail: str) -> Rejected:
        """Pass over one record that `take` failed on, as a dead letter; nothing stops the rest."""
        fault = EnvelopeFault(Reason.DOWNSTREAM, detail)
        self._follow(one)
        reasons = self._state.reasons
        reasons[fault.reason] = reasons.get(fault.reason, 0) + 1
        return self._letter(one, 0, WHOLE, fault)

    def tick(self, ingested_ms: int, *, idle: bool = False) -> bytes:
        """Give a message without rows that carries the watermark.

        Parameters
        ----------
        ingested_ms : int
            Wall clock.
        idle : bool
            The partition is at its end and quiet: it holds nobody up.
        """
        return self._kind.tick(self._origin(IDLE if idle else self.watermark_ms, ingested_ms))

    def health(self, published_ms: int, end: int, pace: ReadPace = STILL) -> FeedHealth:
        """Give the counters; `end` is the end of the raw partition."""
        state = self._state
        end = max(end, state.position)
        newest = 0 if state.newest_ms == NEVER else state.newest_ms
        return FeedHealth(
            feed=self._feed.name,
            raw_partition=self._partition,
            raw_partitions=self._partitions,
            published_ms=published_ms,
            position=state.position,
            end=end,
            sent_ms=state.sent_ms,
            mode="replay" if state.run else "live",
            run=state.run,
            is_ended=state.is_ended,
            arrived_ms=state.arrived_ms,
            heard_ms=state.heard_ms,
            lag_records=end - state.position,
            records_s=pace.records_s,
            left_s=pace.left_s,
            is_catching_up=is_behind(end - state.position, state.heard_ms, published_ms),
            last_event_ms=newest,
            watermark_ms=self.watermark_ms,
            accepted=state.accepted,
            rejected=sum(state.reasons.values()) - state.late,
            late=state.late,
            duplicates=state.duplicates,
            reasons=dict(state.reasons),
        )

    def dump(self) -> bytes:
        """Give the state as bytes, to be saved once what was taken in is safe."""
        return msgspec.msgpack.encode(self._state)

    def restore(self, data: bytes) -> None:
        """Load what `dump` gave."""
        self._state = msgspec.msgpack.decode(data, type=IntakeState)

    def start_at(self, offset: int) -> None:
        """Move the position forward: what stood before is gone from the raw topic."""
        self._state.position = max(self._state.position, offset)

    def _origin(self, watermark_ms: int, ingested_ms: int) -> Origin:
        return Origin(self._topic_id, self._partition, self._partitions, watermark_ms, ingested_ms)

    def _unread(self, batch: RawBatch) -> RawBatch:
        position = self._state.position
        if not batch.offsets or batch.offsets[0] >= position:
            return batch
        first = int(np.searchsorted(np.array(batch.offsets), position))
        return batch.rows(range(first, len(batch.offsets)))

    def _decode(self, batch: RawBatch, taken: IntakeResult) -> Decoded[Any]:
        """Decode all but the messages that are too large; reject those that are no rows."""
        values = batch.values
        if max(map(len, values)) > LARGEST_MESSAGE:
            values = [b"" if len(value) > LARGEST_MESSAGE else value for value in values]
        decoded = self._kind.decoder.decode(values)
        for record, element, found in decoded.broken:
            value = batch.values[record]
            fault = too_large(value) if len(value) > LARGEST_MESSAGE else found
            taken.rejected.append(self._letter(batch, record, element, fault))
        return decoded

    def _letter(self, batch: RawBatch, record: int, element: int, fault: EnvelopeFault) -> Rejected:
        """Set a record of a batch, or one element of it, aside."""
        return self._refusals.make(
            batch.offsets[record],
            batch.sent_ms[record],
            batch.values[record],
            element,
            fault,
            run=batch.heads.get(record, LIVE).run,
        )

    def _late(self, checked: Checked[Any], good: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Mask of the good rows that are older than the watermark where they stand."""
        if not self._kind.can_be_late or not good.size:
            return np.zeros(good.size, np.bool_)
        seen = np.where(good, checked.ts_ms, NEVER)
        newest = np.maximum(np.maximum.accumulate(seen), self._state.newest_ms)
        return good & (checked.ts_ms < newest - self._feed.allowed_lateness_s * 1000)

    def _refuse(
        self,
        batch: RawBatch,
        decoded: Decoded[Any],
        checked: Checked[Any],
        late: NDArray[np.bool_],
        taken: IntakeResult,
    ) -> None:
        """Set aside the rows that failed a check, and the late ones."""
        for row in checked.faults.bad_rows:
            taken.rejected.append(self._refusal(batch, decoded, row, checked.faults.reason(row)))
        taken.rejected.sort(key=lambda refused: (refused.offset, refused.index))
        for row in np.flatnonzero(late).tolist():
            taken.late.append(self._refusal(batch, decoded, row, Reason.LATE))

    def _refusal(
        self, batch: RawBatch, decoded: Decoded[Any], row: int, reason: Reason
    ) -> Rejected:
        record, sent = decoded.records[row], decoded.rows[row]
        sent_ms = batch.sent_ms[record]
        detail = self._kind.explain(sent, reason) or explain(
            sent, reason, sent_ms, self._feed.clock
        )
        return self._letter(batch, record, decoded.elements[row], EnvelopeFault(reason, detail))

    def _count(self, batch: RawBatch, times_ms: NDArray[np.int64], taken: IntakeResult) -> None:
        """Count what a batch gave."""
        state = self._state
        state.newest_ms = int(times_ms.max(initial=state.newest_ms))
        if taken.accepted:
            state.arrived_ms = max(state.arrived_ms, *(batch.arrived_ms or batch.sent_ms))
        state.accepted += taken.accepted
        state.duplicates += taken.duplicates
        state.late += len(taken.late)
        for refused in (*taken.rejected, *taken.late):
            state.reasons[refused.reason] = state.reasons.get(refused.reason, 0) + 1

    def _follow(self, batch: RawBatch) -> None:
        """Move on behind a batch; follow the beginning, the clock and the end of replays."""
        if not batch.offsets:
            return
        state = self._state
        state.position = batch.offsets[-1] + 1
        state.heard_ms = max(state.heard_ms, *(batch.arrived_ms or batch.sent_ms))
        if not batch.heads and not state.run:
            state.sent_ms = max(state.sent_ms, *batch.sent_ms)
            return
        for row, sent_ms in enumerate(batch.sent_ms):
            head = batch.heads.get(row, LIVE)
            if head.is_retry:
                continue
            if head.run != state.run:
                state.run, state.sent_ms = head.run, 0
            state.is_ended = head.mark is Mark.END
            state.sent_ms = max(state.sent_ms, sent_ms)
