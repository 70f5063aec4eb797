"""The kind `indicator`: an indicator of the closed loop that is too high or too low in a group."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, Final

from config.catalog import Feed, Metric, Rule, Text
from config.closed_loop_rules import IndicatorRule
from config.documents import Document
from config.levels import check_levels
from models.cases.closed_loop.questions import CATALOGUE, NOW, IndicatorQuestion
from models.cases.indicators.definitions import Indicator
from models.messages.signals import LimitSignal, Scope, Signal
from models.rules.contract import RuleKind
from models.rules.monitors import LoopMonitor
from models.warnings.wording import called, number, sentence

_WHOLE: Final = 1.0  # of a share
_DAY_H: Final = 24


class IndicatorRuleKind(RuleKind):
    """Watched by `models.monitors.closed_loop`, at the end of each pane of the feed."""

    name = "indicator"
    rule = IndicatorRule
    watches = ("cases",)
    measures: ClassVar = Metric(
        title={"zh": "指标", "en": "indicator"}, unit="", resolution=1, low=0, high=1e6
    )

    def check_rule(self, rule: Rule, feed: Feed, file: Document) -> None:
        """Check that the indicator exists, has its window, and that its levels can end."""
        del feed
        assert isinstance(rule, IndicatorRule)
        check_levels(rule, file)
        if rule.metric not in CATALOGUE:
            wrong = f"expected one of {', '.join(sorted(CATALOGUE))}, found {rule.metric!r}"
            raise file.error(["metric"], wrong)
        if (rule.metric in NOW) != (rule.window_d == 0):
            wrong = f"expected 0 for {' and '.join(NOW)}, at least 1 for all others"
            raise file.error(["window_d"], f"{wrong}, found {rule.window_d} for {rule.metric}")
        if is_share(CATALOGUE[rule.metric]):
            _check_shares(rule, file)

    def question(self, rule: Rule) -> IndicatorQuestion:
        """Ask for the indicator of each group."""
        assert isinstance(rule, IndicatorRule)
        return IndicatorQuestion(
            rule=rule.name, feed=rule.feed, code=rule.metric, by=rule.by, window_d=rule.window_d
        )

    def loop_monitor(self, rule: Rule, area: str) -> LoopMonitor:
        """Give the monitor of the groups."""
        from models.monitors.closed_loop.monitor import ClosedLoopMonitor, LoopConfig, Value

        assert isinstance(rule, IndicatorRule)
        indicator, least = CATALOGUE[rule.metric], rule.minimum

        def value_of(numerator: float, denominator: int) -> Value | None:
            if not indicator.denominator:
                return Value(numerator, 0, is_enough=True)
            observed = indicator.value(numerator, denominator)
            if observed is None:
                return None
            return Value(observed, denominator, is_enough=denominator >= least)

        how = LoopConfig(value_of, rule.direction, rule.window_d * _DAY_H)
        return ClosedLoopMonitor(rule, area, how)

    def lint(self, rule: Rule, feed: Feed) -> Iterator[tuple[str, str]]:
        """Find a minimum that a plain count would not heed."""
        del feed
        assert isinstance(rule, IndicatorRule)
        if not CATALOGUE[rule.metric].denominator and "minimum" in rule.model_fields_set:
            yield "minimum", f"{rule.metric} is a plain count and rests on no denominator"

    def explain(
        self, signal: Signal, measured: Metric, names: Mapping[str, Text]
    ) -> dict[str, str] | None:
        """Say how the indicator stands, of how many, and where its level begins."""
        del measured
        if not isinstance(signal, LimitSignal) or signal.metric not in CATALOGUE:
            return None
        return {language: _explained(signal, names, language) for language in ("zh", "en")}


def is_share(indicator: Indicator) -> bool:
    """Tell whether an indicator is a share of its denominator."""
    return bool(indicator.denominator) and not indicator.is_duration


def _check_shares(rule: IndicatorRule, file: Document) -> None:
    """Check that each level can be reached, and that a warning at it can end."""
    for name, begin in rule.levels.items():
        if not 0 <= begin <= _WHOLE or (begin == 0 and rule.direction == "above"):
            wrong = f"expected a share over 0 and up to 1, found {begin}"
            raise file.error(["levels", name], wrong)
        if rule.direction == "below" and begin / rule.release >= _WHOLE:
            wrong = f"ends at {begin / rule.release:.3g}, which no share passes: raise release"
            raise file.error(["levels", name], wrong)


def _explained(signal: LimitSignal, names: Mapping[str, Text], language: str) -> str:
    seen, indicator = signal.evidence, CATALOGUE[signal.metric]
    observed, limit, ends = (
        _value(value, indicator) for value in (seen.observed, seen.limit, seen.clears_at)
    )
    days, is_above = seen.window_h // _DAY_H, seen.direction == "above"
    group = _group(signal, names, language)
    others = called(seen.named, names, language)
    if language == "zh":
        when = f"近{days}日（不含当日）" if days else "当前"
        among = f"，分母{seen.among}件" if seen.among else ""
        side, back = ("高于", "低于") if is_above else ("低于", "高于")
        also = f"；同时{side}的还有{others}" if others else ""
        return (
            f"{group}{when}{indicator.zh}{observed}{among}，达到或{side}{limit}{also}；"
            f"{back}{ends}时解除。"
        )
    when = f"over the last {days} whole days" if days else "now"
    among = f" of {seen.among} cases" if seen.among else ""
    side, back = ("over", "below") if is_above else ("under", "above")
    also = f"; also {others}" if others else ""
    text = (
        f"{group}{indicator.en} {when} {observed}{among}, at or {side} {limit}{also}; "
        f"ends {back} {ends}."
    )
    return sentence(text)


def _group(signal: LimitSignal, names: Mapping[str, Text], language: str) -> str:
    """Name a department; a street or the district is named with the warning."""
    if signal.scope is Scope.LOCAL or signal.subject == signal.area.code:
        return ""
    name = called([signal.subject], names, language)
    return {"zh": f"专业部门{name}", "en": f"department {name}: "}[language]


def _value(value: float, indicator: Indicator) -> str:
    if is_share(indicator):
        return f"{value:.1%}"
    return number(value) + (" h" if indicator.is_duration else "")


KIND: Final = IndicatorRuleKind()
