"""Panes: what every series of a feed measured in fixed intervals of event time.

A pane is open until the watermark passes its end. A closed one is kept for a while, so that a
reading that comes even later corrects it; a reading for a pane that is gone is late.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.messages.frames import IDLE
from models.timing.pane_lifecycle import NO_PANE, Reach, reach
from models.windows.blocks import Fields, block_range, grown, pack, room_for, unpack
from models.windows.rows import Rows
from models.windows.sketch import Histogram

SHARES: Final = (0.5, 0.95)
_FIRST_END: Final = 1  # a partition that never had a reading closes the pane of 1970-01-01
_ONE: Final = np.uint32(1)
_LEAST, _MOST = np.iinfo(np.int32).min, np.iinfo(np.int32).max
_BLOB: Final = ("<u2", "<u4", "<i8", "<i4", "<i4", "<u2", "<u2", "<u4")


@dataclass(slots=True)
class Pane:
    """Sums of one interval; arrays have shape (room,) and are indexed by series.

    `sums`, `lows` and `highs` are multiples of the metric's resolution. `ingested_ms` is the wall
    clock at which the newest frame inside was received.
    """

    counts: NDArray[np.uint32] = field(default_factory=lambda: np.zeros(room_for(0), np.uint32))
    sums: NDArray[np.int64] = field(default_factory=lambda: np.zeros(room_for(0), np.int64))
    lows: NDArray[np.int32] = field(default_factory=lambda: np.full(room_for(0), _MOST, np.int32))
    highs: NDArray[np.int32] = field(default_factory=lambda: np.full(room_for(0), _LEAST, np.int32))
    histogram: Histogram = field(default_factory=Histogram)
    ingested_ms: int = 0
    revision: int = 0
    dirty: set[int] = field(default_factory=set)  # blocks changed since the last save
    saved: set[int] = field(default_factory=set)  # blocks that a save holds

    def add(self, rows: Rows) -> None:
        """Add rows, in any order."""
        self.reach(rows.size)
        np.add.at(self.counts, rows.series, _ONE)
        np.add.at(self.sums, rows.series, rows.wide)
        np.minimum.at(self.lows, rows.series, rows.values)
        np.maximum.at(self.highs, rows.series, rows.values)
        self.histogram.add(rows.series, rows.wide)
        self.dirty.update(rows.blocks)

    def reach(self, size: int) -> None:
        """Make room for `size` series."""
        if size <= self.counts.size:
            return
        room = room_for(size)
        self.counts, self.sums = grown(self.counts, room), grown(self.sums, room)
        self.lows = grown(self.lows, room, _MOST)
        self.highs = grown(self.highs, room, _LEAST)

    def quantiles(self, series: NDArray[np.int64]) -> NDArray[np.float64]:
        """p50 and p95 of the given series, shape (2, n), never outside [low, high]."""
        sketched = self.histogram.quantiles(series, SHARES)
        return np.clip(sketched, self.lows[series], self.highs[series])

    def save(self, block: int) -> bytes:
        """Pack the non-empty series of one block."""
        start, end = block_range(block, self.counts.size)
        inside = np.flatnonzero(self.counts[start:end])
        at = start + inside
        columns = (self.counts[at], self.sums[at], self.lows[at], self.highs[at])
        return pack((inside.astype(np.uint16), *columns, *self.histogram.entries(start, end)))

    def load(self, block: int, blob: bytes) -> None:
        """Take in what `save` packed."""
        inside, counts, sums, lows, highs, bins, columns, tallies = unpack(blob, _BLOB)
        start, _ = block_range(block, _MOST)
        at = inside.astype(np.int64) + start
        self.reach(int(at.max()) + 1)
        self.counts[at], self.sums[at] = counts, sums
        self.lows[at], self.highs[at] = lows, highs
        self.histogram.put(start, bins, columns, tallies)
        self.saved.add(block)


@dataclass(frozen=True, slots=True)
class Closing:
    """One pane to be sent to the district.

    Attributes
    ----------
    number : int
        The pane starts at number × width.
    pane : Pane or None
        None where nothing was measured.
    watermark_ms : int
        How far the partition has come once this pane is told: several panes may close at once, and
        only the last of them carries the whole way.
    """

    number: int
    pane: Pane | None
    watermark_ms: int


class Panes:
    """All panes of one feed that are open, or closed and still kept.

    Parameters
    ----------
    width_ms : int
        Length of a pane.
    kept : int
        How many panes before the newest closed one can still be corrected, that one included.
    patience_ms : int or None
        How long after its end a pane of a quiet feed stays open by the wall clock. None where each
        sensor speaks once in a pane: then nothing is missing once all is quiet.

    Attributes
    ----------
    closed_end : int
        Panes with a number below this are closed.
    closed_count : int
        Non-empty panes closed since the beginning.
    """

    def __init__(self, width_ms: int, kept: int, patience_ms: int | None = None) -> None:
        self.width_ms = width_ms
        self.kept = kept
        self._patience_ms = patience_ms
        self.closed_end = NO_PANE
        self.closed_count = 0
        self._panes: dict[int, Pane] = {}
        self._newest = NO_PANE
        self._corrected: set[int] = set()
        self._told = (NO_PANE, False, 0)  # closed_end, whether idle, how far the partition is
        self._dropped: list[tuple[int, int]] = []

    @property
    def kept_from_ms(self) -> int:
        """Readings of an event time before this are late: their pane is gone."""
        return (self.closed_end - self.kept) * self.width_ms

    @property
    def open_from_ms(self) -> int:
        """Readings of an event time before this correct a closed pane."""
        return self.closed_end * self.width_ms

    def expect(self, times_ms: NDArray[np.int64], ingested_ms: int) -> None:
        """Open the panes of rows that are yet to be added.

        Parameters
        ----------
        times_ms : ndarray, shape (n,), int64
            Event times of the rows of one frame, n ≥ 1, none of them late.
        ingested_ms : int
            Wall clock at which the frame was received.
        """
        first, last = int(times_ms.min()) // self.width_ms, int(times_ms.max()) // self.width_ms
        numbers = [first] if first == last else np.unique(times_ms // self.width_ms).tolist()
        for number in numbers:
            pane = self._panes.get(number)
            if pane is None:
                pane = self._panes[number] = Pane()
            pane.ingested_ms = max(pane.ingested_ms, ingested_ms)
            if number < self.closed_end:
                self._corrected.add(number)
        self._newest = max(self._newest, last)

    def add(self, rows: Rows) -> None:
        """Add rows that were expected."""
        for number, part in rows.by_slot(self.width_ms):
            self._panes[number].add(part)

    def is_news(self, watermark_ms: int | None, now_ms: int) -> bool:
        """Tell whether this watermark closes a pane or says more than the last one that did."""
        if watermark_ms is None:
            return False
        end, claim_ms = self._reached(watermark_ms, now_ms)
        return (end, claim_ms == IDLE) != self._told[:2] and end >= _FIRST_END

    def _reached(self, watermark_ms: int, now_ms: int) -> Reach:
        """Decide how far the panes are closed; an idle, empty partition closes that of 1970."""
        first = _FIRST_END if watermark_ms == IDLE else NO_PANE
        return reach(
            watermark_ms,
            now_ms,
            width_ms=self.width_ms,
            closed_end=max(self.closed_end, first),
            newest=self._newest,
            patience_ms=self._patience_ms,
        )

    def advance(
        self, watermark_ms: int | None, now_ms: int, *, with_corrections: bool
    ) -> list[Closing]:
        """Close what the watermark has passed, and give what the district should be sent.

        Parameters
        ----------
        watermark_ms : int or None
            None: not known yet. `IDLE`: all panes with readings close, as far as they are over.
        now_ms : int
            Wall clock of ingest.
        with_corrections : bool
            Tell corrected panes even if none closes now.

        Returns
        -------
        list of Closing
            Corrected panes with their next revision, then closing ones by time; the last stands for
            the newest closed pane, even when that is empty.
        """
        if watermark_ms is None:
            return []
        is_news = self.is_news(watermark_ms, now_ms)
        told = self._corrections() if is_news or with_corrections else []
        if is_news:
            end, claim_ms = self._reached(watermark_ms, now_ms)
            told += self._close(end, claim_ms)
            self._told = (end, claim_ms == IDLE, claim_ms)
            self._drop()
        return told

    def _corrections(self) -> list[Closing]:
        told = []
        for number in sorted(self._corrected):
            self._panes[number].revision += 1
            told.append(Closing(number, self._panes[number], self._told[2]))
        self._corrected.clear()
        return told

    def _close(self, end: int, watermark_ms: int) -> list[Closing]:
        closing = sorted(n for n in self._panes if self.closed_end <= n < end - 1)
        told = [Closing(n, self._panes[n], (n + 1) * self.width_ms) for n in closing]
        last = self._panes.get(end - 1)
        told.append(Closing(end - 1, last, watermark_ms))
        self.closed_count += len(closing) + (last is not None and end > self.closed_end)
        self.closed_end = end
        return told

    def _drop(self) -> None:
        for number in [n for n in self._panes if n < self.closed_end - self.kept]:
            pane = self._panes.pop(number)
            self._dropped += [(number, block) for block in pane.saved]

    def changes(self) -> Fields:
        """Parts changed since the last call, by (pane number, block); None: gone."""
        fields: Fields = dict.fromkeys(self._dropped)
        self._dropped.clear()
        for number, pane in self._panes.items():
            for block in pane.dirty:
                fields[number, block] = pane.save(block)
            pane.saved |= pane.dirty
            pane.dirty.clear()
        return fields

    def load(self, number: int, block: int, blob: bytes) -> None:
        """Take in one part that `changes` gave."""
        self._panes.setdefault(number, Pane()).load(block, blob)

    def dump(self) -> list[Any]:
        """Give the rest of the state as plain values."""
        about = [(n, p.revision, p.ingested_ms) for n, p in sorted(self._panes.items())]
        ends = [self.closed_end, self.closed_count, self._newest]
        return [*ends, list(self._told), sorted(self._corrected), about]

    def restore(self, dumped: list[Any]) -> None:
        """Become what `dump` described; the parts come by `load`."""
        self.closed_end, self.closed_count, self._newest, told, corrected, about = dumped
        self._told = (int(told[0]), bool(told[1]), int(told[2]))
        self._corrected = set(corrected)
        for number, revision, ingested_ms in about:
            pane = self._panes.setdefault(number, Pane())
            pane.revision, pane.ingested_ms = revision, ingested_ms
