"""Gathers the answers of all street partitions until each pane end is complete."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from models.messages.closed_loop import LoopPane, LoopRow
from models.messages.panes import CasePane
from models.messages.rewinds import Rewind
from models.timing.downstream_watermark import DownstreamWatermark


class Complete(NamedTuple):
    """All rows of one pane end."""

    end_ms: int
    width_s: int
    rows: list[LoopRow]


class LoopProgress(msgspec.Struct, kw_only=True):
    """How far the gathering has come; small, saved whole."""

    watermark: DownstreamWatermark = msgspec.field(default_factory=DownstreamWatermark)
    judged_ms: int = 0  # newest pane end given out


class LoopGathering:
    """Answers of one feed. How far a partition has come its panes of counts say.

    A partition that is away holds the judgement up until it is back: cases wait, they do not pass.
    """

    def __init__(self) -> None:
        self.progress = LoopProgress()
        self.pending: dict[tuple[int, int], LoopPane] = {}  # by end_ms and partition

    def apply(self, pane: LoopPane) -> bool:
        """Keep the answers of a partition; return whether they are news."""
        if pane.end_ms <= self.progress.judged_ms:
            return False
        self.pending[pane.end_ms, pane.partition] = pane
        return True

    def observe(self, pane: CasePane) -> list[Complete]:
        """Hear how far a partition has come; gives what became complete, oldest first."""
        end_ms = pane.start_ms + pane.width_s * 1000
        watermark = self.progress.watermark
        watermark.observe(pane.partition, pane.partitions, pane.watermark_ms, end_ms)
        return list(self._complete(watermark.value_ms))

    def _complete(self, reached_ms: int) -> Iterator[Complete]:
        ends = sorted({end_ms for end_ms, _ in self.pending if end_ms <= reached_ms})
        for end_ms in ends:
            keys = sorted(key for key in self.pending if key[0] == end_ms)
            panes = [self.pending.pop(key) for key in keys]
            self.progress.judged_ms = end_ms
            rows = [row for pane in panes for row in pane.rows]
            yield Complete(end_ms, panes[0].width_s, rows)

    def rewind(self, order: Rewind) -> list[tuple[int, int]] | None:
        """Obey a rewind; gives the keys that are let go, None where it is no news."""
        if not self.progress.watermark.rewind(order):
            return None
        if self.progress.judged_ms > order.asked_ms:
            self.progress.judged_ms = order.watermark_ms
        gone = sorted(key for key in self.pending if key[0] > order.asked_ms)
        for key in gone:
            del self.pending[key]
        return gone
