"""Panes: what every series of a feed measured in fixed intervals of event time.

A pane is open until the watermark passes its end. A closed one is kept for a while, so that a
reading that comes even later corrects it; a reading for a pane that is gone is late.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.messages.frames import IDLE
from models.timing.pane_lifecycle import NO_PANE, PartitionProgress, reach
from models.windows.blocks import Fields
from models.windows.pane import Pane
from models.windows.rows import Rows

_FIRST_END: Final = 1  # a partition that never had a reading closes the pane of 1970-01-01


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
        How far the partition has come once this pane is sent: several panes may close at once, and
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
        sensor reports once in a pane: then nothing is missing once all is quiet.

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
        self._spared = kept + 2
        self._patience_ms = patience_ms
        self.closed_end = NO_PANE
        self.closed_count = 0
        self._panes: dict[int, Pane] = {}
        self._newest = NO_PANE
        self._corrected: set[int] = set()
        self._announced = (NO_PANE, False, 0)  # closed_end, whether idle, how far the partition is
        self._dropped: list[tuple[int, int]] = []
        self._oldest = NO_PANE  # panes before it are gone, as far as a rewind went back

    @property
    def kept_from_ms(self) -> int:
        """Readings of an event time before this are late: their pane is gone."""
        return max(self.closed_end - self.kept, self._oldest) * self.width_ms

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
        return (end, claim_ms == IDLE) != self._announced[:2] and end >= _FIRST_END

    def _reached(self, watermark_ms: int, now_ms: int) -> PartitionProgress:
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
        closings = self._corrections() if is_news or with_corrections else []
        if is_news:
            end, claim_ms = self._reached(watermark_ms, now_ms)
            closings += self._close(end, claim_ms)
            self._announced = (end, claim_ms == IDLE, claim_ms)
            self._drop()
        return closings

    def _corrections(self) -> list[Closing]:
        closings = []
        for number in sorted(self._corrected):
            self._panes[number].revision += 1
            closings.append(Closing(number, self._panes[number], self._announced[2]))
        self._corrected.clear()
        return closings

    def _close(self, end: int, watermark_ms: int) -> list[Closing]:
        closing = sorted(n for n in self._panes if self.closed_end <= n < end - 1)
        closings = [Closing(n, self._panes[n], (n + 1) * self.width_ms) for n in closing]
        last = self._panes.get(end - 1)
        closings.append(Closing(end - 1, last, watermark_ms))
        self.closed_count += len(closing) + (last is not None and end > self.closed_end)
        self.closed_end = end
        return closings

    def _drop(self) -> None:
        """Let old panes go, but never the newest: a rewind may open them again."""
        old = sorted(n for n in self._panes if n < self.closed_end - self.kept)
        for number in old[: max(len(self._panes) - self._spared, 0)]:
            self._remove(number)

    def _remove(self, number: int) -> None:
        pane = self._panes.pop(number)
        self._corrected.discard(number)
        self._dropped += [(number, block) for block in pane.saved]

    def rewind(self, watermark_ms: int, last_ms: int) -> None:
        """Open again what was closed beyond a watermark; forget what is later than was lived.

        A pane that was sent before is sent again, whole, with its next revision.

        Parameters
        ----------
        watermark_ms, last_ms : int
            Event time to go back to, and beyond which nothing can have happened yet.
        """
        for number in [n for n in self._panes if n * self.width_ms > last_ms]:
            self._remove(number)
        self._newest = max(self._panes, default=NO_PANE)
        end = watermark_ms // self.width_ms
        if end >= self.closed_end:
            return
        for number in [n for n in self._panes if end <= n < self.closed_end]:
            self._panes[number].revision += 1
            self.closed_count -= 1
            self._corrected.discard(number)
        self._oldest = min(self._panes, default=NO_PANE)
        self.closed_end, self._announced = end, (end, False, watermark_ms)

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
        return [*ends, list(self._announced), sorted(self._corrected), about, self._oldest]

    def restore(self, dumped: list[Any]) -> None:
        """Become what `dump` described; the parts come by `load`."""
        self.closed_end, self.closed_count, self._newest, closings, corrected, about, *oldest = (
            dumped
        )
        self._oldest = oldest[0] if oldest else NO_PANE  # an older checkpoint does not say
        self._announced = (int(closings[0]), bool(closings[1]), int(closings[2]))
        self._corrected = set(corrected)
        for number, revision, ingested_ms in about:
            pane = self._panes.setdefault(number, Pane())
            pane.revision, pane.ingested_ms = revision, ingested_ms
