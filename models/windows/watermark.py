"""How far the event time of a feed has come at one street partition.

Every message from ingest names the raw partition it came from and that partition's watermark. The
watermark of the feed is the lowest of them (Akidau et al., The Dataflow Model, VLDB 2015, §2.3),
where a partition that is at its end and quiet (`IDLE`) holds nobody up.
"""

from __future__ import annotations

from typing import Any

from models.feeds.frame import IDLE


class Watermark:
    """Watermark of one feed: the minimum over its raw partitions, never moving back.

    Attributes
    ----------
    reached_ms : int
        Highest finite watermark so far; it survives a pause in which all partitions were idle and
        a raw topic that was made anew. -1 before the first.

    Examples
    --------
    >>> watermark = Watermark()
    >>> watermark.hear(origin=1, raw_partition=0, raw_partitions=2, watermark_ms=5_000)
    >>> watermark.value is None  # partition 1 was not heard yet
    True
    >>> watermark.hear(origin=1, raw_partition=1, raw_partitions=2, watermark_ms=IDLE)
    >>> watermark.value
    5000
    """

    def __init__(self) -> None:
        self.reached_ms = -1
        self._origin: int | None = None
        self._raw_partitions = 0
        self._heard: dict[int, int] = {}

    def hear(
        self, *, origin: int, raw_partition: int, raw_partitions: int, watermark_ms: int
    ) -> None:
        """Take in what one message says about its raw partition.

        Another `origin` means that the raw topic was made anew: its partitions are heard afresh. A
        partition's watermark moves forward only, except from `IDLE` back to a time.
        """
        if origin != self._origin:
            self._origin, self._raw_partitions = origin, 0
            self._heard.clear()
        self._raw_partitions = max(self._raw_partitions, raw_partitions)
        before = self._heard.get(raw_partition, IDLE)
        is_repeat = before != IDLE and watermark_ms < before
        self._heard[raw_partition] = before if is_repeat else watermark_ms
        lowest = self._lowest()
        if lowest is not None and lowest != IDLE:
            self.reached_ms = max(self.reached_ms, lowest)

    @property
    def value(self) -> int | None:
        """Watermark in epoch ms; `IDLE` when all partitions are; None while it is not known.

        It is known once all partitions were heard and each of them is idle or had an event.
        """
        lowest = self._lowest()
        if lowest in (None, IDLE):
            return lowest
        return None if self.reached_ms < 0 else self.reached_ms

    @property
    def announced_ms(self) -> int:
        """The value for a message: 0 where it is not known yet."""
        return 0 if self.value is None else self.value

    def _lowest(self) -> int | None:
        is_complete = self._raw_partitions > 0 and len(self._heard) >= self._raw_partitions
        return min(self._heard.values()) if is_complete else None

    def dump(self) -> list[Any]:
        """Everything as plain values, for `restore`."""
        return [
            self.reached_ms,
            self._origin,
            self._raw_partitions,
            sorted(self._heard.items()),
        ]

    def restore(self, dumped: list[Any]) -> None:
        """Become what `dump` described."""
        self.reached_ms, self._origin, self._raw_partitions, heard = dumped
        self._heard = {int(partition): int(value) for partition, value in heard}
