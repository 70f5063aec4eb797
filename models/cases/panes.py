"""Case events counted in panes: by cell, category and type, each pane closed by the watermark."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

import msgspec

from models.messages.frames import IDLE
from models.messages.panes import ActiveSource, CasePane
from models.timing.pane_lifecycle import NO_PANE, PartitionProgress, reach

Key = tuple[int, str, str]  # cell, category, event type
Rows = list[tuple[int, str, str, int]]
KEPT_PANES: Final = 7 * 24
MOST_ROWS: Final = 50_000  # some 40 bytes a row: far below a broker's limit
MOST_SOURCES: Final = 2_000


class PaneUpdate(NamedTuple):
    """One pane, whole, as it is sent: its counts and who sent them, both in a fixed order."""

    start_ms: int
    revision: int
    rows: Rows
    active_sources: list[ActiveSource]


class CountedPane(msgspec.Struct):
    """One pane; `revision` is the next to be sent, 0 before the pane is closed."""

    counts: dict[Key, int] = msgspec.field(default_factory=dict)
    revision: int = 0
    active_sources: set[ActiveSource] = msgspec.field(default_factory=set)

    def add(self, key: Key, active_sources: Iterable[ActiveSource], times: int = 1) -> None:
        """Count an event; beyond the bounds without its category and its sources."""
        if key not in self.counts and len(self.counts) >= MOST_ROWS:
            cell, _, kind = key
            key = cell, "", kind
        self.counts[key] = self.counts.get(key, 0) + times
        for source in active_sources:
            if len(self.active_sources) < MOST_SOURCES:
                self.active_sources.add(source)

    @property
    def rows(self) -> Rows:
        """Counts in a fixed order."""
        return [(*key, count) for key, count in sorted(self.counts.items())]

    def to_bytes(self) -> bytes:
        """Pack for a checkpoint."""
        return msgspec.msgpack.encode(_Kept(self.revision, self.rows, sorted(self.active_sources)))


class _Kept(msgspec.Struct, array_like=True):
    """A pane as it stands in a checkpoint."""

    revision: int
    rows: Rows
    active_sources: list[ActiveSource] = []


class CasePanes:
    """Panes of one feed at one street partition.

    A pane closes when the watermark passes its end and is sent once; an event that comes later
    corrects it: the pane is sent again, whole, with a higher revision. Panes more than `KEPT_PANES`
    behind the last closed one are gone, and their events are counted as too late for them.

    Parameters
    ----------
    width_ms : int
        Length of a pane.
    """

    def __init__(self, width_ms: int) -> None:
        self.width_ms = width_ms
        self.closed_end = -1  # end of the last closed pane, epoch milliseconds
        self.is_idle = False  # whether nothing more was to come at last, and none is open
        self.closed = 0
        self.too_late = 0
        self.changed: set[int] = set()  # starts of panes changed since the last checkpoint
        self._panes: dict[int, CountedPane] = {}
        self._corrected: set[int] = set()

    def count(
        self, ts_ms: int, key: Key, active_sources: Iterable[ActiveSource] = (), times: int = 1
    ) -> None:
        """Count an event, or several, and note the sources that it shows to be active."""
        start = ts_ms // self.width_ms * self.width_ms
        if start < self.closed_end - KEPT_PANES * self.width_ms:
            self.too_late += times
            return
        pane = self._panes.get(start)
        if pane is None:
            pane = self._panes[start] = self._opened(start)
        pane.add(key, active_sources, times)
        self.changed.add(start)
        if start < self.closed_end:
            self._corrected.add(start)

    def _opened(self, start: int) -> CountedPane:
        """Open a pane; one that closed without a case may have been sent as empty, revision 0."""
        is_late = start < self.closed_end
        self.closed += is_late
        return CountedPane(revision=int(is_late))

    def advance(self, watermark_ms: int | None, now_ms: int) -> list[PaneUpdate]:
        """Close what the watermark has passed, in the order of time.

        The last pane before the watermark is sent even where it is empty, so that the district
        knows how far the partition has come; so it is, once more, when the feed falls idle or
        reports again, since a partition without new cases would otherwise say nothing of that.

        Parameters
        ----------
        watermark_ms : int or None
            None: not known yet. `IDLE`: nothing more comes for now.
        now_ms : int
            Wall clock of ingest: a quiet feed closes only what is over by it, since a case of this
            hour may still happen.
        """
        end, is_idle = self.closed_end, False
        if watermark_ms is not None:
            reached = self._reached(watermark_ms, now_ms)
            end, is_idle = reached.end * self.width_ms, reached.claim_ms == IDLE
        due = sorted(
            start
            for start in self._panes
            if start in self._corrected or self.closed_end <= start < end
        )
        result = [self._emit(start) for start in due]
        self._corrected.clear()
        if watermark_ms is None or (end <= self.closed_end and is_idle == self.is_idle):
            return result
        last = end - self.width_ms
        if end > 0 and last not in due:
            result.append(self._repeat(last))
        self.closed_end, self.is_idle = end, is_idle
        self._forget()
        return result

    def rewind(self, watermark_ms: int, last_ms: int) -> None:
        """Open again what was closed beyond a watermark; forget what is later than was lived.

        Parameters
        ----------
        watermark_ms, last_ms : int
            Event time to go back to, and beyond which nothing can have happened yet.
        """
        for start in [start for start in self._panes if start > last_ms]:
            del self._panes[start]
            self.changed.add(start)
        self._corrected &= self._panes.keys()
        self.closed_end = min(self.closed_end, watermark_ms // self.width_ms * self.width_ms)
        self.is_idle = False

    def claim_ms(self, watermark_ms: int) -> int:
        """Tell how far the partition is: a quiet feed with an open pane is no further than that.

        A reader that took it for idle could judge the open hour by other partitions alone.
        """
        return watermark_ms if watermark_ms != IDLE or self.is_idle else self.closed_end

    def _reached(self, watermark_ms: int, now_ms: int) -> PartitionProgress:
        """Decide how far the panes are closed; a quiet feed closes only what is over."""
        return reach(
            watermark_ms,
            now_ms,
            width_ms=self.width_ms,
            closed_end=self.closed_end // self.width_ms,
            newest=max(self._panes) // self.width_ms if self._panes else NO_PANE,
            patience_ms=0,
        )

    def _emit(self, start: int) -> PaneUpdate:
        pane = self._panes[start]
        revision, pane.revision = pane.revision, pane.revision + 1
        self.closed += revision == 0
        self.changed.add(start)
        return PaneUpdate(start, revision, pane.rows, sorted(pane.active_sources))

    def _repeat(self, start: int) -> PaneUpdate:
        """Give a pane as it was sent last; empty if it was never sent and has no cases."""
        pane = self._panes.get(start)
        if pane is None:
            return PaneUpdate(start, 0, [], [])
        return PaneUpdate(start, pane.revision - 1, pane.rows, sorted(pane.active_sources))

    def _forget(self) -> None:
        """Let old panes go, but never the newest: a rewind may open them again."""
        oldest = self.closed_end - KEPT_PANES * self.width_ms
        old = sorted(start for start in self._panes if start < oldest)
        for start in old[: max(len(self._panes) - KEPT_PANES, 0)]:
            del self._panes[start]
            self.changed.add(start)

    def messages(
        self, updates: list[PaneUpdate], feed: str, where: tuple[int, int], announced_ms: int
    ) -> list[CasePane]:
        """Write updates as they are sent; all but the last claim only their own end.

        Otherwise whoever reads them could take an hour for complete that is still to be sent.

        Parameters
        ----------
        where : tuple of int
            Street partition, and how many there are.
        announced_ms : int
            Watermark of the feed.
        """
        reached_ms = self.claim_ms(announced_ms)
        ends = [pane.start_ms + self.width_ms for pane in updates]
        claims = [min(end, reached_ms) for end in ends[:-1]] + [reached_ms]
        return [
            CasePane(
                feed=feed,
                partition=where[0],
                partitions=where[1],
                start_ms=pane.start_ms,
                width_s=self.width_ms // 1000,
                watermark_ms=claim,
                revision=pane.revision,
                rows=pane.rows,
                active_sources=pane.active_sources,
            )
            for pane, claim in zip(updates, claims, strict=False)
        ]

    def pane_bytes(self, start: int) -> bytes | None:
        """Pack one pane for a checkpoint; None where it is gone."""
        pane = self._panes.get(start)
        return None if pane is None else pane.to_bytes()

    def restore(self, panes: Iterable[tuple[int, bytes]]) -> None:
        """Load what `pane_bytes` gave."""
        for start, data in panes:
            kept = msgspec.msgpack.decode(data, type=_Kept)
            counts = {(cell, category, kind): n for cell, category, kind, n in kept.rows}
            self._panes[start] = CountedPane(counts, kept.revision, set(kept.active_sources))
