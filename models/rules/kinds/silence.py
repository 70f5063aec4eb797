"""The kind `silence`: a source that should have reported and has not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from config.catalog import CASE_SOURCES, Feed, Metric, Rule, SilenceRule
from config.documents import Document
from config.kinds import known_feed_kinds
from config.levels import check_levels
from models.rules.cases import STEP
from models.rules.contract import CaseContext, CountedCases, RuleKind
from models.rules.monitors import CaseMonitor, FeedMonitor, SensorMonitor


class SilenceRuleKind(RuleKind):
    """Watched by `models.monitors.silence`: sensors, the whole feed, or who reports cases."""

    name = "silence"
    rule = SilenceRule
    index_part = "silence"
    measures: ClassVar = Metric(
        title={"zh": "数据上报", "en": "reporting"}, unit="h", resolution=1, low=0, high=1e6
    )

    def check_rule(self, rule: Rule, feed: Feed, file: Document) -> None:
        """Check that the feed has such sources; levels are no days but shares of a usual wait."""
        if rule.metric not in known_feed_kinds()[feed.kind].sources:
            wrong = f"feed {feed.name} of kind {feed.kind} has no {rule.metric} to listen to"
            raise file.error(["metric"], wrong)
        check_levels(rule, file)

    def sensor_monitor(self, rule: Rule) -> SensorMonitor | None:
        """Give the monitor of heartbeats by cell."""
        from models.monitors.silence.sensor_heartbeat import SensorHeartbeatMonitor

        assert isinstance(rule, SilenceRule)
        return SensorHeartbeatMonitor(rule) if rule.metric == "sensors" else None

    def feed_monitor(self, rule: Rule, area: str, expected_s: int) -> FeedMonitor | None:
        """Give the monitor of the feed's own heartbeat."""
        from models.monitors.silence.feed_heartbeat import FeedHeartbeatMonitor

        assert isinstance(rule, SilenceRule)
        return FeedHeartbeatMonitor(rule, area, expected_s) if self.is_cause(rule) else None

    def counted(self, rule: Rule) -> CountedCases | None:
        """Count reported cases where streets, beats or departments are missed."""
        return CountedCases(STEP) if rule.metric in CASE_SOURCES else None

    def case_monitor(self, rule: Rule, context: CaseContext) -> CaseMonitor:
        """Give the monitor of who reports cases."""
        from models.monitors.silence.case_sources import CaseSourceMonitor

        del context
        assert isinstance(rule, SilenceRule)
        return CaseSourceMonitor(rule)

    def lint(self, rule: Rule, feed: Feed) -> Iterator[tuple[str, str]]:
        """Find levels that begin within the usual length of a silence."""
        del feed
        for name, begin in rule.levels.items():
            if begin < 1:
                wrong = f"expected at least 1, the longest usual silence, found {begin}"
                yield f"levels.{name}", wrong

    def is_cause(self, rule: Rule) -> bool:
        """While a whole feed is silent, its parts are silent too."""
        return rule.metric == "feed"

    def follows_cause(self, rule: Rule) -> bool:
        """All silences follow from that of the feed but itself."""
        return not self.is_cause(rule)


KIND: Final = SilenceRuleKind()
