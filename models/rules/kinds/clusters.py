"""The kind `clusters`: cases that gather in space and time."""

from __future__ import annotations

from typing import Final
from zoneinfo import ZoneInfo

from config.catalog import ClusterRule, Rule
from models.rules.cases import CasesRuleKind
from models.rules.contract import CaseContext
from models.rules.monitors import CaseMonitor


class ClusterRuleKind(CasesRuleKind):
    """Watched by `models.monitors.clusters`."""

    name = "clusters"
    rule = ClusterRule

    def case_monitor(self, rule: Rule, context: CaseContext) -> CaseMonitor:
        """Give the monitor of the space-time scan."""
        from models.monitors.clusters.monitor import ClusterMonitor

        assert isinstance(rule, ClusterRule)
        return ClusterMonitor(rule, ZoneInfo(context.catalog.city.timezone), context.positions)

    def kept_days(self) -> int:
        """Count the days of the sample."""
        from models.monitors.clusters.case_sample import SAMPLE_DAYS

        return SAMPLE_DAYS

    def least_days(self) -> int:
        """Count the days before the first scan."""
        from models.monitors.clusters.monitor import LEAST_DAYS

        return LEAST_DAYS


KIND: Final = ClusterRuleKind()
