"""What the house asks of the kind `counts`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import ClassVar, Final

import numpy as np

from config.catalog import Catalog, Feed, Text
from config.documents import Document
from config.names import PANES
from models.feeds.kinds.contract import Outgoing
from models.feeds.kinds.counts.book import CountsBook
from models.feeds.kinds.counts.config import CountsFeed, classes
from models.feeds.kinds.counts.rows import FINISHED, CountRows
from models.feeds.place import Gazetteer
from models.grid.grid import Grid
from models.matters.feed import MatterFeed
from models.matters.kind import (
    Areas,
    MatterKind,
    areas_of,
    count,
    matter_topic,
    mean,
    share,
    zone_of,
)
from models.matters.places import cells_of
from models.matters.street import MatterStreet
from models.messages.matters import MatterBatch
from models.messages.rewinds import Rewind
from models.situation.layers import packed
from models.situation.matter_now import Definition, MatterRow
from models.situation.matters import MatterSums
from models.situation.snapshot import Layer
from models.situation.state import DistrictState
from models.situation.streets import LayerNow

TODAY: Final[Text] = {"zh": "今日", "en": "today"}


def unit_layer(feed: CountsFeed, sums: MatterSums, grid: Grid) -> Layer:
    """Lay what was counted today over the cells in which units stand."""
    values = np.full(len(grid), np.nan, np.float32)
    cells = cells_of(feed.units.values(), grid)
    for code, at in zip(feed.units, cells.tolist(), strict=True):
        if at >= 0:
            values[at] = np.nan_to_num(values[at]) + sums.value("today", "unit", code)
    event_ms = np.where(np.isfinite(values), sums.now_ms, 0).astype(np.int64)
    title = {lang: f"{feed.title[lang]} {TODAY[lang]}" for lang in TODAY}
    return packed(f"{feed.name}.today", title, LayerNow(values, event_ms), feed.name)


class CountsStreet(MatterStreet):
    """A street partition of counts: it also sends them by pane, as cases are counted."""

    def _of_kind(self, feed: MatterFeed, batch: MatterBatch) -> Iterable[Outgoing]:
        book = feed.book
        assert isinstance(book, CountsBook)
        updates = book.panes.advance(feed.watermark.value, batch.origin.ingested_ms)
        where = self._partition, self._partitions
        panes = book.panes.messages(updates, feed.name, where, feed.watermark.announced_ms)
        return [Outgoing(PANES, pane) for pane in panes]

    def _rewind(self, order: Rewind) -> Iterable[Outgoing]:
        told = super()._rewind(order)
        if told:
            feed = self.feeds[order.feed]
            assert isinstance(feed.book, CountsBook)
            last_ms = order.asked_ms + feed.feed.clock.future_s * 1000
            feed.book.panes.rewind(feed.watermark.reached_ms, last_ms)
        return told


class CountsKind(MatterKind):
    """Counts; the agent `counts` keeps them."""

    name = "counts"
    feed = CountsFeed
    topic = "matter-counts"
    topics = (matter_topic("counts", "Accepted counts of visits, check-ins and requests."),)
    watched_by = ("silence", "counts", "drops", "clusters")
    sources = ("streets", "departments", "feed")
    is_private = True
    key = ("today", "week", "of_usual", "backlog", "mean_hours", "in_time")
    definitions: ClassVar = {
        "today": Definition({"zh": "今日", "en": "Today"}, "counted since local midnight"),
        "week": Definition({"zh": "近7天", "en": "7 days"}, "counted in the last 7 local days"),
        "of_usual": Definition(
            {"zh": "与前四周之比", "en": "Of the usual"},
            "last 7 days ÷ a week of the mean of the 28 days before them",
            "%",
        ),
        "of_last_year": Definition(
            {"zh": "与去年同期之比", "en": "Of last year"},
            "last 7 days ÷ the same 7 days 52 weeks before",
            "%",
        ),
        "total": Definition({"zh": "累计", "en": "Total"}, "counted since the feed began"),
        "backlog": Definition(
            {"zh": "未办结", "en": "Not finished"}, "opened less finished since the feed began"
        ),
        "mean_hours": Definition(
            {"zh": "平均办理时长", "en": "Mean turnaround"},
            "hours of all finished in 30 days ÷ their number, calendar time",
            "h",
            1,
        ),
        "in_time": Definition(
            {"zh": "按时办结率", "en": "Finished in time"},
            "of those finished in 30 days, the share that took no longer than the limit",
            "%",
            1,
        ),
    }

    def check_feed(self, feed: Feed, file: Document) -> None:
        """Check that there are classes and no metrics, and a limit only where there is an end."""
        assert isinstance(feed, CountsFeed)
        if not feed.categories:
            raise file.error(["categories"], f"a feed of kind {self.name} needs at least one")
        if feed.metrics:
            raise file.error(["metrics"], f"a feed of kind {self.name} has none")
        if feed.limit_h is not None and not feed.ends:
            raise file.error(["limit_h"], "expected ends: true, for only what ends can be late")

    def rows(self, feed: Feed, gazetteer: Gazetteer) -> CountRows:
        """Give what checks counts and packs them."""
        assert isinstance(feed, CountsFeed)
        return CountRows(feed, gazetteer)

    def book(self, feed: Feed, catalog: Catalog, areas: Areas) -> CountsBook:
        """Give the counts of a street partition."""
        assert isinstance(feed, CountsFeed)
        return CountsBook(feed, zone_of(catalog), areas)

    def street(self, catalog: Catalog, partition: int, partitions: int) -> MatterStreet:
        """Give the state of a street partition."""
        areas = areas_of(catalog)
        return CountsStreet(
            catalog, self.name, partition, partitions, lambda feed: self.book(feed, catalog, areas)
        )

    def layers(self, feed: Feed, state: DistrictState, grid: Grid) -> Iterator[Layer]:
        """Give what was counted today in the cells of the units."""
        assert isinstance(feed, CountsFeed)
        sums = state.matters.sums(feed.name)
        if sums is not None:
            yield unit_layer(feed, sums, grid)

    def names_of(self, feed: Feed) -> Mapping[str, Text]:
        """Give the titles of units and classes."""
        assert isinstance(feed, CountsFeed)
        units = {f"unit:{code}": unit.title for code, unit in feed.units.items()}
        return units | {f"class:{code}": title for code, title in classes(feed).items()}

    def rows_of(self, feed: Feed, sums: MatterSums, by: str, group: str) -> Iterator[MatterRow]:
        """Give what was counted, beside its past; and the turnaround where there is an end."""
        assert isinstance(feed, CountsFeed)
        week, usual = sums.value("d7", by, group), sums.value("usual", by, group) / 4
        last_year = sums.value("last_year", by, group)
        yield count(by, group, "today", sums.value("today", by, group))
        yield count(by, group, "week", week)
        yield share(by, group, "of_usual", week, usual if sums.value("usual_seen") else 0.0)
        seen = sums.value("last_year_seen")
        yield share(by, group, "of_last_year", week, last_year if seen else 0.0)
        yield count(by, group, "total", sums.value("opened", by, group))
        if feed.ends:
            yield from self._turnaround(feed, sums, by, group)

    def _turnaround(
        self, feed: CountsFeed, sums: MatterSums, by: str, group: str
    ) -> Iterator[MatterRow]:
        done = sums.value("done", by, group)
        left = sums.value("opened", by, group) - sums.value(FINISHED, by, group)
        yield count(by, group, "backlog", max(left, 0.0))
        yield mean(by, group, "mean_hours", sums.value("hours", by, group), done)
        if feed.limit_h is not None:
            yield share(by, group, "in_time", done - sums.value("over", by, group), done)


KIND: Final = CountsKind()
