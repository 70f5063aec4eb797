"""What the house asks of the kind `readings`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, Final

from config import names
from config.catalog import Feed
from config.documents import Document
from models.feeds.kinds.contract import FeedKind
from models.feeds.kinds.readings import shown
from models.feeds.kinds.readings.rows import ReadingRows
from models.feeds.place import Gazetteer
from models.grid.grid import Grid
from models.situation.snapshot import Headline
from models.situation.state import DistrictState

_REMEMBERED_S: Final = 3600


class ReadingsKind(FeedKind):
    """Readings of sensors; the agent `panes` keeps them."""

    name = "readings"
    sources = ("sensors", "feed")
    mapping_needs = ("time", "sensor", "metrics")
    topic = names.FRAMES
    figures: ClassVar = {
        "readings_in": "accepted",
        "readings_rejected": "rejected",
        "readings_late": "late",
    }

    def check_feed(self, feed: Feed, file: Document) -> None:
        """Check that there are metrics and no categories."""
        if not feed.metrics:
            raise file.error(["metrics"], f"a feed of kind {self.name} needs at least one")
        if feed.categories:
            raise file.error(["categories"], f"a feed of kind {self.name} has none")

    def rows(self, feed: Feed, gazetteer: Gazetteer) -> ReadingRows:
        """Give what checks readings and packs them into frames."""
        return ReadingRows(feed, gazetteer)

    def remembered_s(self, feed: Feed) -> int:
        """Remember while a repeat could be accepted: after twice the lateness it is late."""
        return _REMEMBERED_S + 2 * feed.allowed_lateness_s

    def headlines(
        self, feeds: Sequence[Feed], state: DistrictState, grid: Grid, clock_ms: int
    ) -> Iterable[Headline]:
        """Give the median of PM10 now, and the sensors that reported lately."""
        return shown.headlines(feeds, state, grid, clock_ms)


KIND: Final = ReadingsKind()
