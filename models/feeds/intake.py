"""The core of ingest for one raw partition of a feed: batches of raw records in, messages out.

It does no I/O and reads no clock. What it gives depends only on the records and their order, not on
how they were cut into batches: the same input gives the same rows, rejections and late rows in a
live run, in a replay after a crash, and in a backtest.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from config import names
from config.catalog import Feed
from models.feeds.checked import Checked, PartitionOf, RowCheck, SharesMessages
from models.feeds.cloud_event import WHOLE
from models.feeds.dead_letter_builder import LARGEST_MESSAGE, DeadLetterBuilder, explain
from models.feeds.decode import Decoded
from models.feeds.front_finder import FrontFinder
from models.feeds.intake_state import IntakeState, health_of
from models.feeds.kinds.contract import kind_of
from models.feeds.place import Gazetteer
from models.feeds.raw_batch import RawBatch
from models.feeds.refusals import Refusal, late_of, letters, refusals_of
from models.feeds.seen import Repeats, Seen, repeated
from models.messages.dead_letters import Reason, Rejected
from models.messages.envelope import encode
from models.messages.feed_health import FeedHealth
from models.messages.frames import IDLE
from models.messages.origin import Origin
from models.messages.rewinds import Rewind
from models.timing.read_pace import STILL, ReadPace
from models.timing.source_clocks import NEVER, SourceClocks

_RECENT_INTERVALS: Final = 10  # expected intervals for which a silent source is still asked …
_RECENT_S: Final = 600  # … but at least so long


@dataclass(slots=True)
class IntakeResult:
    """What came of a batch.

    Attributes
    ----------
    messages : list of (str, bytes)
        Key (a street) and message, for `frames` or `case-events`.
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
        Identity of the raw topic, uint32 (`Origin`).
    partition_of : callable, optional
        Street → street partition: what lies in one of them may go in one message.

    Attributes
    ----------
    topic : str
        Where its messages go, by the kind of the feed.
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
        partition_of: PartitionOf | None = None,
    ) -> None:
        self._feed = feed
        self.topic = kind_of(feed).topic
        self._kind: RowCheck[Any] = kind_of(feed).rows(feed, gazetteer)
        if isinstance(self._kind, SharesMessages):
            self._kind.partition_of = partition_of
        self._seen = seen
        self._partition, self._partitions, self._topic_id = partition, partitions, topic_id
        self._source = f"{topic_id}:{partition}"
        self._builder = DeadLetterBuilder(
            names.raw_topic(feed.name), partition, keeps_bytes=not kind_of(feed).is_private
        )
        self._state = IntakeState()
        window_ms = max(_RECENT_INTERVALS * feed.expected_interval_s, _RECENT_S) * 1000
        self._clocks = SourceClocks(feed.bounds.sensors, window_ms)

    @property
    def position(self) -> int:
        """Next raw offset to read."""
        return self._state.position

    @property
    def watermark_ms(self) -> int:
        """No later accepted reading is older than this event time; `NEVER` before the first."""
        newest = self._state.newest_ms
        return newest if newest == NEVER else newest - self._feed.allowed_lateness_s * 1000

    @property
    def announced_ms(self) -> int:
        """Watermark for others, at once: what is late is decided at certain records only.

        A reading that is accepted although it is older corrects its pane.
        """
        if self._state.run:
            return self.watermark_ms
        front_ms = max(self._state.newest_ms, self._clocks.front_ms)
        return NEVER if front_ms == NEVER else front_ms - self._feed.allowed_lateness_s * 1000

    @property
    def is_replaying(self) -> bool:
        """Whether what it read belongs to a replay that has not said that it is over."""
        return bool(self._state.run) and not self._state.is_ended

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
        whole = batch.since(self._state.position)
        batch, taken = whole.data, IntakeResult()
        if batch.offsets:
            self._take_data(batch, ingested_ms, taken)
        self._state.follow(whole)
        return taken

    def _take_data(self, batch: RawBatch, ingested_ms: int, taken: IntakeResult) -> None:
        origin = self._origin(self.watermark_ms, ingested_ms)
        decoded = self._decode(batch)
        records = np.array(decoded.records, np.int64)
        offsets = np.array(batch.offsets, np.int64)[records]
        sent_ms = np.array(batch.sent_ms, np.int64)[records]
        checked = self._kind.check(decoded.rows, sent_ms)
        good = checked.faults.good
        repeats = self._repeats(decoded, good, batch)
        good &= ~repeats.twice
        if batch.arrivals_ms is batch.sent_ms:
            arrived_ms = sent_ms
        else:
            arrived_ms = np.array(batch.arrivals_ms, np.int64)[records]
        late = self._late(checked, good, arrived_ms, batch.is_replay[records])
        self._refuse(batch, decoded, checked, repeats, late, taken)
        kept = np.flatnonzero(good & ~late)
        taken.messages.extend(self._kind.messages(checked, kept, offsets, origin))
        taken.accepted, taken.duplicates = kept.size, len(repeats.sources)
        self._state.count(batch, taken.accepted, repeats)
        self._state.count_refused(taken.rejected)
        self._state.count_refused(taken.late)

    def set_aside(self, one: RawBatch, detail: str) -> Rejected:
        """Pass over one record that `take` failed on, as a dead letter; nothing stops the rest."""
        refusal = Refusal(0, WHOLE, Reason.DOWNSTREAM, detail=detail)
        [letter] = letters([refusal], one, self._builder, lambda *_: "")
        self._state.follow(one)
        self._state.count_refused([letter])
        return letter

    def tick(self, ingested_ms: int, *, idle: bool = False) -> bytes:
        """Give a message without rows that carries the watermark.

        Parameters
        ----------
        ingested_ms : int
            Wall clock.
        idle : bool
            The partition is at its end and quiet: it does not hold the watermark back.
        """
        return self._kind.tick(self._origin(IDLE if idle else self.announced_ms, ingested_ms))

    def rewind(self) -> bytes | None:
        """Give the newest order to set its watermark back, for each street; None without any."""
        state = self._state
        if not state.rewind_ms:
            return None
        return encode(
            Rewind(
                feed=self._feed.name,
                origin=self._topic_id,
                partition=self._partition,
                partitions=self._partitions,
                watermark_ms=state.rewind_to_ms,
                asked_ms=state.rewind_ms,
            )
        )

    def health(self, published_ms: int, end: int, pace: ReadPace = STILL) -> FeedHealth:
        """Give the counters; `end` is the end of the raw partition."""
        return health_of(
            self._state,
            self._clocks,
            self._feed,
            partition=self._partition,
            partitions=self._partitions,
            published_ms=published_ms,
            end=end,
            pace=pace,
            watermark_ms=self.announced_ms,
        )

    def dump(self) -> bytes:
        """Give the state as bytes, to be saved once what was taken in is safe."""
        self._state.clocks = self._clocks.dump()
        return msgspec.msgpack.encode(self._state)

    def restore(self, data: bytes) -> None:
        """Load what `dump` gave."""
        self._state = msgspec.msgpack.decode(data, type=IntakeState)
        self._clocks.restore(self._state.clocks)

    def _origin(self, watermark_ms: int, ingested_ms: int) -> Origin:
        return Origin(self._topic_id, self._partition, self._partitions, watermark_ms, ingested_ms)

    def _decode(self, batch: RawBatch) -> Decoded[Any]:
        """Decode all but the messages that are too large."""
        values = batch.values
        if max(map(len, values)) > LARGEST_MESSAGE:
            values = [b"" if len(value) > LARGEST_MESSAGE else value for value in values]
        decoded: Decoded[Any] = self._kind.decoder.decode(values)
        return decoded

    def _repeats(self, decoded: Decoded[Any], good: NDArray[np.bool_], batch: RawBatch) -> Repeats:
        """Find the rows whose event came before."""
        if not decoded.events:
            return Repeats(np.zeros(good.size, np.bool_))
        most = self._state.ids_left(batch.arrivals_ms[-1], self._feed.bounds.ids_per_hour)
        return repeated(decoded, good, batch.offsets, self._source, self._seen, most)

    def _late(
        self,
        checked: Checked[Any],
        good: NDArray[np.bool_],
        arrived_ms: NDArray[np.int64],
        is_replay: NDArray[np.bool_],
    ) -> NDArray[np.bool_]:
        """Mask of the good rows that are older than the watermark where they stand; moves it on."""
        finder = FrontFinder(self._clocks, self._state.newest_ms)
        fronts = finder.fronts(checked, good, arrived_ms, is_replay)
        self._state.newest_ms = finder.newest_ms
        if not self._kind.can_be_late:
            return np.zeros(good.size, np.bool_)
        return good & (checked.ts_ms < fronts - self._feed.allowed_lateness_s * 1000)

    def _refuse(
        self,
        batch: RawBatch,
        decoded: Decoded[Any],
        checked: Checked[Any],
        repeats: Repeats,
        late: NDArray[np.bool_],
        taken: IntakeResult,
    ) -> None:
        """Set aside what is not a row, the rows that failed a check, and the late ones."""

        def explained(row: int, reason: Reason) -> str:
            sent, sent_ms = decoded.rows[row], batch.sent_ms[decoded.records[row]]
            if reason is Reason.ID_TAKEN:
                return f"its CloudEvents id came with other content first, at {repeats.taken[row]}"
            text = self._kind.explain(sent, reason)
            return text or explain(sent, reason, sent_ms, self._feed.clock)

        refused = refusals_of(batch, decoded, checked, repeats)
        for reasons, kept in ((refused, taken.rejected), (late_of(decoded, late), taken.late)):
            if reasons:
                kept.extend(letters(reasons, batch, self._builder, explained))
