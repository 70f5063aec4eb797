"""What the house asks of the kind `cases`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, Final

from config import names
from config.catalog import CASE_SOURCES, Feed
from config.documents import Document
from models.feeds.kinds.cases import shown
from models.feeds.kinds.cases.rows import CaseRows
from models.feeds.kinds.contract import FeedKind
from models.feeds.place import Gazetteer
from models.grid.grid import Grid
from models.situation.snapshot import Headline, Layer, Trend
from models.situation.state import DistrictState

_REMEMBERED_S: Final = 7 * 86400


class CasesKind(FeedKind):
    """Cases; the agent `cases` keeps them."""

    name = "cases"
    sources = (*CASE_SOURCES, "feed")
    mapping_needs = ("case", "events")
    topic = names.CASE_EVENTS
    figures: ClassVar = {"cases_in": "accepted", "case_events_rejected": "rejected"}

    def check_feed(self, feed: Feed, file: Document) -> None:
        """Check that there are categories and no metrics."""
        if not feed.categories:
            raise file.error(["categories"], f"a feed of kind {self.name} needs at least one")
        if feed.metrics:
            raise file.error(["metrics"], f"a feed of kind {self.name} has none")

    def rows(self, feed: Feed, gazetteer: Gazetteer) -> CaseRows:
        """Give what checks case events and packs them into batches."""
        return CaseRows(feed, gazetteer)

    def remembered_s(self, feed: Feed) -> int:
        """Remember for a week: a case event is never late."""
        del feed
        return _REMEMBERED_S

    def layers(self, feed: Feed, state: DistrictState, grid: Grid) -> Iterable[Layer]:
        """Give the cases of each cell: open, and of today."""
        return shown.layers(feed, state, grid)

    def headlines(
        self, feeds: Sequence[Feed], state: DistrictState, grid: Grid, clock_ms: int
    ) -> Iterable[Headline]:
        """Give open cases, cases filed today, and the share that is closed."""
        del clock_ms
        return shown.headlines(feeds, state, grid)

    def trends(self, feed: Feed, state: DistrictState) -> Iterable[Trend | None]:
        """Give the cases filed in each pane."""
        return shown.trends(feed, state)


KIND: Final = CasesKind()
