"""How far the event time of a feed has come at one street partition.

Every message from ingest names the raw partition it came from and that partition's watermark. The
watermark of the feed is the lowest of them (Akidau et al., The Dataflow Model, VLDB 2015, §2.3),
where a partition that is at its end and quiet (`IDLE`) holds up nothing.

When a quiet feed wakes, one partition reports first, and by then the others may have records too
that are on their way. What was said of them before is in doubt: they hold the feed where it is
until they report, or have said for `DOUBT_MS` that they are idle.
"""

from __future__ import annotations

from typing import Any, Final

from models.messages.bounds import IDLE
from models.messages.origin import Origin
from models.messages.rewinds import Rewind
from models.timing.rewound import Rewound

DOUBT_MS: Final = 2000  # records sent together arrive within this; a partition's tick comes twice
_SILENT: Final = -IDLE  # of a partition in doubt: lower than all times, as before its first record


class Watermark:
    """Watermark of one feed: the minimum over its raw partitions; only an order moves it back.

    Attributes
    ----------
    reached_ms : int
        Highest finite watermark so far; it survives a pause in which all partitions were idle and
        a raw topic that was made anew. -1 before the first.

    Examples
    --------
    >>> watermark = Watermark()
    >>> watermark.observe(Origin(1, 0, 2, watermark_ms=5_000, ingested_ms=0))
    >>> watermark.value is None  # partition 1 has not reported yet
    True
    >>> watermark.observe(Origin(1, 1, 2, watermark_ms=IDLE, ingested_ms=0))
    >>> watermark.value
    5000
    """

    def __init__(self) -> None:
        self.reached_ms = -1
        self._topic_id: int | None = None
        self._raw_partitions = 0
        self._by_partition: dict[int, int] = {}
        self._unconfirmed: dict[
            int, int | None
        ] = {}  # partition → when it said first that it is idle
        self._rewound = Rewound()  # each partition has a clock
        self._furthest_ms: dict[
            int, int
        ] = {}  # partition → its highest time, kept while it is idle

    def observe(self, origin: Origin) -> None:
        """Take in what one message says about its raw partition.

        Another `topic_id` means that the raw topic was made anew: its partitions report afresh. A
        partition's watermark moves forward only, except from `IDLE` back to a time. The wall clocks
        of ingest are compared within one partition only.
        """
        if origin.topic_id != self._topic_id:
            self._topic_id, self._raw_partitions = origin.topic_id, 0
            self._by_partition.clear()
            self._unconfirmed.clear()
            self._rewound = Rewound()
            self._furthest_ms.clear()
        self._raw_partitions = max(self._raw_partitions, origin.partitions)
        if origin.watermark_ms != IDLE:
            self._observe_time(origin.partition, origin.watermark_ms)
        elif not self._is_in_doubt(origin.partition, origin.ingested_ms):
            self._by_partition[origin.partition] = IDLE
        lowest = self._lowest()
        if lowest is not None and lowest != IDLE:
            self.reached_ms = max(self.reached_ms, lowest)

    def _observe_time(self, raw_partition: int, watermark_ms: int) -> None:
        if self._lowest() == IDLE:  # the feed wakes
            self._by_partition = dict.fromkeys(self._by_partition, _SILENT)
            self._unconfirmed = dict.fromkeys(self._by_partition)
        self._unconfirmed.pop(raw_partition, None)
        before = self._by_partition.get(raw_partition, IDLE)
        if before == IDLE or watermark_ms > before:
            self._by_partition[raw_partition] = watermark_ms
        furthest_ms = self._furthest_ms.get(raw_partition, watermark_ms)
        self._furthest_ms[raw_partition] = max(furthest_ms, watermark_ms)

    def _is_in_doubt(self, raw_partition: int, ingested_ms: int) -> bool:
        """Whether a partition that says it is idle may still have what was sent at the waking."""
        if raw_partition not in self._unconfirmed:
            return False
        since_ms = self._unconfirmed[raw_partition]
        if since_ms is None or ingested_ms < since_ms:  # the first message, or a clock set back
            self._unconfirmed[raw_partition] = ingested_ms
            return True
        if ingested_ms - since_ms < DOUBT_MS:
            return True
        del self._unconfirmed[raw_partition]
        return False

    def rewind(self, order: Rewind) -> bool:
        """Let a raw partition go back to a time; return whether that is news.

        An order that is not newer than the last of its partition changes nothing.
        """
        raw_partition, watermark_ms = order.partition, order.watermark_ms
        if order.origin != self._topic_id:
            return False
        if not self._rewound.obey(str(raw_partition), order.asked_ms):
            return False
        self._unconfirmed.pop(raw_partition, None)
        if raw_partition in self._by_partition:
            self._by_partition[raw_partition] = min(self._by_partition[raw_partition], watermark_ms)
        if raw_partition in self._furthest_ms:
            self._furthest_ms[raw_partition] = min(self._furthest_ms[raw_partition], watermark_ms)
        lowest = self._lowest()
        self.reached_ms = min(self.reached_ms, watermark_ms if lowest is None else lowest)
        return True

    @property
    def value(self) -> int | None:
        """Watermark in epoch ms; `IDLE` when all partitions are; None while it is not known.

        It is known once all partitions have reported and each of them is idle or had an event.
        """
        lowest = self._lowest()
        if lowest in (None, IDLE):
            return lowest
        return None if self.reached_ms < 0 else self.reached_ms

    @property
    def furthest_ms(self) -> int:
        """Highest time that any raw partition has named: how far the whole feed is once it is idle.

        Every street partition hears of every raw partition, so that all of them find the same,
        whichever of them had the newest event. -1 before the first.
        """
        return max(self.reached_ms, *self._furthest_ms.values(), -1)

    @property
    def announced_ms(self) -> int:
        """The value for a message: 0 where it is not known yet."""
        return 0 if self.value is None else self.value

    def _lowest(self) -> int | None:
        is_complete = self._raw_partitions > 0 and len(self._by_partition) >= self._raw_partitions
        return min(self._by_partition.values()) if is_complete else None

    def dump(self) -> list[Any]:
        """Everything as plain values, for `restore`."""
        return [
            self.reached_ms,
            self._topic_id,
            self._raw_partitions,
            sorted(self._by_partition.items()),
            sorted(self._unconfirmed.items()),
            sorted(self._rewound.newest_ms.items()),
            sorted(self._furthest_ms.items()),
        ]

    def restore(self, dumped: list[Any]) -> None:
        """Become what `dump` described."""
        self.reached_ms, self._topic_id, self._raw_partitions, known, *rest = dumped
        self._by_partition = {int(partition): int(value) for partition, value in known}
        unconfirmed, rewound, furthest = map(dict, (*rest, (), (), ())[:3])  # older: says less
        self._unconfirmed, self._furthest_ms = unconfirmed, furthest
        self._rewound = Rewound(newest_ms={str(clock): asked for clock, asked in rewound.items()})
