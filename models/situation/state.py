"""All that the district knows, in one place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from models.messages.modes import ModeChange
from models.situation.cases import CaseView
from models.situation.feeds import FeedView
from models.situation.latency import Latencies
from models.situation.line import LineView
from models.situation.matters import MatterView
from models.situation.ratios import RatioView
from models.situation.reach_layers import ReachLayers
from models.situation.streets import StreetView
from models.situation.trends import TrendView
from models.situation.warnings import WarningView
from models.timing.units import DAY_MS

_MINUTES_MS: Final = 120_000


@dataclass(kw_only=True)
class DistrictState:
    """The state of a district, one view a source.

    Attributes
    ----------
    signals : dict of str to int
        Active signals found so far, by feed and rule.
    beyond : dict of str to int
        Signals that the newest batch had no room for, by feed and rule.
    judged_ms : int
        End of the newest pane that any rule judged, event time; 0 when none was.
    switched : ModeChange or None
        The newest switch of the operating mode; None where nobody ever switched.
    ingest_to_snapshot, ingest_to_warning : Latencies
        From ingest to what people see: of the last two minutes, and of the last day.
    """

    streets: StreetView = field(default_factory=StreetView)
    feeds: FeedView = field(default_factory=FeedView)
    line: LineView = field(default_factory=LineView)
    cases: CaseView = field(default_factory=CaseView)
    matters: MatterView = field(default_factory=MatterView)
    warnings: WarningView = field(default_factory=WarningView)
    trends: TrendView = field(default_factory=TrendView)
    ratios: RatioView = field(default_factory=RatioView)
    reach: ReachLayers = field(default_factory=ReachLayers)
    signals: dict[str, int] = field(default_factory=dict)
    beyond: dict[str, int] = field(default_factory=dict)
    judged_ms: int = 0
    switched: ModeChange | None = None
    ingest_to_snapshot: Latencies = field(default_factory=lambda: Latencies(_MINUTES_MS))
    ingest_to_warning: Latencies = field(default_factory=lambda: Latencies(DAY_MS))

    def clock_ms(self, now_ms: int) -> int:
        """Give the time by which ages are judged: the wall clock, or the clock of the replay."""
        return self.feeds.clock_ms(now_ms) or self.streets.last_event_ms()
