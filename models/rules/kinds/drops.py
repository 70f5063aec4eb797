"""The kind `drops`: fewer cases than the season explains."""

from __future__ import annotations

from typing import Final
from zoneinfo import ZoneInfo

from config.catalog import DropRule, Rule, SilenceRule
from models.rules.cases import STEP, CountingRuleKind
from models.rules.contract import CaseContext
from models.rules.monitors import CaseMonitor


class DropRuleKind(CountingRuleKind):
    """Watched by `models.monitors.counts` as well, from the other side."""

    name = "drops"
    rule = DropRule

    def case_monitor(self, rule: Rule, context: CaseContext) -> CaseMonitor:
        """Give the monitor of the counts; streets without a case are left to a rule of silence."""
        from models.monitors.counts.monitor import CountMonitor

        assert isinstance(rule, DropRule)
        return CountMonitor(
            rule,
            ZoneInfo(context.catalog.city.timezone),
            context.holidays,
            context.baselines,
            leaves_silence=any(
                _misses_streets(other, rule) for other in context.catalog.rules.values()
            ),
        )

    def follows_cause(self, rule: Rule) -> bool:
        """Fewer cases come while the feed is silent."""
        del rule
        return True


def _misses_streets(rule: Rule, drops: DropRule) -> bool:
    """Tell whether a rule misses streets without any of the cases that another one counts."""
    is_silence = isinstance(rule, SilenceRule) and rule.metric == "streets"
    return is_silence and (rule.feed, STEP) == (drops.feed, drops.step)


KIND: Final = DropRuleKind()
