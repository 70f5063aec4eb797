"""Gathers the panes of one feed from all street partitions until each pane is complete."""

from __future__ import annotations

from bisect import insort
from typing import Final

import msgspec

from models.messages.panes import ReadingPane
from models.messages.rewinds import Rewind
from models.timing.downstream_watermark import DownstreamWatermark

WAIT_MS: Final = 300_000  # wall clock: so long a complete pane waits for a partition that is silent


class Progress(msgspec.Struct, kw_only=True):
    """How far the gathering has come; small, saved whole.

    Attributes
    ----------
    watermark : DownstreamWatermark
        How far the street partitions have come.
    judged_end_ms : int
        End of the newest pane given out.
    revised : int
        Messages about panes that were given out already. They correct the record of the street,
        but a judgement is not taken back: what was learned and sent stays.
    """

    watermark: DownstreamWatermark = msgspec.field(default_factory=DownstreamWatermark)
    judged_end_ms: int = 0
    revised: int = 0


class PaneAligner:
    """Panes of one feed that wait until every street partition has come past their end.

    A partition that never reports (its process is gone) would hold all panes up for ever. After
    `WAIT_MS` of wall clock a pane is therefore given out without it; what the partition says of
    the pane later counts as revised. This is the one place where the result depends on the wall
    clock, and it takes an outage longer than that to get there.
    """

    def __init__(self) -> None:
        self.progress = Progress()
        self._panes: dict[int, dict[int, ReadingPane]] = {}  # by start_ms and partition
        self._starts: list[int] = []  # of `_panes`, sorted: a replay may gather thousands
        # Wall clock at which each pane was first seen waiting, oldest first; not saved.
        self._waiting_since: dict[int, int] = {}
        self._unseen: list[int] = []

    def apply(self, pane: ReadingPane) -> bool:
        """Apply a message; return whether it is kept, as part of a pending pane."""
        header, progress = pane.header, self.progress
        end_ms = header.start_ms + header.width_s * 1000
        progress.watermark.observe(header.partition, header.partitions, header.watermark_ms, end_ms)
        if header.rows == 0:
            return False
        if end_ms <= progress.judged_end_ms:
            progress.revised += 1
            return False
        known = self._panes.get(header.start_ms, {}).get(header.partition)
        if known is not None and known.header.revision > header.revision:
            return False
        self.keep(pane)
        return True

    def keep(self, pane: ReadingPane) -> None:
        """Keep a message until its pane is given out."""
        start_ms, partition = pane.header.start_ms, pane.header.partition
        if start_ms not in self._panes:
            self._panes[start_ms] = {}
            insort(self._starts, start_ms)
            self._unseen.append(start_ms)
        self._panes[start_ms][partition] = pane

    def rewind(self, order: Rewind) -> list[tuple[int, int]] | None:
        """Obey a rewind of a partition; None where it is no news.

        Returns
        -------
        list of (int, int)
            Start and partition of the messages that are let go: nothing as late can have happened.
        """
        progress = self.progress
        if not progress.watermark.rewind(order):
            return None
        if progress.judged_end_ms > order.asked_ms:
            progress.judged_end_ms = order.watermark_ms
        gone = [start for start in self._starts if start > order.asked_ms]
        self._starts = [start for start in self._starts if start <= order.asked_ms]
        for start_ms in gone:
            self._waiting_since.pop(start_ms, None)
        return [(start_ms, at) for start_ms in gone for at in self._panes.pop(start_ms)]

    @property
    def waiting(self) -> int:
        """Panes that are not complete yet."""
        return len(self._starts)

    def release(self) -> list[list[ReadingPane]]:
        """Give out the panes that every partition has come past, oldest first."""
        return self._release_until(self.progress.watermark.value_ms)

    def release_overdue(self, now_ms: int) -> list[list[ReadingPane]]:
        """Give out the panes that have waited too long, and those before them."""
        self._waiting_since |= {start: now_ms for start in self._unseen if start in self._panes}
        self._unseen.clear()
        horizon_ms = 0
        for start_ms, since_ms in self._waiting_since.items():
            if now_ms - since_ms < WAIT_MS:
                break
            horizon_ms = max(horizon_ms, self._end_ms(start_ms))
        return self._release_until(horizon_ms)

    def _release_until(self, horizon_ms: int) -> list[list[ReadingPane]]:
        """Give out all panes that end by an event time."""
        count = 0
        while count < len(self._starts) and self._end_ms(self._starts[count]) <= horizon_ms:
            count += 1
        if not count:
            return []
        ready, self._starts = self._starts[:count], self._starts[count:]
        self.progress.judged_end_ms = self._end_ms(ready[-1])
        return [self._give_out(start_ms) for start_ms in ready]

    def _give_out(self, start_ms: int) -> list[ReadingPane]:
        """Hand over the messages of a pane, by partition."""
        self._waiting_since.pop(start_ms, None)
        by_partition = self._panes.pop(start_ms)
        return [by_partition[partition] for partition in sorted(by_partition)]

    def _end_ms(self, start_ms: int) -> int:
        return start_ms + next(iter(self._panes[start_ms].values())).header.width_s * 1000
