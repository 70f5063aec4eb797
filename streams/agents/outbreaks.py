"""District agent `outbreaks`: counts of cases in; excesses, clusters and silences out.

A day is looked at four times: while it fills and when it is over, each time as soon as every street
partition has come past the moment. Cases that are told later correct the history, not the verdict.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import msgspec

from config.catalog import Catalog, Rule
from config.names import PANES, SIGNALS
from config.settings import Settings
from models.messages.envelope import encode, malformed
from models.messages.panes import CasePane
from models.messages.rewinds import Rewind
from models.messages.signal_batches import batch_message
from models.messages.signals import SignalBatch
from models.monitors.case_history import CaseHistory
from models.monitors.clusters.case_sample import CellPositions
from models.monitors.counts.baseline import BaselineCache
from models.monitors.reach import Reach
from models.rules.contract import CaseContext, CaseMonitor, kind_of
from models.timing.calendar import day_table
from models.timing.days import number_of
from models.timing.evaluation_schedule import EvaluationSchedule
from models.timing.holidays import Holidays
from streams.host.processor import AgentSpec, Effect, Record, Send


@dataclass(slots=True)
class _RuleInForce:
    """One rule at a history that it may share, and the days that changed since it last looked."""

    ledger: CaseHistory
    watch: CaseMonitor
    schedule: EvaluationSchedule
    changed: set[int] = field(default_factory=set)

    def is_due(self) -> bool:
        """Tell whether a look has become possible."""
        return self.schedule.is_due(self.ledger.horizon.value_ms, self.ledger.first_day)

    def judge(self) -> Iterator[SignalBatch]:
        """Take the looks that have become possible."""
        while self.is_due():
            batch = self.watch.look(self.schedule.next, self.ledger, self.changed)
            self.changed = set()
            self.schedule.follow(self.ledger.horizon.value_ms, self.ledger.days)
            if batch is not None:
                yield batch

    def rewind(self, order: Rewind, day: int) -> None:
        """Go on with the first look after the watermark; forget what was found after a day."""
        self.changed = {each for each in self.changed if each <= day}
        self.watch.rewind(day)
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
        self._feeds = {feed.name for feed in catalog.feeds_of("cases")}
        self._zone = zone = ZoneInfo(catalog.city.timezone)
        terrain = CellPositions(catalog.grid_at, min(s.valid_from for s in catalog.streets))
        self._ledgers: dict[tuple[str, str], CaseHistory] = {}
        self._fits: dict[tuple[str, str], BaselineCache] = {}  # of each ledger
        self._rules: dict[str, _RuleInForce] = {}
        self._saved_looks: dict[str, int] = {}
        for name, rule in sorted(catalog.rules.items()):
            kind = kind_of(rule)
            if (counted := kind.counted(rule)) is not None:
                key = rule.feed, counted.step
                ledger = self._ledgers.setdefault(key, CaseHistory(zone, counted.step))
                context = CaseContext(
                    catalog=catalog,
                    positions=terrain,
                    holidays=holidays,
                    baselines=self._fits.setdefault(key, BaselineCache()),
                )
                schedule = EvaluationSchedule(zone, counted.delay_h)
                self._rules[name] = _RuleInForce(ledger, kind.case_monitor(rule, context), schedule)

    def apply(self, record: Record) -> Sequence[Effect]:
        """Take the cases of a pane in, and give what the looks found that became possible."""
        pane = record.decode()
        if isinstance(pane, Rewind):
            return self._rewind(pane)
        if not isinstance(pane, CasePane):
            return ()  # readings are judged by the agents `detect` and `silence`
        if pane.feed not in self._feeds:
            raise malformed(CasePane.NAME, f"no feed of cases is called {pane.feed!r}")
        batches: list[SignalBatch] = []
        for key, ledger in self._ledgers.items():
            if key[0] == pane.feed:
                ledger.take(pane)
                batches += self._judge(ledger, self._fits[key])
        return [Send(SIGNALS, self._key, batch_message(batch)) for batch in batches]

    def _rewind(self, order: Rewind) -> Sequence[Effect]:
        """Set the clocks over a feed back, and hand that on with their signals."""
        ledgers = [
            ledger
            for (feed, _), ledger in self._ledgers.items()
            if feed == order.feed and ledger.rewind(order)
        ]
        effects: list[Effect] = []
        day = number_of(order.asked_ms, self._zone)[0]
        for name, rule in self._rules.items():
            if any(rule.ledger is ledger for ledger in ledgers):
                rule.rewind(order, day)
                further = msgspec.structs.replace(order, source=name)
                effects.append(Send(SIGNALS, self._key, encode(further)))
        return effects

    def tick(self, now_ms: int) -> Sequence[Effect]:
        """Nothing: looks are taken by event time."""
        del now_ms
        return ()

    def reach(self, rule: Rule) -> Reach | None:
        """Give how far a rule over cases could come now; None of what it does not judge."""
        in_force = self._rules.get(rule.name)
        return None if in_force is None else in_force.watch.reach(in_force.ledger)

    def watermarks(self) -> Mapping[str, int]:
        """Give how far each feed has come."""
        return {
            feed: ledger.horizon.value_ms
            for (feed, _), ledger in self._ledgers.items()
            if ledger.horizon.value_ms
        }

    def changes(self) -> Mapping[bytes, bytes | None]:
        """Give what changed."""
        fields: dict[bytes, bytes | None] = {}
        for (feed, step), ledger in self._ledgers.items():
            for part, data in ledger.changes().items():
                fields[f"ledger/{feed}.{step}/{part}".encode()] = data
        for name, rule in self._rules.items():
            for part, data in rule.watch.changes().items():
                fields[f"watch/{name}/{part}".encode()] = data
            if rule.schedule.number != self._saved_looks.get(name, 0):
                self._saved_looks[name] = rule.schedule.number
                fields[f"next/{name}".encode()] = msgspec.msgpack.encode(rule.schedule.number)
        return fields

    def restore(self, fields: Mapping[bytes, bytes]) -> None:
        """Load all state; a rule that is configured no more is left out."""
        parts: dict[str, dict[str, bytes]] = {}
        for key, data in fields.items():
            kind, name, *part = key.decode().split("/", 2)
            parts.setdefault(f"{kind}/{name}", {})["".join(part)] = data
        for (feed, step), ledger in self._ledgers.items():
            ledger.restore(parts.get(f"ledger/{feed}.{step}", {}))
        for name, rule in self._rules.items():
            if f"next/{name}" in parts:
                rule.schedule.number = msgspec.msgpack.decode(parts[f"next/{name}"][""], type=int)
                self._saved_looks[name] = rule.schedule.number
            rule.watch.restore(parts.get(f"watch/{name}", {}), rule.ledger)

    def _judge(self, ledger: CaseHistory, fits: BaselineCache) -> Iterator[SignalBatch]:
        """Take the looks at a ledger that have become possible."""
        rules = [rule for rule in self._rules.values() if rule.ledger is ledger]
        if not any([rule.is_due() for rule in rules]):
            return
        changed = ledger.settle()
        fits.forget()
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
