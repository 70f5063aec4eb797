"""All that the district knows, in one place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from models.situation.cases import CaseBook
from models.situation.feeds import FeedBook
from models.situation.latency import Latencies
from models.situation.ratios import RatioBook
from models.situation.streets import StreetBook
from models.situation.trends import TrendBook
from models.situation.warnings import WarningBook

_MINUTES_MS: Final = 120_000
_DAY_MS: Final = 86_400_000  # warnings are few


@dataclass(kw_only=True)
class Books:
    """The books of a district.

    Attributes
    ----------
    anomalies : dict of str to int
        Active anomalies found so far, by feed, detector and metric.
    judged_ms : int
        End of the newest pane judged, event time; 0 when none was.
    ingest_to_snapshot, ingest_to_warning : Latencies
        From ingest to what people see: of the last two minutes, and of the last day.
    """

    streets: StreetBook = field(default_factory=StreetBook)
    feeds: FeedBook = field(default_factory=FeedBook)
    cases: CaseBook = field(default_factory=CaseBook)
    warnings: WarningBook = field(default_factory=WarningBook)
    trends: TrendBook = field(default_factory=TrendBook)
    ratios: RatioBook = field(default_factory=RatioBook)
    anomalies: dict[str, int] = field(default_factory=dict)
    judged_ms: int = 0
    ingest_to_snapshot: Latencies = field(default_factory=lambda: Latencies(_MINUTES_MS))
    ingest_to_warning: Latencies = field(default_factory=lambda: Latencies(_DAY_MS))

    def event_now_ms(self) -> int:
        """Tell what time it is in the data; 0 before the first record."""
        return self.feeds.event_now_ms() or self.streets.last_event_ms()
