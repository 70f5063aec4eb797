"""What the house asks of the kind `patrol`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from config.catalog import Catalog, Feed
from config.documents import Document
from models.feeds.kinds.patrol.book import GAUGES, PatrolBook
from models.feeds.kinds.patrol.config import PatrolFeed
from models.feeds.kinds.patrol.rows import PatrolRows
from models.feeds.place import Gazetteer
from models.matters.kind import Areas, MatterKind, check_gauges, count, matter_topic, share, zone_of
from models.situation.matter_now import Definition, MatterRow
from models.situation.matters import MatterSums


class PatrolKind(MatterKind):
    """Positions; the agent `patrol` keeps them, shortly."""

    name = "patrol"
    feed = PatrolFeed
    topic = "matter-patrol"
    topics = (matter_topic("patrol", "Accepted positions of posts on patrol."),)
    is_private = True
    key = ("posts", "free", "on_duty", "seen", "silent")
    definitions: ClassVar = {
        "posts": Definition({"zh": "在岗", "en": "On patrol"}, "posts heard within the time kept"),
        "free": Definition({"zh": "空闲", "en": "Free"}, "of these, posts that are free"),
        "on_duty": Definition(
            {"zh": "在岗率", "en": "On duty"}, "posts heard ÷ all supervisors", "%", 1
        ),
        "seen": Definition({"zh": "已巡网格", "en": "Cells seen"}, "cells entered in this shift"),
        "silent": Definition(
            {"zh": "静默责任网格", "en": "Silent beats"},
            "beats heard before, and not for longer than the feed's limit of this shift",
        ),
    }

    def check_feed(self, feed: Feed, file: Document) -> None:
        """Check the gauges and the shifts."""
        assert isinstance(feed, PatrolFeed)
        check_gauges(feed, file, GAUGES)
        for number, text in enumerate(feed.shifts):
            begin, end = text.split("-")
            if begin >= end:
                raise file.error(["shifts", number], "expected an end after the begin, same day")

    def rows(self, feed: Feed, gazetteer: Gazetteer) -> PatrolRows:
        """Give what checks positions and packs them."""
        assert isinstance(feed, PatrolFeed)
        return PatrolRows(feed, gazetteer)

    def book(self, feed: Feed, catalog: Catalog, areas: Areas) -> PatrolBook:
        """Give the positions of a street partition."""
        assert isinstance(feed, PatrolFeed)
        return PatrolBook(feed, zone_of(catalog), areas)

    def rows_of(self, feed: Feed, sums: MatterSums, by: str, group: str) -> Iterator[MatterRow]:
        """Give who is on patrol, what was seen, and which beats are silent."""
        assert isinstance(feed, PatrolFeed)
        for code in ("posts", "free", "seen", "silent"):
            yield count(by, group, code, sums.value(code, by, group))
        if by == "all":
            posts = sums.value("posts", by, group)
            yield share(by, group, "on_duty", posts, max(float(feed.staff), posts))


KIND: Final = PatrolKind()
