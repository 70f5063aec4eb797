"""The kind `counts`: more cases than the season explains."""

from __future__ import annotations

from typing import Final
from zoneinfo import ZoneInfo

from config.catalog import CountRule, Rule
from models.rules.cases import CountingRuleKind
from models.rules.contract import CaseContext
from models.rules.monitors import CaseMonitor


class CountRuleKind(CountingRuleKind):
    """Watched by `models.monitors.counts`."""

    name = "counts"
    rule = CountRule

    def case_monitor(self, rule: Rule, context: CaseContext) -> CaseMonitor:
        """Give the monitor of the counts."""
        from models.monitors.counts.monitor import CountMonitor

        assert isinstance(rule, CountRule)
        zone = ZoneInfo(context.catalog.city.timezone)
        return CountMonitor(rule, zone, context.holidays, context.baselines)


KIND: Final = CountRuleKind()
