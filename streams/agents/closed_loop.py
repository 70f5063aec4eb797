"""District agent `closed-loop`: what rules asked of the cases in; what is past a level out.

The street agents answer at the end of each pane; a pane end is judged once, as soon as every street
partition has come past it. What comes later of a case that was judged corrects the next judgement.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from config.catalog import Catalog
from config.names import PANES, SIGNALS
from config.settings import Settings
from models.messages.closed_loop import LoopPane
from models.messages.envelope import encode, malformed
from models.messages.panes import CasePane
from models.messages.rewinds import Rewind, of_source
from models.messages.signal_batches import batch_message
from models.monitors.closed_loop.gathering import Complete, LoopGathering, LoopProgress
from models.rules.contract import kind_of
from models.rules.monitors import LoopMonitor
from models.rules.questions import questions_of
from streams.host.processor import AgentSpec, Effect, Record, Send


class ClosedLoopProcessor:
    """State of the agent: answers that wait, and one monitor a rule.

    Parameters
    ----------
    catalog : Catalog
        Its rules say what is asked.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._key = catalog.city.code.encode()
        self._cases = {feed.name for feed in catalog.feeds_of("cases")}
        asked = questions_of(catalog)
        self._gathered = {feed: LoopGathering() for feed in asked}
        self._monitors: dict[str, dict[str, LoopMonitor]] = {
            feed: {each.rule: _monitor(catalog, each.rule) for each in questions}
            for feed, questions in asked.items()
        }
        self._fields: dict[bytes, bytes | None] = {}

    def apply(self, record: Record) -> Sequence[Effect]:
        """Keep answers, or judge what became complete by a pane of counts."""
        message = record.decode()
        if isinstance(message, Rewind):
            return self._rewind(message)
        if isinstance(message, LoopPane):
            return self._keep(message)
        gathered = self._gathered.get(message.feed) if isinstance(message, CasePane) else None
        if gathered is None:
            return ()  # readings, or cases of which nothing is asked
        assert isinstance(message, CasePane)
        effects = self._judge(message.feed, gathered.observe(message))
        self._save(message.feed)
        return effects

    def tick(self, now_ms: int) -> Sequence[Effect]:
        """Nothing: all goes by event time."""
        del now_ms
        return ()

    def judged(self) -> Mapping[str, int]:
        """Give how far each feed is judged: each pane end as soon as all have come past it."""
        return {feed: one.progress.watermark.value_ms for feed, one in self._gathered.items()}

    def watermarks(self) -> Mapping[str, int]:
        """Give how far each feed has come."""
        return {feed: reached_ms for feed, reached_ms in self.judged().items() if reached_ms}

    def changes(self) -> Mapping[bytes, bytes | None]:
        """Give what changed."""
        fields, self._fields = self._fields, {}
        return fields

    def restore(self, fields: Mapping[bytes, bytes]) -> None:
        """Load all state; a rule or feed that is asked of no more is left out."""
        for key, data in fields.items():
            part, feed, *rest = key.decode().split("/")
            gathered, monitors = self._gathered.get(feed), self._monitors.get(feed, {})
            if gathered is None:
                continue
            if part == "feed":
                gathered.progress = msgspec.msgpack.decode(data, type=LoopProgress)
            elif part == "pending":
                pane = msgspec.msgpack.decode(data, type=LoopPane)
                gathered.pending[pane.end_ms, pane.partition] = pane
            elif rest[0] in monitors:
                monitors[rest[0]].restore(data)

    def _keep(self, pane: LoopPane) -> Sequence[Effect]:
        if pane.feed not in self._cases:
            raise malformed(pane.NAME, f"no feed of cases is called {pane.feed!r}")
        gathered = self._gathered.get(pane.feed)
        if gathered is not None and gathered.apply(pane):
            key = _pending_key(pane.feed, pane.end_ms, pane.partition)
            self._fields[key] = msgspec.msgpack.encode(pane)
        return ()

    def _judge(self, feed: str, complete: Iterable[Complete]) -> list[Effect]:
        """Judge pane ends, oldest first, each by every rule."""
        effects: list[Effect] = []
        for pane in complete:
            for name, monitor in self._monitors[feed].items():
                rows = [row for row in pane.rows if row.rule == name]
                batch = monitor.judge(rows, pane.end_ms, pane.width_s)
                effects.append(Send(SIGNALS, self._key, batch_message(batch)))
                self._fields[_monitor_key(feed, name)] = monitor.to_bytes()
            partitions = self._gathered[feed].progress.watermark.partitions
            for partition in range(partitions):
                self._fields[_pending_key(feed, pane.end_ms, partition)] = None
        return effects

    def _rewind(self, order: Rewind) -> Sequence[Effect]:
        """Set the clocks over a feed back, and hand that on with their signals."""
        gathered = self._gathered.get(order.feed)
        gone = None if gathered is None else gathered.rewind(order)
        if gone is None:
            return ()
        for end_ms, partition in gone:
            self._fields[_pending_key(order.feed, end_ms, partition)] = None
        self._save(order.feed)
        for name, monitor in self._monitors[order.feed].items():
            monitor.rewind(order.asked_ms)
            self._fields[_monitor_key(order.feed, name)] = monitor.to_bytes()
        sources = sorted(self._monitors[order.feed])
        return [Send(SIGNALS, self._key, encode(of_source(order, name))) for name in sources]

    def _save(self, feed: str) -> None:
        progress = self._gathered[feed].progress
        self._fields[f"feed/{feed}".encode()] = msgspec.msgpack.encode(progress)


def _monitor(catalog: Catalog, name: str) -> LoopMonitor:
    rule = catalog.rules[name]
    return kind_of(rule).loop_monitor(rule, catalog.city.code)


def _pending_key(feed: str, end_ms: int, partition: int) -> bytes:
    """Name the state field of answers that wait."""
    return f"pending/{feed}/{end_ms}/{partition}".encode()


def _monitor_key(feed: str, rule: str) -> bytes:
    return f"monitor/{feed}/{rule}".encode()


def spec(catalog: Catalog, settings: Settings) -> AgentSpec:
    """Describe the agent."""
    del settings
    return AgentSpec(
        "closed-loop",
        "district",
        (PANES,),
        lambda _: ClosedLoopProcessor(catalog),
        (SIGNALS,),
    )
