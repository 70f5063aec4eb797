"""District agent `outbreaks`: counts of cases in; excesses, clusters and silences out.

A day is evaluated four times: while it fills and when it is over, each time as soon as every street
partition has come past the moment. Cases that arrive later correct the history, not the evaluation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import msgspec

from config.catalog import Catalog, CountRule, Rule
from config.kinds import may_watch
from config.names import PANES, SIGNALS
from config.settings import Settings
from models.messages.envelope import encode, malformed
from models.messages.panes import CasePane
from models.messages.rewinds import Rewind, of_source
from models.messages.signal_batches import batch_message
from models.messages.signals import SignalBatch
from models.monitors.case_history import CaseHistory
from models.monitors.clusters.case_sample import CellPositions
from models.monitors.counts.baseline import BaselineCache
from models.monitors.reach import Reach
from models.rules.contract import CaseContext, kind_of
from models.rules.monitors import CaseMonitor
from models.timing.calendar import day_table
from models.timing.days import number_of
from models.timing.evaluation_schedule import EvaluationSchedule
from models.timing.holidays import Holidays
from streams.host.processor import AgentSpec, Effect, Record, Send


@dataclass(frozen=True, slots=True)
class _SharedHistory:
    """Cases of one feed by one step, and the baselines fitted to them, for all rules over both."""

    history: CaseHistory
    baselines: BaselineCache = field(default_factory=BaselineCache)

    def flush(self) -> set[int]:
        """Give the days that changed since the last call; baselines fitted before are forgotten."""
        self.baselines.forget()
        return self.history.flush()


@dataclass(slots=True)
class _RuleInForce:
    """One rule at a history that it may share, and the days that changed since it was evaluated."""

    history: CaseHistory
    monitor: CaseMonitor
    schedule: EvaluationSchedule
    changed: set[int] = field(default_factory=set)

    def is_due(self) -> bool:
        """Tell whether an evaluation has become possible."""
        return self.schedule.is_due(self.history.watermark.value_ms, self.history.first_day)

    def judge(self) -> Iterator[SignalBatch]:
        """Make the evaluations that have become possible."""
        while self.is_due():
            batch = self.monitor.evaluate(self.schedule.next, self.history, self.changed)
            self.changed = set()
            self.schedule.follow(self.history.watermark.value_ms, self.history.days)
            if batch is not None:
                yield batch

    def rewind(self, order: Rewind, day: int) -> None:
        """Go on with the first look after the watermark; forget what was found after a day."""
        self.changed = {each for each in self.changed if each <= day}
        self.monitor.rewind(day)
        self.schedule.rewind(order.watermark_ms, order.asked_ms)


class OutbreakProcessor:
    """State of the agent: one evaluation schedule a rule.

    Parameters
    ----------
    catalog : Catalog
        Its rules say what is watched.
    holidays : Holidays
        Of the city.
    """

    def __init__(self, catalog: Catalog, holidays: Holidays) -> None:
        self._key = catalog.city.code.encode()
        self._feeds = {
            feed.name for feed in catalog.feeds.values() if may_watch(CountRule.KIND, feed.kind)
        }
        self._zone = zone = ZoneInfo(catalog.city.timezone)
        positions = CellPositions(catalog.grid_at, min(s.valid_from for s in catalog.streets))
        self._histories: dict[tuple[str, str], _SharedHistory] = {}
        self._rules: dict[str, _RuleInForce] = {}
        self._saved_evaluations: dict[str, int] = {}
        for name, rule in sorted(catalog.rules.items()):
            kind = kind_of(rule)
            if (counted := kind.counted(rule)) is not None:
                key = rule.feed, counted.step
                new = _SharedHistory(CaseHistory(zone, counted.step))
                shared = self._histories.setdefault(key, new)
                context = CaseContext(
                    catalog=catalog,
                    positions=positions,
                    holidays=holidays,
                    baselines=shared.baselines,
                )
                schedule = EvaluationSchedule(zone, counted.delay_h)
                monitor = kind.case_monitor(rule, context)
                self._rules[name] = _RuleInForce(shared.history, monitor, schedule)

    def apply(self, record: Record) -> Sequence[Effect]:
        """Apply the cases of a pane, and give what the evaluations found that became possible."""
        pane = record.decode()
        if isinstance(pane, Rewind):
            return self._rewind(pane)
        if not isinstance(pane, CasePane):
            return ()  # readings are judged by the agents `detect` and `silence`
        if pane.feed not in self._feeds:
            raise malformed(CasePane.NAME, f"no feed of cases is called {pane.feed!r}")
        batches: list[SignalBatch] = []
        for (feed, _), shared in self._histories.items():
            if feed == pane.feed:
                shared.history.apply(pane)
                batches += self._judge(shared)
        return [Send(SIGNALS, self._key, batch_message(batch)) for batch in batches]

    def _rewind(self, order: Rewind) -> Sequence[Effect]:
        """Set the clocks over a feed back, and hand that on with their signals."""
        rewound = [
            shared.history
            for (feed, _), shared in self._histories.items()
            if feed == order.feed and shared.history.rewind(order)
        ]
        effects: list[Effect] = []
        day = number_of(order.asked_ms, self._zone)[0]
        for name, rule in self._rules.items():
            if any(rule.history is history for history in rewound):
                rule.rewind(order, day)
                effects.append(Send(SIGNALS, self._key, encode(of_source(order, name))))
        return effects

    def tick(self, now_ms: int) -> Sequence[Effect]:
        """Nothing: evaluations go by event time."""
        del now_ms
        return ()

    def reach(self, rule: Rule) -> Reach | None:
        """Give how far a rule over cases could come now; None of what it does not judge."""
        in_force = self._rules.get(rule.name)
        return None if in_force is None else in_force.monitor.reach(in_force.history)

    def judged(self) -> Mapping[str, int]:
        """Give how far each feed is judged: what is due is evaluated as soon as that is known."""
        found: dict[str, int] = {}
        for (feed, _), shared in self._histories.items():
            reached_ms = shared.history.watermark.value_ms
            found[feed] = min(found.get(feed, reached_ms), reached_ms)
        return found

    def watermarks(self) -> Mapping[str, int]:
        """Give how far each feed has come."""
        return {feed: reached_ms for feed, reached_ms in self.judged().items() if reached_ms}

    def changes(self) -> Mapping[bytes, bytes | None]:
        """Give what changed."""
        fields: dict[bytes, bytes | None] = {}
        for (feed, step), shared in self._histories.items():
            for part, data in shared.history.changes().items():
                fields[f"history/{feed}.{step}/{part}".encode()] = data
        for name, rule in self._rules.items():
            for part, data in rule.monitor.changes().items():
                fields[f"monitor/{name}/{part}".encode()] = data
            if rule.schedule.number != self._saved_evaluations.get(name, 0):
                self._saved_evaluations[name] = rule.schedule.number
                fields[f"next/{name}".encode()] = msgspec.msgpack.encode(rule.schedule.number)
        return fields

    def restore(self, fields: Mapping[bytes, bytes]) -> None:
        """Load all state; a rule that is configured no more is left out."""
        parts: dict[str, dict[str, bytes]] = {}
        for key, data in fields.items():
            kind, name, *part = key.decode().split("/", 2)
            parts.setdefault(f"{kind}/{name}", {})["".join(part)] = data
        for (feed, step), shared in self._histories.items():
            shared.history.restore(parts.get(f"history/{feed}.{step}", {}))
        for name, rule in self._rules.items():
            if f"next/{name}" in parts:
                rule.schedule.number = msgspec.msgpack.decode(parts[f"next/{name}"][""], type=int)
                self._saved_evaluations[name] = rule.schedule.number
            rule.monitor.restore(parts.get(f"monitor/{name}", {}), rule.history)

    def _judge(self, shared: _SharedHistory) -> Iterator[SignalBatch]:
        """Make the evaluations of a history that have become possible."""
        rules = [rule for rule in self._rules.values() if rule.history is shared.history]
        if not any([rule.is_due() for rule in rules]):
            return
        changed = shared.flush()
        for rule in rules:
            rule.changed |= changed
            yield from rule.judge()


def spec(catalog: Catalog, settings: Settings) -> AgentSpec:
    """Describe the agent."""
    del settings
    calendar = catalog.registry.calendar
    holidays = Holidays(day_table(calendar.holidays, calendar.overrides))
    return AgentSpec(
        "outbreaks",
        "district",
        (PANES,),
        lambda _: OutbreakProcessor(catalog, holidays),
        (SIGNALS,),
    )
