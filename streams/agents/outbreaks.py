"""District agent `outbreaks`: counts of cases in; excesses, clusters and silences out.

A day is looked at four times: while it fills and when it is over, each time as soon as every street
partition has come past the moment. Cases that are told later correct the history, not the verdict.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from zoneinfo import ZoneInfo

import msgspec

from config.catalog import Catalog, Rule
from config.names import PANES, SIGNALS
from config.settings import Settings
from models.messages.envelope import malformed
from models.messages.panes import CasePane
from models.messages.signal_batches import batch_message
from models.messages.signals import SignalBatch
from models.monitors.case_history import CaseHistory
from models.monitors.clusters.case_sample import CellPositions
from models.monitors.counts.baseline import BaselineCache
from models.monitors.evaluation import EvaluationTime, evaluation_of
from models.monitors.reach import Reach
from models.rules.contract import CaseContext, CaseMonitor, kind_of
from models.timing.calendar import day_table
from models.timing.days import LOOK_HOURS
from models.timing.holidays import Holidays
from streams.host.processor import AgentSpec, Effect, Record, Send


class _EvaluationSchedule:
    """One rule at a ledger that it may share; `next_look` is 0 before the first case."""

    def __init__(
        self, ledger: CaseHistory, zone: ZoneInfo, watch: CaseMonitor, delay_h: int
    ) -> None:
        self.ledger, self.watch = ledger, watch
        self.next_look = 0
        self.changed: set[int] = set()  # days that changed since the last look
        self._zone, self._delay_h = zone, delay_h

    def is_due(self) -> bool:
        """Tell whether a look has become possible."""
        horizon_ms = self.ledger.horizon.value_ms
        if not self.next_look:
            first = self.ledger.first_day() if horizon_ms else None
            if first is None:
                return False
            self.next_look = first * len(LOOK_HOURS)
        return self._look().at_ms <= horizon_ms

    def judge(self) -> Iterator[SignalBatch]:
        """Take the looks that have become possible."""
        while self.is_due():
            batch = self.watch.look(self._look(), self.ledger, self.changed)
            self.changed = set()
            self.next_look += 1
            if batch is not None:
                yield batch

    def _look(self) -> EvaluationTime:
        return evaluation_of(self.next_look, self._zone, self._delay_h)


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
        zone = ZoneInfo(catalog.city.timezone)
        terrain = CellPositions(catalog.grid_at, min(s.valid_from for s in catalog.streets))
        self._ledgers: dict[tuple[str, str], CaseHistory] = {}
        self._fits: dict[tuple[str, str], BaselineCache] = {}  # of each ledger
        self._schedules: dict[str, _EvaluationSchedule] = {}
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
                watch = kind.case_monitor(rule, context)
                self._schedules[name] = _EvaluationSchedule(ledger, zone, watch, counted.delay_h)

    def apply(self, record: Record) -> Sequence[Effect]:
        """Take the cases of a pane in, and give what the looks found that became possible."""
        pane = record.decode()
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

    def tick(self, now_ms: int) -> Sequence[Effect]:
        """Nothing: looks are taken by event time."""
        del now_ms
        return ()

    def reach(self, rule: Rule) -> Reach | None:
        """Give how far a rule over cases could come now; None of what it does not judge."""
        schedule = self._schedules.get(rule.name)
        return None if schedule is None else schedule.watch.reach(schedule.ledger)

    def changes(self) -> Mapping[bytes, bytes | None]:
        """Give what changed."""
        fields: dict[bytes, bytes | None] = {}
        for (feed, step), ledger in self._ledgers.items():
            for field, data in ledger.changes().items():
                fields[f"ledger/{feed}.{step}/{field}".encode()] = data
        for name, schedule in self._schedules.items():
            watched = schedule.watch.changes()
            for field, data in watched.items():
                fields[f"watch/{name}/{field}".encode()] = data
            if schedule.next_look != self._saved_looks.get(name, 0):
                self._saved_looks[name] = schedule.next_look
                fields[f"next/{name}".encode()] = msgspec.msgpack.encode(schedule.next_look)
        return fields

    def restore(self, fields: Mapping[bytes, bytes]) -> None:
        """Load all state; a rule that is configured no more is left out."""
        parts: dict[str, dict[str, bytes]] = {}
        for key, data in fields.items():
            kind, name, *field = key.decode().split("/", 2)
            parts.setdefault(f"{kind}/{name}", {})["".join(field)] = data
        for (feed, step), ledger in self._ledgers.items():
            ledger.restore(parts.get(f"ledger/{feed}.{step}", {}))
        for name, schedule in self._schedules.items():
            if f"next/{name}" in parts:
                schedule.next_look = msgspec.msgpack.decode(parts[f"next/{name}"][""], type=int)
                self._saved_looks[name] = schedule.next_look
            schedule.watch.restore(parts.get(f"watch/{name}", {}), schedule.ledger)

    def _judge(self, ledger: CaseHistory, fits: BaselineCache) -> Iterator[SignalBatch]:
        """Take the looks at a ledger that have become possible."""
        schedules = [schedule for schedule in self._schedules.values() if schedule.ledger is ledger]
        if not any([schedule.is_due() for schedule in schedules]):
            return
        changed = ledger.settle()
        fits.forget()
        for schedule in schedules:
            schedule.changed |= changed
            yield from schedule.judge()


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
