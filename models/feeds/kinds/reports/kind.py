"""What the house asks of the kind `reports`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import ClassVar, Final

from config.catalog import Catalog, Feed, Text
from config.documents import Document
from models.feeds.kinds.reports.book import GAUGES, LOOKED_DAYS, ReportsBook
from models.feeds.kinds.reports.config import ReportsFeed
from models.feeds.kinds.reports.rows import ReportRows, WireReport
from models.feeds.place import Gazetteer
from models.matters.kind import Areas, MatterKind, check_gauges, count, matter_topic, share, zone_of
from models.situation.matter_now import Definition, MatterRow
from models.situation.matters import MatterSums


class ReportsKind(MatterKind):
    """Reports; the agent `reports` keeps them."""

    name = "reports"
    feed = ReportsFeed
    topic = "matter-reports"
    topics = (matter_topic("reports", "Accepted reports of units."),)
    key = ("complete", "missing", "late", "implausible")
    definitions: ClassVar = {
        "complete": Definition(
            {"zh": "报送完整率", "en": "Complete"},
            "reports that came ÷ reports that all units owe, of the last 30 days that are over",
            "%",
            1,
        ),
        "missing": Definition({"zh": "缺报", "en": "Missing"}, "reports that are owed and due"),
        "late": Definition({"zh": "迟报", "en": "Late"}, "reports that came after they were due"),
        "implausible": Definition(
            {"zh": "异常", "en": "Implausible"},
            "reports with a figure far from its own past (median and MAD of 14 reports or more)",
        ),
        "corrected": Definition({"zh": "更正", "en": "Corrected"}, "reports changed later"),
        "resent": Definition({"zh": "重报", "en": "Sent again"}, "reports sent twice, unchanged"),
    }

    def check_feed(self, feed: Feed, file: Document) -> None:
        """Check the gauges, and that every unit has a place."""
        assert isinstance(feed, ReportsFeed)
        check_gauges(feed, file, GAUGES)
        for code, unit in feed.units.items():
            if (unit.cell is None) == (unit.lon is None or unit.lat is None):
                raise file.error(["units", code], "expected either cell, or lon and lat")

    def rows(self, feed: Feed, gazetteer: Gazetteer) -> ReportRows:
        """Give what checks reports and packs them."""
        assert isinstance(feed, ReportsFeed)
        return ReportRows(feed, gazetteer, WireReport)

    def book(self, feed: Feed, catalog: Catalog, areas: Areas) -> ReportsBook:
        """Give the reports of a street partition."""
        assert isinstance(feed, ReportsFeed)
        return ReportsBook(feed, zone_of(catalog), areas)

    def names_of(self, feed: Feed) -> Mapping[str, Text]:
        """Give the titles of the units."""
        assert isinstance(feed, ReportsFeed)
        return {f"unit:{code}": unit.title for code, unit in feed.units.items()}

    def members(self, feed: Feed, sums: MatterSums, by: str) -> list[str]:
        """Give all units that owe, also those that never sent anything."""
        assert isinstance(feed, ReportsFeed)
        return list(feed.units) if by == "unit" else super().members(feed, sums, by)

    def rows_of(self, feed: Feed, sums: MatterSums, by: str, group: str) -> Iterator[MatterRow]:
        """Give completeness, and what was late, odd, corrected or sent again."""
        assert isinstance(feed, ReportsFeed)
        came = sums.value("came", by, group)
        if by in ("all", "unit"):
            owed = _days_owed(feed, sums) * (len(feed.units) if by == "all" else 1)
            yield share(by, group, "complete", min(came, owed), owed)
            yield count(by, group, "missing", max(owed - came, 0))
        for code in ("late", "implausible", "corrected", "resent"):
            yield count(by, group, code, sums.value(code, by, group))


def _days_owed(feed: ReportsFeed, sums: MatterSums) -> float:
    """Count the days of the last month whose reports are due by now."""
    today = date.fromisoformat(sums.today)
    owed = (
        today - timedelta(days=back) >= feed.starts and 24 * (back - 1) + sums.hour >= feed.due_h
        for back in range(1, LOOKED_DAYS + 1)
    )
    return float(sum(owed))


KIND: Final = ReportsKind()
