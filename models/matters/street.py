"""The state of a street partition of a kind of matter: all its feeds, as the agent runs them."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from config.catalog import Catalog, Feed
from config.names import DEAD_LETTERS, PANES, SUMMARIES, raw_topic
from models.feeds.kinds.contract import Outgoing
from models.feeds.street_feed import StreetFeeds
from models.matters.book import Book, Refusal
from models.matters.feed import MatterFeed
from models.matters.gauges import GaugePane
from models.messages.dead_letters import Rejected
from models.messages.envelope import malformed
from models.messages.matters import MatterBatch, MatterRecord, MatterSummary
from models.messages.panes import PaneHeader, ReadingPane
from models.messages.rewinds import Rewind
from models.messages.street_summaries import MOST_ROWS, CellSummary
from models.messages.topic import AnyMessage
from models.timing.pace import is_due

CHANGED_MS: Final = 1000  # a summary of what changed comes at most this often …
QUIET_MS: Final = 5000  # … and this often even if nothing did

MakeBook = Callable[[Feed], Book]


class MatterStreet:
    """All feeds of one kind at one street partition; see `StreetState`.

    Parameters
    ----------
    catalog : Catalog
    kind : str
        Name of the kind.
    partition, partitions : int
    book : callable
        Makes the book of a feed.
    """

    def __init__(
        self, catalog: Catalog, kind: str, partition: int, partitions: int, book: MakeBook
    ) -> None:
        self._zone = ZoneInfo(catalog.city.timezone)
        self._partition, self._partitions = partition, partitions
        feeds = (MatterFeed(feed, book(feed)) for feed in catalog.feeds_of(kind))
        self._feeds = StreetFeeds(kind, feeds, partition, partitions)
        self._sent_ms = dict.fromkeys(self.feeds, 0)
        self._due = set[str]()

    @property
    def feeds(self) -> Mapping[str, MatterFeed]:
        """Its feeds by name."""
        return self._feeds.by_name

    def apply(self, message: AnyMessage) -> Iterable[Outgoing]:
        """Apply a batch, or a rewind; raises MalformedMessage before anything is applied."""
        if not isinstance(message, MatterBatch | Rewind):
            raise malformed(MatterBatch.NAME, f"found {type(message).__name__}")
        if isinstance(message, Rewind):
            return self._rewind(message)
        feed = self._feeds.addressed(message.NAME, message.feed)
        for record in message.records:
            if wrong := feed.book.why_not(record):
                raise malformed(message.NAME, wrong)
        refused = feed.apply(message)
        panes = feed.close(message.origin.ingested_ms)
        self._feeds.unsaved.add(feed.name)
        if message.records or panes:
            self._due.add(feed.name)
        return [
            *(_set_aside(message, record, why, feed.book) for record, why in refused),
            *(self._pane(feed, pane) for pane in panes),
            *self._of_kind(feed, message),
        ]

    def _of_kind(self, feed: MatterFeed, batch: MatterBatch) -> Iterable[Outgoing]:
        """Give what only one kind sends."""
        del feed, batch
        return ()

    def tick(self, now_ms: int) -> Iterator[Outgoing]:
        """Give the summaries that are due."""
        for name, feed in self.feeds.items():
            every_ms = CHANGED_MS if name in self._due else QUIET_MS
            every_ms = max(every_ms, feed.book.recounted)  # a millisecond an object: 5 % of a core
            if is_due(self._sent_ms[name], now_ms, every_ms):
                self._sent_ms[name] = now_ms
                self._due.discard(name)
                yield self._layers(feed, now_ms)
                yield self._summary(feed, now_ms)

    def watermarks(self) -> Mapping[str, int]:
        """Give how far each feed has come."""
        return self._feeds.watermarks()

    def changes(self) -> Mapping[bytes, bytes | None]:
        """Fields that changed since the last call; None deletes a field."""
        fields: dict[bytes, bytes | None] = {}
        for name in sorted(self._feeds.unsaved):
            fields |= self.feeds[name].changes()
        self._feeds.unsaved.clear()
        return fields

    def restore(self, fields: Mapping[bytes, bytes]) -> None:
        """Load all fields that `changes` ever gave and did not delete."""
        for feed in self.feeds.values():
            feed.restore(fields)
        self._due.update(self.feeds)

    def _rewind(self, order: Rewind) -> Iterable[Outgoing]:
        """Set the clock of a feed back, and hand that on."""
        further = self._feeds.rewind(order)
        if further is None:
            return ()
        self._due.add(order.feed)
        return [Outgoing(PANES, further)]

    def _pane(self, feed: MatterFeed, pane: GaugePane) -> Outgoing:
        metrics = tuple(feed.feed.metrics)
        resolutions = tuple(metric.resolution for metric in feed.feed.metrics.values())
        header = PaneHeader(
            rows=len(pane.rows),
            feed=feed.name,
            partition=self._partition,
            partitions=self._partitions,
            start_ms=pane.start_ms,
            width_s=feed.gauges.width_ms // 1000,
            watermark_ms=pane.watermark_ms,
            metrics=metrics,
            resolutions=resolutions,
            ingested_ms=feed.ingested_ms[-1] if feed.ingested_ms else 0,
        )
        number = np.array([metrics.index(metric) for _, metric, _ in pane.rows], np.int64)
        values = np.array([gauge for _, _, gauge in pane.rows], np.float64).reshape(-1, 3)
        low, high = (
            np.array([getattr(m, end) for m in feed.feed.metrics.values()])[number, None]
            for end in ("low", "high")
        )
        values = np.clip(values, low, high)  # what a metric may be; a sensor's would be refused
        whole = np.rint(values / np.array(resolutions)[number, None])
        columns = {
            "cell": np.array([cell for cell, _, _ in pane.rows], np.int64),
            "metric": number,
            "count": np.ones(len(number), np.int64),
            "sum": whole[:, 0].astype(np.int64),
            "min": whole[:, 1].astype(np.int64),
            "max": whole[:, 2].astype(np.int64),
            "p50": values[:, 0],
            "p95": values[:, 2],
        }
        return Outgoing(PANES, ReadingPane(header, columns))

    def _layers(self, feed: MatterFeed, now_ms: int) -> Outgoing:
        rows = feed.gauges.now(feed.book.aging(feed.now_ms))[:MOST_ROWS]
        names = tuple(feed.feed.metrics)
        header = self._feeds.summary_header(
            feed,
            rows=len(rows),
            published_ms=now_ms,
            panes_closed=feed.gauges.closed,
            layers=tuple(f"{name}.level" for name in names),
        )
        columns = {
            "cell": np.array([cell for cell, _, _ in rows], np.int64),
            "layer": np.array([names.index(metric) for _, metric, _ in rows], np.int64),
            "value": np.array([value for _, _, value in rows], np.float64),
            "event_ms": np.full(len(rows), feed.now_ms, np.int64),
        }
        return Outgoing(SUMMARIES, CellSummary(header, columns))

    def _summary(self, feed: MatterFeed, now_ms: int) -> Outgoing:
        local = datetime.fromtimestamp(feed.now_ms / 1000, UTC).astimezone(self._zone)
        summary = MatterSummary(
            feed=feed.name,
            partition=self._partition,
            partitions=self._partitions,
            published_ms=now_ms,
            watermark_ms=feed.watermark.announced_ms,
            now_ms=feed.now_ms,
            today=local.date().isoformat(),
            hour=local.hour + local.minute / 60,
            counts=feed.book.counts(),
            watched=feed.book.watched(feed.now_ms),
            refused=dict(feed.refused),
        )
        return Outgoing(SUMMARIES, summary)


def _set_aside(batch: MatterBatch, record: MatterRecord, why: Refusal, book: Book) -> Outgoing:
    """Set a record aside that the street refused, in a form that can be sent again."""
    sent = {"ts": record.ts_ms, "cell": record.cell, **book.as_sent(record)}
    rejected = Rejected(
        reason=why.reason,
        detail=why.detail,
        topic=raw_topic(batch.feed),
        partition=batch.origin.partition,
        offset=record.offset,
        index=record.index,
        data_b64=base64.b64encode(msgspec.json.encode(sent)).decode(),
    )
    return Outgoing(DEAD_LETTERS, rejected)
