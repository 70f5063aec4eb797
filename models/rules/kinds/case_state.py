"""The kind `case_state`: cases of a street that stand where they should not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, Final

from config.catalog import Feed, Metric, Rule, Text
from config.closed_loop_rules import CaseStateRule
from config.documents import Document
from config.levels import check_levels
from models.cases.closed_loop.questions import StateQuestion
from models.messages.signals import LimitSignal, Signal
from models.rules.contract import RuleKind
from models.rules.monitors import LoopMonitor
from models.warnings.wording import sentence

_TITLES: Final = {
    "overdue": {"zh": "超期", "en": "past their limit"},
    "idle": {"zh": "无进展", "en": "without a step"},
    "reopened": {"zh": "返工或结案后又有进展", "en": "sent back or reopened"},
    "event": {"zh": "属于重大活动", "en": "open within a major event"},
}


class CaseStateRuleKind(RuleKind):
    """Watched by `models.monitors.closed_loop`, at the end of each pane of the feed."""

    name = "case_state"
    rule = CaseStateRule
    watches = ("cases",)
    measures: ClassVar = Metric(
        title={"zh": "案件状态", "en": "state of cases"}, unit="", resolution=1, low=0, high=1e6
    )

    def check_rule(self, rule: Rule, feed: Feed, file: Document) -> None:
        """Check that its classes exist, and that its levels count cases it may count."""
        assert isinstance(rule, CaseStateRule)
        check_levels(rule, file)
        for number_, category in enumerate(rule.categories):
            if category not in feed.categories:
                wrong = f"expected a category of {feed.name}, found {category!r}"
                raise file.error(["categories", number_], wrong)
        for name, begin in rule.levels.items():
            if begin < rule.minimum:
                wrong = f"expected at least minimum, {rule.minimum:g} cases, found {begin:g}"
                raise file.error(["levels", name], wrong)
        if rule.metric in ("idle", "reopened") and not rule.hours:
            raise file.error(["hours"], f"expected hours over 0 for cases that are {rule.metric}")

    def question(self, rule: Rule) -> StateQuestion:
        """Ask for the cases in the state, by street."""
        assert isinstance(rule, CaseStateRule)
        return StateQuestion(
            rule=rule.name,
            feed=rule.feed,
            state=rule.metric,
            hours=rule.hours,
            categories=frozenset(rule.categories),
        )

    def loop_monitor(self, rule: Rule, area: str) -> LoopMonitor:
        """Give the monitor of the streets."""
        from models.monitors.closed_loop.monitor import ClosedLoopMonitor, LoopConfig, Value

        assert isinstance(rule, CaseStateRule)
        how = LoopConfig(lambda cases, is_open: Value(cases, is_open, is_enough=True), "above")
        return ClosedLoopMonitor(rule, area, how)

    def lint(self, rule: Rule, feed: Feed) -> Iterator[tuple[str, str]]:
        """Find levels that no street reaches, and reopened cases that have left memory."""
        assert isinstance(rule, CaseStateRule)
        for name, begin in rule.levels.items():
            if begin > feed.bounds.cases:
                yield f"levels.{name}", f"no street has {begin:g} cases in memory"

    def explain(
        self, signal: Signal, measured: Metric, names: Mapping[str, Text]
    ) -> dict[str, str] | None:
        """Say how many cases, of how many, and which are the worst."""
        del measured, names
        if not isinstance(signal, LimitSignal) or signal.metric not in _TITLES:
            return None
        seen, state = signal.evidence, _TITLES[signal.metric]
        more = len(seen.named) < seen.observed
        zh = (
            f"{seen.observed:.0f}件案件{state['zh']}（在办{seen.among}件），达到{seen.limit:g}件"
            f"{'；最久的为' if more else '：'}{'、'.join(seen.named)}；"
            f"少于{seen.clears_at:g}件时解除。"
        )
        en = (
            f"{seen.observed:.0f} case(s) {state['en']} ({seen.among} open), at or over "
            f"{seen.limit:g}; {'longest' if more else 'these'}: {', '.join(seen.named)}; "
            f"ends under {seen.clears_at:g}."
        )
        return {"zh": zh, "en": sentence(en)}


KIND: Final = CaseStateRuleKind()
