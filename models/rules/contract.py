"""What a kind of rule is: the one contract that every module of `models.rules.kinds` fulfils.

A kind is a module with a `KIND`. It says how a rule of its kind is configured and checked, what
watches for it and whose signals it reads, which of its levels could never be reached, and what is
particular to its warnings. A kind whose monitors find what no kind found before still gives one of
the types of `models.messages.signals`; it may give the words itself (`explain`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Protocol, cast

from config.catalog import Catalog, Feed, Metric, Rule, Text
from config.kinds import ConfiguredRuleKind, known_rule_kinds

if TYPE_CHECKING:
    import numpy as np

    from models.messages.feed_health import FeedHealth
    from models.messages.receipts import Receipt
    from models.messages.rewinds import Rewind
    from models.messages.signals import Signal, SignalBatch
    from models.monitors.case_history import CaseHistory
    from models.monitors.clusters.case_sample import CellPositions
    from models.monitors.counts.baseline import BaselineCache
    from models.monitors.limits.monitor import Learned
    from models.monitors.pane_values import PaneValues
    from models.monitors.reach import Reach
    from models.timing.evaluation_schedule import EvaluationTime
    from models.timing.holidays import Holidays


class PaneMonitor(Protocol):
    """Watches the panes of readings for one rule; run by the agent `detect`."""

    @property
    def rule(self) -> Rule:
        """The rule."""
        ...

    def judge(
        self, pane: PaneValues | None, learned: Learned | None, start_ms: int, tick_ms: int
    ) -> SignalBatch:
        """Judge a pane of the rule's metric, None where nobody gave a value."""
        ...

    def rewind(self, now_ms: int) -> None:
        """Forget that anything was judged later than a time."""
        ...

    def to_bytes(self) -> bytes:
        """Give the whole state."""
        ...

    def restore(self, data: bytes) -> None:
        """Continue where `to_bytes` was called."""
        ...


class CaseMonitor(Protocol):
    """Watches cases for one rule; run by the agent `outbreaks`."""

    def evaluate(
        self, evaluation: EvaluationTime, history: CaseHistory, changed: set[int]
    ) -> SignalBatch | None:
        """Evaluate, given the days that changed since the evaluation before."""
        ...

    def reach(self, history: CaseHistory) -> Reach:
        """Give how far the rule could come with the history at hand."""
        ...

    def rewind(self, day: int) -> None:
        """Forget what was found on days later than one."""
        ...

    def changes(self) -> dict[str, bytes | None]:
        """Give the fields that changed since the last call."""
        ...

    def restore(self, fields: Mapping[str, bytes], history: CaseHistory) -> None:
        """Load what `changes` gave."""
        ...


class SensorMonitor(Protocol):
    """Watches which cells give values, for one rule; run by the agent `silence`."""

    def apply(
        self,
        partition: int,
        partitions: int,
        watermark_ms: int,
        end_ms: int,
        cells: np.ndarray[tuple[int], np.dtype[np.int64]],
    ) -> Iterator[SignalBatch]:
        """Take the cells of a pane that gave a value."""
        ...

    def reach(self) -> Reach:
        """Give how far the rule could come now."""
        ...

    @property
    def clock_ms(self) -> int:
        """How far it has listened; 0 before the first word."""
        ...

    def rewind(self, order: Rewind) -> bool:
        """Obey a rewind; return whether it is news."""
        ...

    def to_bytes(self) -> bytes:
        """Give the whole state."""
        ...

    def restore(self, data: bytes) -> None:
        """Continue where `to_bytes` was called."""
        ...


class FeedMonitor(Protocol):
    """Watches what ingest says of a feed, for one rule; run by the agent `silence`."""

    def apply(self, health: FeedHealth) -> SignalBatch | None:
        """Take a health message; None where there is nothing to report."""
        ...

    @property
    def clock_ms(self) -> int:
        """How far it has listened; 0 before the first word."""
        ...

    def rewind(self, order: Rewind) -> bool:
        """Obey a rewind; return whether it is news."""
        ...

    def to_bytes(self) -> bytes:
        """Give the whole state."""
        ...

    def restore(self, data: bytes) -> None:
        """Continue where `to_bytes` was called."""
        ...


class ReceiverMonitor(Protocol):
    """Watches the receipts of deliveries, for one rule; run by the agent `deliver`."""

    name: str
    is_changed: bool

    def apply(self, receipt: Receipt) -> SignalBatch | None:
        """Take a receipt in; None where there is nothing to report."""
        ...

    def forget(self, receiver: str, now_ms: int) -> SignalBatch | None:
        """Note that nobody asks for a receiver any more."""
        ...

    def to_bytes(self) -> bytes:
        """Give the whole state."""
        ...

    def restore(self, data: bytes) -> None:
        """Continue where `to_bytes` was called."""
        ...


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
    """

    measures: ClassVar[Metric]
    by_wall_clock: ClassVar[bool] = False

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

    def lint(self, rule: Rule, feed: Feed) -> Iterable[tuple[str, str]]:
        """Give field and fault of what no signal can reach, whatever the history."""
        del rule, feed
        return ()

    def unreached(
        self, rule: Rule, feed: Feed, zone: str, days: float
    ) -> Iterable[tuple[str, str]]:
        """Give level and reason of every level that `days` of history do not suffice for."""
        del rule, feed, zone, days
        return ()

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
