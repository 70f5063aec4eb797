"""What the kinds of rules over a metric of a feed have in common."""

from __future__ import annotations

from collections.abc import Iterator

from config.catalog import Feed, LevelName, Rule
from models.rules.contract import RuleKind


class MetricRuleKind(RuleKind):
    """A kind that asks a detector of readings."""

    def lint(self, rule: Rule, feed: Feed) -> Iterator[tuple[str, str]]:
        """Find a detector that does not exist, and values that are never accepted."""
        from models.detect.registry import KINDS

        if rule.levels and rule.detector not in KINDS:
            wrong = f"expected one of {', '.join(sorted(KINDS))}, found {rule.detector!r}"
            yield "detector", wrong
        high = feed.metrics[rule.metric].high
        if rule.minimum > high:
            yield "minimum", f"is over {high}, above which values are rejected: it never warns"

    def unreached(
        self, rule: Rule, feed: Feed, zone: str, days: float | None
    ) -> Iterator[tuple[str, str]]:
        """Run the monitor of the rule on an ordinary past, and then on the largest value."""
        from models.detect.registry import KINDS
        from models.monitors.reach import unreachable
        from models.monitors.readings.ordinary_past import reach_of

        if rule.detector in KINDS:
            yield from unreachable(rule.levels, reach_of(rule, feed, zone, days))

    def history_needed(self, rule: Rule, feed: Feed) -> dict[LevelName, float]:
        """Count what a street needs; the district has one series, and needs a level's own days."""
        from models.detect.stats.supported import history_needed
        from models.monitors.readings.ordinary_past import series_of

        return {name: history_needed(days, *series_of(feed)) for name, days in rule.levels.items()}
