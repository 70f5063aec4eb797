"""What a kind of rule is: the one contract that every module of `models.rules.kinds` fulfils.

A kind is a module with a `KIND`. It says how a rule of its kind is configured and checked, what
watches for it and whose signals it reads, which of its levels could never be reached, and what is
particular to its warnings. A kind whose monitors find what no kind found before still gives one of
the types of `models.messages.signals`; it may give the words itself (`explain`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple, cast

from config.catalog import Catalog, Feed, LevelName, Metric, Rule, Text
from config.kinds import ConfiguredRuleKind, known_rule_kinds

if TYPE_CHECKING:
    from models.cases.closed_loop.questions import Question
    from models.messages.signals import Signal
    from models.monitors.clusters.case_sample import CellPositions
    from models.monitors.counts.baseline import BaselineCache
    from models.rules.monitors import (
        CaseMonitor,
        FeedMonitor,
        LoopMonitor,
        PaneMonitor,
        ReceiverMonitor,
        SensorMonitor,
    )
    from models.timing.holidays import Holidays


class CountedCases(NamedTuple):
    """Which step of a case a rule counts, and how many hours after a day it is judged."""

    step: str
    delay_h: int = 0


@dataclass(frozen=True, kw_only=True)
class CaseContext:
    """What monitors of cases are made from.

    Attributes
    ----------
    baselines : BaselineCache
        Shared by the rules that count the same cases.
    """

    catalog: Catalog
    positions: CellPositions
    holidays: Holidays
    baselines: BaselineCache


class RuleKind(ConfiguredRuleKind):
    """Base of all kinds; a kind overrides what it has.

    Attributes
    ----------
    measures : Metric
        What its warnings are about where that is not a metric of the feed.
    by_wall_clock : bool
        Its signals carry the time of the wall clock, whatever time it is in the data of the feed.
    index_part : str
        Part of the situation index that its warnings count for.
    """

    measures: ClassVar[Metric]
    by_wall_clock: ClassVar[bool] = False
    index_part: ClassVar[str] = "warnings"

    def pane_monitor(self, rule: Rule, zone: str) -> PaneMonitor | None:
        """Give what watches panes for the rule alone; None where nothing does."""
        del rule, zone
        return None

    def sensor_monitor(self, rule: Rule) -> SensorMonitor | None:
        """Give what watches the sensors of the feed; None where nothing does."""
        del rule
        return None

    def receiver_monitor(self, rule: Rule, area: str) -> ReceiverMonitor | None:
        """Give what watches whom warnings reach; None where nothing does."""
        del rule, area
        return None

    def feed_monitor(self, rule: Rule, area: str, expected_s: int) -> FeedMonitor | None:
        """Give what watches the feed as a whole; None where nothing does.

        `area` is the code of the district, `expected_s` how often a source of the feed reports.
        """
        del rule, area, expected_s
        return None

    def counted(self, rule: Rule) -> CountedCases | None:
        """Say which cases `case_monitor` watches; None where the rule is not about cases."""
        del rule
        return None

    def case_monitor(self, rule: Rule, context: CaseContext) -> CaseMonitor:
        """Give what watches the cases of `counted`."""
        raise NotImplementedError

    def question(self, rule: Rule) -> Question | None:
        """Give what the rule asks of the closed loop at the end of each pane; None: nothing."""
        del rule
        return None

    def loop_monitor(self, rule: Rule, area: str) -> LoopMonitor:
        """Give what judges the answers to `question`; `area` is the code of the district."""
        raise NotImplementedError

    def lint(self, rule: Rule, feed: Feed) -> Iterable[tuple[str, str]]:
        """Give field and fault of what no signal can reach, whatever the history."""
        del rule, feed
        return ()

    def unreached(
        self, rule: Rule, feed: Feed, zone: str, days: float | None
    ) -> Iterable[tuple[str, str]]:
        """Give level and reason of every level that `days` of history do not suffice for.

        Without `days`, of every level that no history suffices for.
        """
        del rule, feed, zone, days
        return ()

    def history_needed(self, rule: Rule, feed: Feed) -> dict[LevelName, float]:
        """Give the days of history without which a level is not reached, where it needs any."""
        del rule, feed
        return {}

    def is_cause(self, rule: Rule) -> bool:
        """Tell whether other warnings of the feed follow from one of this rule."""
        del rule
        return False

    def follows_cause(self, rule: Rule) -> bool:
        """Tell whether a silence of the whole feed explains what the rule finds."""
        del rule
        return False

    def explain(
        self, signal: Signal, measured: Metric, names: Mapping[str, Text]
    ) -> dict[str, str] | None:
        """Give the facts in words of its own, by language; None: the words of the evidence."""
        del signal, measured, names
        return None


def rule_kinds() -> dict[str, RuleKind]:
    """All kinds by name."""
    return cast("dict[str, RuleKind]", known_rule_kinds())


def kind_of(rule: Rule) -> RuleKind:
    """Give the kind of a rule."""
    return rule_kinds()[rule.kind]
