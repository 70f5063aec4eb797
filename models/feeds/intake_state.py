"""What ingest remembers of one raw partition, and what it says of itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from config.catalog import Feed
from models.bounded import count_name, largest
from models.feeds.raw_batch import RawBatch
from models.feeds.replay_run import LIVE, ReplayMark
from models.feeds.seen import Repeats
from models.messages.dead_letters import Rejected
from models.messages.feed_health import FeedHealth
from models.timing.read_pace import ReadPace, is_behind
from models.timing.source_clocks import NEVER, SourceClocks, SourceClocksState
from models.timing.units import HOUR_MS

_NAMED_SOURCES: Final = 100  # whose duplicates are counted apart
_NAMED: Final = 20  # names in one message of health


class IntakeState(msgspec.Struct, kw_only=True):
    """All that an intake must remember; counters, run and clocks as in `FeedHealth`.

    Attributes
    ----------
    rewind_ms, rewind_to_ms : int
        When its watermark was set back last, by the wall clock, and to which time; 0 never.
    """

    position: int = 0
    newest_ms: int = NEVER
    sent_ms: int = 0
    run: str = ""
    is_ended: bool = False
    arrived_ms: int = 0
    received_ms: int = 0
    accepted: int = 0
    late: int = 0
    duplicates: int = 0
    reasons: dict[str, int] = {}
    duplicate_sources: dict[str, int] = {}
    ids_hour: int = 0
    ids: int = 0
    ids_beyond: int = 0
    clocks: SourceClocksState = msgspec.field(default_factory=SourceClocksState)
    rewind_ms: int = 0
    rewind_to_ms: int = 0

    def rewind(self, watermark_ms: int, asked_ms: int, lateness_ms: int) -> bool:
        """Go back to a watermark; return whether anything had gone beyond it.

        Parameters
        ----------
        watermark_ms, asked_ms : int
            As in `Rewind`.
        lateness_ms : int
            By which the front is ahead of the watermark.
        """
        front_ms = watermark_ms + lateness_ms
        arrivals_ms = (self.sent_ms, self.arrived_ms, self.received_ms, self.clocks.stamp_ms)
        if self.newest_ms <= front_ms and max(arrivals_ms) <= asked_ms:
            return False
        self.newest_ms = min(self.newest_ms, front_ms)
        self.sent_ms = min(self.sent_ms, asked_ms)
        self.arrived_ms = min(self.arrived_ms, asked_ms)
        self.received_ms = min(self.received_ms, asked_ms)
        self.ids_hour = min(self.ids_hour, asked_ms // HOUR_MS)
        clocks = SourceClocks(len(self.clocks.names), 0)
        clocks.restore(self.clocks)
        clocks.rewind(front_ms, asked_ms)
        self.clocks = clocks.dump()
        self.rewind_ms, self.rewind_to_ms = asked_ms, watermark_ms
        return True

    def follow(self, batch: RawBatch) -> None:
        """Move on behind a batch; follow the beginning, the clock and the end of replays."""
        if not batch.offsets:
            return
        self.position = batch.offsets[-1] + 1
        last_ms = batch.last_arrival_ms
        self.received_ms = max(self.received_ms, last_ms)
        if not batch.heads and not self.run:
            is_same = batch.sent_ms is batch.arrivals_ms
            self.sent_ms = max(self.sent_ms, last_ms if is_same else batch.last_sent_ms)
            return
        for row, sent_ms in enumerate(batch.sent_ms):
            head = batch.heads.get(row, LIVE)
            if head.attempt:
                continue
            if head.run != self.run:
                self.run, self.sent_ms = head.run, 0
            self.is_ended = head.mark is ReplayMark.END
            self.sent_ms = max(self.sent_ms, sent_ms)

    def count(self, batch: RawBatch, accepted: int, repeats: Repeats) -> None:
        """Count what a batch gave."""
        if accepted:
            self.arrived_ms = max(self.arrived_ms, batch.last_arrival_ms)
        self.accepted += accepted
        self.duplicates += len(repeats.sources)
        for source in repeats.sources.values():
            count_name(self.duplicate_sources, source, 1, _NAMED_SOURCES)
        self.ids += repeats.claimed
        self.ids_beyond += repeats.unclaimed

    def count_refused(self, refused: Iterable[Rejected]) -> None:
        """Count dead letters and late rows by reason."""
        for letter in refused:
            for reason, number in (letter.counts or {letter.reason.value: 1}).items():
                self.reasons[reason] = self.reasons.get(reason, 0) + number
                self.late += number if reason == "late" else 0

    def ids_left(self, arrived_ms: int, most: int) -> int:
        """How many more events may be remembered in the hour of an arrival."""
        hour = arrived_ms // HOUR_MS
        if hour > self.ids_hour:
            self.ids_hour, self.ids = hour, 0
        return max(most - self.ids, 0)


def health_of(
    state: IntakeState,
    clocks: SourceClocks,
    feed: Feed,
    *,
    partition: int,
    partitions: int,
    published_ms: int,
    end: int,
    pace: ReadPace,
    watermark_ms: int,
) -> FeedHealth:
    """Say how a raw partition does; parameters as in `FeedHealth`."""
    end = max(end, state.position)
    departed = clocks.departed(state.newest_ms, feed.allowed_lateness_s * 1000)
    unregistered = clocks.unregistered(feed.sensors) if feed.sensors else {}
    return FeedHealth(
        feed=feed.name,
        raw_partition=partition,
        raw_partitions=partitions,
        published_ms=published_ms,
        position=state.position,
        end=end,
        sent_ms=state.sent_ms,
        mode="replay" if state.run else "live",
        run=state.run,
        is_ended=state.is_ended,
        arrived_ms=state.arrived_ms,
        received_ms=state.received_ms,
        lag_records=end - state.position,
        records_s=pace.records_s,
        left_s=pace.left_s,
        is_catching_up=is_behind(end - state.position, state.received_ms, published_ms),
        last_event_ms=0 if state.newest_ms == NEVER else state.newest_ms,
        watermark_ms=watermark_ms,
        accepted=state.accepted,
        rejected=sum(state.reasons.values()) - state.late,
        late=state.late,
        duplicates=state.duplicates,
        reasons=dict(state.reasons),
        duplicate_sources=largest(state.duplicate_sources, _NAMED),
        ids_beyond=state.ids_beyond,
        sources=len(clocks),
        sources_beyond=clocks.beyond,
        departed=largest(departed, _NAMED),
        departed_sources=len(departed),
        unregistered=largest(unregistered, _NAMED),
        unregistered_sources=len(unregistered),
    )
