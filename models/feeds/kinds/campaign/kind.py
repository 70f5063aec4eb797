"""What the house asks of the kind `campaign`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import ClassVar, Final

from config.catalog import Catalog, Feed, Text
from config.documents import Document
from models.feeds.kinds.campaign.book import GAUGES, CampaignBook
from models.feeds.kinds.campaign.config import CampaignFeed
from models.feeds.kinds.campaign.figures import DEFINITIONS, figures
from models.feeds.kinds.campaign.rows import CampaignRows, WireVisit
from models.feeds.place import Gazetteer
from models.matters.kind import Areas, MatterKind, check_gauges, matter_topic, zone_of
from models.situation.matter_now import MatterRow
from models.situation.matters import MatterSums


class CampaignKind(MatterKind):
    """Campaigns; the agent `campaign` keeps their objects."""

    name = "campaign"
    feed = CampaignFeed
    topic = "matter-campaign"
    topics = (matter_topic("campaign", "Accepted visits and checks of campaigns."),)
    key = ("coverage", "goal", "behind", "finish_days", "worse", "wrong_share")
    definitions: ClassVar = DEFINITIONS

    def check_feed(self, feed: Feed, file: Document) -> None:
        """Check the dates, the plan, the states and the gauges."""
        assert isinstance(feed, CampaignFeed)
        check_gauges(feed, file, GAUGES)
        if feed.due < feed.starts:
            raise file.error(["due"], f"expected a day from {feed.starts} on, found {feed.due}")
        for code, state in feed.states.items():
            for other in state.to or ():
                if other not in feed.states:
                    wrong = f"expected one of {', '.join(feed.states)}, found {other!r}"
                    raise file.error(["states", code, "to"], wrong)
        _check_plan(feed, file)

    def rows(self, feed: Feed, gazetteer: Gazetteer) -> CampaignRows:
        """Give what checks visits and packs them."""
        assert isinstance(feed, CampaignFeed)
        return CampaignRows(feed, gazetteer, WireVisit)

    def book(self, feed: Feed, catalog: Catalog, areas: Areas) -> CampaignBook:
        """Give the objects of a street partition."""
        assert isinstance(feed, CampaignFeed)
        return CampaignBook(feed, zone_of(catalog), areas)

    def names_of(self, feed: Feed) -> Mapping[str, Text]:
        """Give the titles of states and teams."""
        assert isinstance(feed, CampaignFeed)
        names = {f"state:{code}": state.title for code, state in feed.states.items()}
        return names | {f"team:{code}": title for code, title in feed.teams.items()}

    def rows_of(self, feed: Feed, sums: MatterSums, by: str, group: str) -> Iterator[MatterRow]:
        """Give coverage, pace, states and checks."""
        assert isinstance(feed, CampaignFeed)
        return figures(feed, sums, by, group)


def _check_plan(feed: CampaignFeed, file: Document) -> None:
    before: tuple[date, float] = (feed.starts - timedelta(days=1), 0.0)
    for day, share in feed.plan.items():
        if feed.every != "once":
            raise file.error(["plan"], "expected none where the objects are covered in rounds")
        if day <= before[0] or share < before[1] or day > feed.due:
            wrong = f"expected days up to {feed.due} in their order, with shares that grow"
            raise file.error(["plan", str(day)], wrong)
        before = (day, share)
    if feed.plan and before != (feed.due, 1.0):
        raise file.error(["plan"], f"expected that it ends with 1 on {feed.due}, when it is due")


KIND: Final = CampaignKind()
