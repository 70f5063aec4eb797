"""How far all street partitions have come with one feed."""

from __future__ import annotations

import msgspec

from models.feeds.frame import IDLE


class Horizon(msgspec.Struct, kw_only=True):
    """Event time that every street partition has come past; small, saved whole.

    Attributes
    ----------
    partitions : int
        Street partitions there are; 0 before the first message.
    watermarks : dict of int to int
        By partition: how far it has come.
    newest_ms : int
        End of the newest pane heard of: what there is to know when all are idle.
    """

    partitions: int = 0
    watermarks: dict[int, int] = {}
    newest_ms: int = 0

    def hear(self, partition: int, partitions: int, watermark_ms: int, end_ms: int) -> None:
        """Take the word of a partition: forward only, except from `IDLE` back to a time."""
        before = self.watermarks.get(partition, IDLE)
        self.partitions = partitions
        self.watermarks[partition] = watermark_ms if before == IDLE else max(before, watermark_ms)
        self.newest_ms = max(self.newest_ms, end_ms)

    @property
    def value_ms(self) -> int:
        """Event time that all have come past; 0 until each has been heard of."""
        if not self.partitions or len(self.watermarks) < self.partitions:
            return 0
        lowest = min(self.watermarks.values())
        return self.newest_ms if lowest == IDLE else lowest
