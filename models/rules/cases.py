"""What the kinds of rules over counts of cases have in common."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from config.catalog import CasesRule, Feed, LevelName, Metric, Rule
from models.rules.contract import CountedCases, RuleKind

STEP: Final = "reported"  # what a rule without a step of its own counts


class CasesRuleKind(RuleKind):
    """A kind that counts cases by day."""

    watches = ("cases",)
    measures: ClassVar = Metric(
        title={"zh": "案件数", "en": "number of cases"}, unit="", resolution=1, low=0, high=1e6
    )

    def counted(self, rule: Rule) -> CountedCases:
        """Count as the file says."""
        assert isinstance(rule, CasesRule)
        return CountedCases(rule.step, rule.reporting_delay_h)

    def lint(self, rule: Rule, feed: Feed) -> Iterator[tuple[str, str]]:
        """Find recurrences that no count has, and those that no history kept supports."""
        from models.detect.stats.supported import longest_supported

        del feed
        rarest = longest_supported(self.kept_days())
        for name, begin in rule.levels.items():
            if not 1 <= begin <= rarest:
                wrong = (
                    f"expected days from 1 to {rarest:.0f}, {self.kept_days()} days of cases are "
                    f"looked at, found {begin:g}"
                )
                yield f"levels.{name}", wrong

    def kept_days(self) -> int:
        """Count the days of history that are looked at, at the most."""
        raise NotImplementedError

    def guard_days(self) -> int:
        """Count the newest days that are not part of that history."""
        return 0

    def least_days(self) -> int:
        """Count the days without which nothing is judged."""
        raise NotImplementedError

    def unreached(
        self, rule: Rule, feed: Feed, zone: str, days: float | None
    ) -> Iterator[tuple[LevelName, str]]:
        """Find levels that a history is too short for."""
        del zone
        for name, needed in self.history_needed(rule, feed).items():
            if days is not None and needed > days:
                begin = rule.levels[name]
                yield name, f"begins at {begin:g}, needs {needed:g} days of history: {days:g} known"

    def history_needed(self, rule: Rule, feed: Feed) -> dict[LevelName, float]:
        """Count what is needed to judge at all, and what the level needs."""
        from models.detect.stats.supported import history_needed

        del feed
        return {
            name: max(history_needed(begin) + self.guard_days(), float(self.least_days()))
            for name, begin in rule.levels.items()
        }


class CountingRuleKind(CasesRuleKind):
    """A kind that compares counts with a baseline, `models.monitors.counts.baseline`."""

    def kept_days(self) -> int:
        """Count the days that a baseline is fitted to."""
        from models.monitors.counts.baseline import MOST_DAYS

        return MOST_DAYS

    def guard_days(self) -> int:
        """Count the days that a baseline leaves out."""
        from models.monitors.counts.baseline import GUARD_DAYS

        return GUARD_DAYS

    def least_days(self) -> int:
        """Count the days before the first baseline."""
        from models.monitors.counts.baseline import LEAST_DAYS

        return LEAST_DAYS
