"""How far all street partitions have come with one feed."""

from __future__ import annotations

import msgspec

from models.messages.frames import IDLE
from models.messages.rewinds import Rewind
from models.timing.rewound import Rewound


class DownstreamWatermark(msgspec.Struct, kw_only=True):
    """Event time that every street partition has come past; small, saved whole.

    When a quiet feed wakes, every partition says so, one of them first; it may even be through
    before another begins. Until that one has named a time it is not known what it has: it is in
    doubt, and the feed stays where it is.

    Attributes
    ----------
    partitions : int
        Street partitions there are; 0 before the first message.
    watermarks : dict of int to int
        By partition: how far it has come.
    newest_ms : int
        End of the newest pane received: the watermark when all are idle.
    unconfirmed_after_idle : set of int
        Partitions that were idle when the feed woke and have named no time since.
    rewound : Rewound
        By partition.
    """

    partitions: int = 0
    watermarks: dict[int, int] = {}
    newest_ms: int = 0
    unconfirmed_after_idle: set[int] = set()
    rewound: Rewound = msgspec.field(default_factory=Rewound)

    def rewind(self, order: Rewind) -> bool:
        """Let a partition go back to a time; return whether that is news."""
        if not self.rewound.obey(str(order.partition), order.asked_ms):
            return False
        before = self.watermarks.get(order.partition, 0)
        self.watermarks[order.partition] = min(before, order.watermark_ms)
        if self.newest_ms > order.asked_ms:
            self.newest_ms = order.watermark_ms
        return True

    def observe(self, partition: int, partitions: int, watermark_ms: int, end_ms: int) -> None:
        """Apply the watermark of a partition: forward only, except from `IDLE` back to a time."""
        self.partitions = partitions
        if watermark_ms != IDLE:
            if self._lowest() == IDLE and not self.unconfirmed_after_idle:
                self.unconfirmed_after_idle = set(range(partitions))
            self.unconfirmed_after_idle.discard(partition)
        before = self.watermarks.get(partition, IDLE)
        self.watermarks[partition] = watermark_ms if before == IDLE else max(before, watermark_ms)
        self.newest_ms = max(self.newest_ms, end_ms)

    def _lowest(self) -> int:
        """Lowest watermark of all partitions; 0 until each has sent one."""
        return min((self.watermarks.get(n, 0) for n in range(self.partitions)), default=0)

    @property
    def value_ms(self) -> int:
        """Event time that all have come past; 0 while that is not known."""
        if self.unconfirmed_after_idle:
            return 0
        lowest = self._lowest()
        return self.newest_ms if lowest == IDLE else lowest
