"""What the kinds of rules over counts of cases have in common."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from config.catalog import CasesRule, Feed, Metric, Rule
from models.rules.contract import CountedCases, RuleKind

RAREST_DAYS: Final = 1e9  # no recurrence interval is given beyond it
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
        """Find recurrences that no count has."""
        del feed
        beyond = [name for name, begin in rule.levels.items() if begin > RAREST_DAYS]
        low = [name for name, begin in rule.levels.items() if begin < 1]
        for name in beyond + low:
            wrong = f"expected days from 1 to {RAREST_DAYS:.0e}, found {rule.levels[name]}"
            yield f"levels.{name}", wrong
