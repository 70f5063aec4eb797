"""One feed of a matter at one street partition: batches in; panes, refusals and counts out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import msgspec
import numpy as np

from config.catalog import Feed
from models.feeds.street_feed import StreetFeed
from models.matters.book import Book, Refusal
from models.matters.gauges import GaugePane, GaugePanes
from models.messages.frames import IDLE
from models.messages.matters import MatterBatch, MatterRecord
from models.timing.units import DAY_MS

# An idle feed whose newest record is not older than this follows the wall clock, so that what
# grows with time alone is seen; the end of a replay of long ago does not.
FOLLOWS_MS: Final = 40 * DAY_MS
_BOOK, _GAUGE, _META = b"b:", b"g:", b"m"


class MatterFeed(StreetFeed):
    """All state of one feed; a book keeps what is particular to its kind.

    Parameters
    ----------
    feed : Feed
    book : Book

    Attributes
    ----------
    refused : Counter of str
        Records that the book refused, by reason.
    now_ms : int
        Event clock; 0 before the first record of the feed. While nothing comes it follows the wall
        clock.
    """

    def __init__(self, feed: Feed, book: Book) -> None:
        super().__init__(feed)
        self.feed, self.book = feed, book
        self.gauges = GaugePanes(feed.pane_s * 1000, list(feed.metrics))
        self.now_ms = 0
        self.refused: Counter[str] = Counter()

    def apply(self, batch: MatterBatch) -> list[tuple[MatterRecord, Refusal]]:
        """Apply the new records of a batch and its watermark; give those refused, and why."""
        refused: list[tuple[MatterRecord, Refusal]] = []
        if batch.records:
            offsets = np.array([record.offset for record in batch.records], dtype=np.int64)
            is_new = self._new_rows(batch.street, batch.origin, offsets)
            fresh = [record for record, new in zip(batch.records, is_new, strict=True) if new]
            refused = self._apply_all(fresh)
            if fresh:
                self.ingested_ms.append(batch.origin.ingested_ms)
        self.watermark.observe(batch.origin)
        self._move_on(batch.origin.ingested_ms)
        return refused

    def _apply_all(self, records: list[MatterRecord]) -> list[tuple[MatterRecord, Refusal]]:
        """Apply records; the gauges of a cell are read after its last record of each pane."""
        refused: list[tuple[MatterRecord, Refusal]] = []
        width_ms, pane, touched = self.gauges.width_ms, -1, dict[int, None]()
        for record in records:
            number = record.ts_ms // width_ms
            if number != pane:
                self._touch(pane, touched)
                pane = number
            refusal = self.book.apply(record)
            if refusal is not None:
                self.refused[refusal.reason.value] += 1
                refused.append((record, refusal))
                continue
            self.applied_count += 1
            self.last_event_ms = max(self.last_event_ms, record.ts_ms)
            touched[int(record.cell)] = None
        self._touch(pane, touched)
        return refused

    def _touch(self, pane: int, touched: dict[int, None]) -> None:
        for cell in touched if self.feed.metrics else ():
            self.gauges.touch(pane * self.gauges.width_ms, cell, self.book.gauges(cell))
        touched.clear()

    def _move_on(self, wall_ms: int) -> None:
        now_ms = self._reached_ms(wall_ms)
        if now_ms:
            self.now_ms = max(self.now_ms, now_ms)
            self.book.advance(self.now_ms)

    def _reached_ms(self, wall_ms: int) -> int:
        """How far time has come: by the records, and by the wall clock while none come."""
        clock_ms = self.clock_ms
        is_idle = self.watermark.value == IDLE and clock_ms > 0
        return wall_ms if is_idle and 0 <= wall_ms - clock_ms <= FOLLOWS_MS else clock_ms

    def close(self, wall_ms: int) -> list[GaugePane]:
        """Close the panes that the watermark has passed."""
        if not self.feed.metrics or not self.last_event_ms:
            return []
        now_ms = self._reached_ms(wall_ms) if self.watermark.value == IDLE else wall_ms
        return self.gauges.advance(self.watermark.value, now_ms, self.book.aging)

    def _go_back(self, now_ms: int, last_ms: int) -> None:
        self.book.rewind(last_ms)
        self.gauges.rewind(self.watermark.reached_ms, last_ms)
        self.now_ms = min(self.now_ms, now_ms)
        self.book.advance(self.now_ms)

    def changes(self) -> dict[bytes, bytes | None]:
        """Give the fields of a checkpoint that changed since the last call."""
        prefix = self.name.encode() + b"/"
        fields: dict[bytes, bytes | None] = {
            prefix + _BOOK + name: data for name, data in self.book.changes().items()
        }
        for cell, data in self.gauges.changes().items():
            fields[prefix + _GAUGE + str(cell).encode()] = data
        fields[prefix + _META] = msgspec.msgpack.encode(self._meta())
        return fields

    def _meta(self) -> list[Any]:
        return [
            self.watermark.dump(),
            self.applied.dump(),
            [self.applied_count, self.last_event_ms, self.now_ms],
            sorted(self.refused.items()),
            self.gauges.small,
        ]

    def restore(self, fields: Mapping[bytes, bytes]) -> None:
        """Load all fields that `changes` ever gave and did not delete."""
        prefix = self.name.encode() + b"/"
        mine = {key[len(prefix) :]: data for key, data in fields.items() if key.startswith(prefix)}
        if _META not in mine:
            return
        watermark, applied, counters, refused, gauges = msgspec.msgpack.decode(
            mine.pop(_META), strict=False
        )
        self.watermark.restore(watermark)
        self.applied.restore(applied)
        self.applied_count, self.last_event_ms, self.now_ms = counters
        self.refused = Counter(dict(refused))
        standing = {int(key): data for key, data in _part(mine, _GAUGE)}
        self.gauges.restore(gauges, standing)
        self.book.restore(dict(_part(mine, _BOOK)))
        self.book.advance(self.now_ms)


def _part(fields: Mapping[bytes, bytes], prefix: bytes) -> list[tuple[bytes, bytes]]:
    size = len(prefix)
    return [(key[size:], data) for key, data in fields.items() if key.startswith(prefix)]
