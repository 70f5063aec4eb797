"""District agent `detect`: closed panes of all streets in, signals out.

Panes are gathered by feed until every street partition has come past their end, then judged once,
in the order of their time. A baseline that `gridpulse train readings` has published is taken up
with the first pane after the end of its training.

A pane that is corrected after it was judged is counted, not judged again: what a warning already
said to people is not unsaid.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from config.catalog import Catalog, Rule
from config.names import BASELINES, PANES, SIGNALS
from config.settings import Settings
from models.detect.registry import KINDS
from models.messages.baselines import BaselinePart, key_of
from models.messages.columns import decode
from models.messages.envelope import malformed
from models.messages.panes import PaneHeader, ReadingPane
from models.messages.rewinds import Rewind, of_source
from models.messages.signal_batches import batch_message
from models.messages.topics import encode
from models.monitors.aligner import PaneAligner, Progress
from models.monitors.reach import Reach
from models.monitors.readings.baseline_store import BaselineStore
from models.monitors.readings.monitor import ReadingMonitor
from streams.host.processor import AgentSpec, Effect, Record, Send


class _Totals(msgspec.Struct, frozen=True, kw_only=True):
    """Small part of a feed's state."""

    progress: Progress
    signals: int


class DetectProcessor:
    """State of the agent: the panes that wait, and the monitors.

    Parameters
    ----------
    catalog : Catalog
        Its rules say which metrics are watched, and by what.
    model_key : str
        `Settings.model_key`.
    """

    def __init__(self, catalog: Catalog, model_key: str = "") -> None:
        self._key = catalog.city.code.encode()
        self._feeds = catalog.feeds
        readings = [feed.name for feed in catalog.measured_feeds()]
        self._aligners = {feed: PaneAligner() for feed in readings}
        self._baselines = BaselineStore(catalog, model_key)
        self._monitors = {feed: ReadingMonitor(catalog, feed, self._baselines) for feed in readings}
        self._sources = {
            feed: sorted(
                {r.source for r in catalog.rules.values() if r.feed == feed and r.is_of_metric}
            )
            for feed in readings
        }
        self._moved: set[str] = set()  # feeds whose progress changed since the last save
        self._judged: set[str] = set()  # feeds whose detectors did
        self._pending: dict[bytes, bytes | None] = {}

    def apply(self, record: Record) -> Sequence[Effect]:
        """Take a pane in and judge what became complete by it, or take a baseline in."""
        if record.is_tombstone:
            return self._remove_baseline(record)
        message = record.decode()
        if isinstance(message, BaselinePart):
            return self._apply_baseline(message, record.published_ms)
        if isinstance(message, Rewind):
            return self._rewind(message)
        if not isinstance(message, ReadingPane):
            return ()  # counts of cases are judged by the agent `outbreaks`
        header = message.header
        aligner = self._aligners.get(header.feed)
        if aligner is None:
            raise malformed(PaneHeader.NAME, f"no feed of readings is called {header.feed!r}")
        if aligner.apply(message):
            key = _pending_key(header.feed, header.start_ms, header.partition)
            self._pending[key] = record.value
        self._moved.add(header.feed)
        return self._judge(header.feed, aligner.release())

    def tick(self, now_ms: int) -> Sequence[Effect]:
        """Judge panes that have waited too long for a silent partition."""
        effects: list[Effect] = []
        for feed, aligner in self._aligners.items():
            effects += self._judge(feed, aligner.release_overdue(now_ms))
        return effects

    def reach(self, rule: Rule) -> Reach | None:
        """Give how far a rule over readings could come now; None of what it does not judge."""
        monitor = self._monitors.get(rule.feed)
        if monitor is None or rule.detector not in KINDS:
            return None
        feed = self._feeds[rule.feed]
        start_ms = self._aligners[rule.feed].progress.judged_end_ms
        key = rule.metric, rule.detector
        return monitor.reach(feed.metrics[rule.metric], key, start_ms, feed.pane_s)

    def judged(self) -> Mapping[str, int]:
        """Give how far each feed is judged."""
        return {feed: aligner.progress.judged_end_ms for feed, aligner in self._aligners.items()}

    def watermarks(self) -> Mapping[str, int]:
        """Give how far each feed has come."""
        return {feed: judged_ms for feed, judged_ms in self.judged().items() if judged_ms}

    def changes(self) -> Mapping[bytes, bytes | None]:
        """Give what changed; a feed's detectors only when they judged a pane."""
        fields = dict(self._pending) | self._baselines.changes()
        for feed in sorted(self._moved):
            totals = _Totals(
                progress=self._aligners[feed].progress, signals=self._monitors[feed].total
            )
            fields[f"feed/{feed}".encode()] = msgspec.msgpack.encode(totals)
        for feed in sorted(self._judged):
            fields |= self._monitors[feed].fields()
        self._pending, self._moved, self._judged = {}, set(), set()
        return fields

    def restore(self, fields: Mapping[bytes, bytes]) -> None:
        """Load all state; a feed that is configured no more is left out."""
        self._baselines.restore(fields)
        for feed, monitor in self._monitors.items():
            data = fields.get(f"feed/{feed}".encode())
            if data is None:
                continue
            totals = msgspec.msgpack.decode(data, type=_Totals)
            self._aligners[feed].progress = totals.progress
            monitor.total = totals.signals
            monitor.restore(fields)
        for key, data in fields.items():
            kind, *rest = key.decode().split("/")
            if kind == "pending" and rest[0] in self._aligners:
                self._aligners[rest[0]].keep(ReadingPane(*decode(PaneHeader, data)))

    def _rewind(self, order: Rewind) -> Sequence[Effect]:
        """Set the clock of a feed back, and hand that on to the rules that read its signals."""
        gone = self._aligners[order.feed].rewind(order) if order.feed in self._aligners else None
        if gone is None:
            return ()  # cases are judged by `outbreaks`; or it came before
        for start_ms, partition in gone:
            self._pending[_pending_key(order.feed, start_ms, partition)] = None
        self._monitors[order.feed].rewind(order.asked_ms)
        self._moved.add(order.feed)
        self._judged.add(order.feed)
        return [
            Send(SIGNALS, self._key, encode(of_source(order, source)))
            for source in self._sources[order.feed]
        ]

    def _apply_baseline(self, part: BaselinePart, published_ms: int) -> Sequence[Effect]:
        judged_ms = {feed: each.progress.judged_end_ms for feed, each in self._aligners.items()}
        self._baselines.apply(part, judged_ms, published_ms)
        return ()

    def _remove_baseline(self, record: Record) -> Sequence[Effect]:
        """Take back the baseline that one of its parts is taken back of."""
        feed, metric, detector = key_of(record.key)
        config = self._baselines.remove((feed, metric, detector))
        if config is not None and feed in self._monitors:
            self._monitors[feed].begin_anew((metric, detector), config)
            self._moved.add(feed)
            self._judged.add(feed)
        return ()

    def _judge(self, feed: str, panes: Sequence[Sequence[ReadingPane]]) -> list[Effect]:
        """Judge complete panes, oldest first."""
        effects: list[Effect] = []
        for messages in panes:
            result = self._monitors[feed].judge(messages)
            found = [encode(judged) for judged in result.judged]
            found += [batch_message(batch) for batch in result.batches]
            effects += [Send(SIGNALS, self._key, message) for message in found]
            self._forget(feed, messages)
        return effects

    def _forget(self, feed: str, messages: Sequence[ReadingPane]) -> None:
        """Delete the saved copies of judged panes."""
        self._moved.add(feed)
        self._judged.add(feed)
        for message in messages:
            header = message.header
            self._pending[_pending_key(feed, header.start_ms, header.partition)] = None


def _pending_key(feed: str, start_ms: int, partition: int) -> bytes:
    """Name the state field of a pane that waits."""
    return f"pending/{feed}/{start_ms}/{partition}".encode()


def spec(catalog: Catalog, settings: Settings) -> AgentSpec:
    """Describe the agent."""
    return AgentSpec(
        name="detect",
        level="district",
        topics=(PANES, BASELINES),
        make=lambda _: DetectProcessor(catalog, settings.model_key),
        sends=(SIGNALS,),
    )
