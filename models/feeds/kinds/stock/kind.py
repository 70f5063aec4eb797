"""What the house asks of the kind `stock`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from config.catalog import Catalog, Feed
from config.documents import Document
from models.feeds.kinds.stock.book import AHEAD, GAUGES, StockBook
from models.feeds.kinds.stock.config import StockFeed
from models.feeds.kinds.stock.rows import StockRows, WireStock
from models.feeds.place import Gazetteer
from models.matters.kind import Areas, MatterKind, check_gauges, count, matter_topic, share, zone_of
from models.situation.matter_now import Definition, MatterRow
from models.situation.matters import MatterSums


class StockKind(MatterKind):
    """Levels; the agent `stock` keeps their objects."""

    name = "stock"
    feed = StockFeed
    topic = "matter-stock"
    topics = (matter_topic("stock", "Accepted levels, changes and inspections."),)
    key = ("level", "saturation", "net", "full", "overdue", "in_1h")
    definitions: ClassVar = {
        "objects": Definition({"zh": "对象数", "en": "Objects"}, "objects that are followed"),
        "level": Definition({"zh": "现有", "en": "Level"}, "sum of the newest levels"),
        "net": Definition(
            {"zh": "净变化", "en": "Net change"}, "in less out within the feed's window, event time"
        ),
        "saturation": Definition(
            {"zh": "饱和度", "en": "Saturation"},
            "level ÷ capacity, of the objects that have a capacity",
            "%",
            1,
        ),
        "full": Definition({"zh": "已满", "en": "Full"}, "objects that are 99.5 % full or more"),
        "overdue": Definition(
            {"zh": "超期未查", "en": "Not inspected"},
            "objects that nobody inspected for longer than the feed's limit of days",
        ),
        **{
            f"in_{hours}h": Definition(
                {"zh": f"{hours}小时后饱和度", "en": f"Saturation in {hours} h"},
                "forecast: the usual level of that hour, and 0.7 an hour of today's departure",
                "%",
                1,
            )
            for hours in AHEAD
        },
    }

    def check_feed(self, feed: Feed, file: Document) -> None:
        """Check the gauges, and that a feed is inspected whose inspections are watched."""
        assert isinstance(feed, StockFeed)
        check_gauges(feed, file, GAUGES)
        if "uninspected" in feed.metrics and feed.inspect_days is None:
            raise file.error(["metrics", "uninspected"], "expected inspect_days beside it")

    def rows(self, feed: Feed, gazetteer: Gazetteer) -> StockRows:
        """Give what checks levels and packs them."""
        assert isinstance(feed, StockFeed)
        return StockRows(feed, gazetteer, WireStock)

    def book(self, feed: Feed, catalog: Catalog, areas: Areas) -> StockBook:
        """Give the objects of a street partition."""
        assert isinstance(feed, StockFeed)
        return StockBook(feed, zone_of(catalog), areas)

    def rows_of(self, feed: Feed, sums: MatterSums, by: str, group: str) -> Iterator[MatterRow]:
        """Give level, saturation, change, and what is full or overdue."""
        assert isinstance(feed, StockFeed)
        for code in ("objects", "level", "net"):
            yield count(by, group, code, sums.value(code, by, group))
        capacity = sums.value("capacity", by, group)
        if capacity:
            yield share(by, group, "saturation", sums.value("used", by, group), capacity)
            yield count(by, group, "full", sums.value("full", by, group))
        if feed.inspect_days is not None:
            yield count(by, group, "overdue", sums.value("overdue", by, group))
        for hours in AHEAD if feed.forecast else ():
            code = f"in_{hours}h"
            of = sums.value(f"{code}_of", by, group)
            yield share(by, group, code, sums.value(code, by, group), of)


KIND: Final = StockKind()
