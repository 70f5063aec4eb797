"""What the house asks of the kind `registry`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, Final

from config.catalog import Catalog, Feed, Text
from config.documents import Document
from models.feeds.kinds.registry.book import GAUGES, RegistryBook
from models.feeds.kinds.registry.config import RegistryFeed
from models.feeds.kinds.registry.inside import EventCells
from models.feeds.kinds.registry.risk import Surroundings
from models.feeds.kinds.registry.rows import RegistryRows, WireEntry
from models.feeds.place import Gazetteer
from models.matters.kind import Areas, MatterKind, check_gauges, count, matter_topic, mean
from models.situation.matter_now import Definition, MatterRow
from models.situation.matters import MatterSums


class RegistryKind(MatterKind):
    """Registers of located objects; the agent `registry` keeps them."""

    name = "registry"
    feed = RegistryFeed
    topic = "matter-registry"
    topics = (matter_topic("registry", "Accepted entries, observations and inspections."),)
    key = ("objects", "overdue", "level_up", "new", "mean_risk")
    definitions: ClassVar = {
        "objects": Definition(
            {"zh": "在册", "en": "Registered"}, "objects that are there, as far as is known"
        ),
        "overdue": Definition(
            {"zh": "超期未检", "en": "Inspection overdue"},
            "objects that nobody inspected for longer than the feed's limit of days",
        ),
        "level_up": Definition(
            {"zh": "等级上升", "en": "Level up"}, "objects whose level rose in the last 7 days"
        ),
        "new": Definition(
            {"zh": "新发现", "en": "Newly found"},
            "objects observed first in the last 7 days that nobody has registered",
        ),
        "in_event": Definition(
            {"zh": "重大活动范围内", "en": "Inside an event"},
            "objects in a cell that an object of a major event under way holds",
        ),
        "mean_risk": Definition(
            {"zh": "平均风险值", "en": "Mean risk"},
            "sum of level × condition × exposure ÷ objects",
            "",
            2,
        ),
    }

    def check_feed(self, feed: Feed, file: Document) -> None:
        """Check the gauges."""
        assert isinstance(feed, RegistryFeed)
        check_gauges(feed, file, GAUGES)
        if "overdue_days" in feed.metrics and feed.inspect_days is None:
            raise file.error(["metrics", "overdue_days"], "expected inspect_days beside it")

    def rows(self, feed: Feed, gazetteer: Gazetteer) -> RegistryRows:
        """Give what checks entries and packs them."""
        assert isinstance(feed, RegistryFeed)
        return RegistryRows(feed, gazetteer, WireEntry)

    def book(self, feed: Feed, catalog: Catalog, areas: Areas) -> RegistryBook:
        """Give the objects of a street partition."""
        assert isinstance(feed, RegistryFeed)
        grid = catalog.grid_at(max(street.valid_from for street in catalog.streets))
        around, events = Surroundings(feed.risk, grid), EventCells(catalog, grid)
        return RegistryBook(feed, around, events, areas)

    def names_of(self, feed: Feed) -> Mapping[str, Text]:
        """Give the titles of classes and units."""
        assert isinstance(feed, RegistryFeed)
        names = {f"class:{code}": title for code, title in feed.classes.items()}
        return names | {f"unit:{code}": title for code, title in feed.units.items()}

    def rows_of(self, feed: Feed, sums: MatterSums, by: str, group: str) -> Iterator[MatterRow]:
        """Give how many there are, and what somebody should look at."""
        assert isinstance(feed, RegistryFeed)
        objects = sums.value("objects", by, group)
        yield count(by, group, "objects", objects)
        if feed.inspect_days is not None:
            yield count(by, group, "overdue", sums.value("overdue", by, group))
        yield count(by, group, "level_up", sums.value("level_up", by, group))
        yield count(by, group, "new", sums.value("new", by, group))
        yield count(by, group, "in_event", sums.value("in_event", by, group))
        if by not in ("class", "level", "unit"):
            yield mean(by, group, "mean_risk", sums.value("risk", by, group), objects)


KIND: Final = RegistryKind()
