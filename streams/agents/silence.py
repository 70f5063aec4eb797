"""District agent `silence`: panes of readings and health of feeds in, signals of silence out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from config.catalog import Catalog, Rule
from config.names import HEALTH, PANES, SIGNALS
from config.settings import Settings
from models.messages.envelope import encode
from models.messages.feed_health import FeedHealth
from models.messages.heartbeats import Heartbeat
from models.messages.panes import CasePane, ReadingPane
from models.messages.rewinds import Rewind, of_source
from models.messages.signal_batches import batch_message
from models.messages.signals import SignalBatch
from models.monitors.reach import Reach
from models.monitors.silence.replay_end import ReplayEnd
from models.rules.contract import kind_of
from models.rules.monitors import FeedMonitor, SensorMonitor
from models.warnings.watchdog import is_beat_due
from streams.host.processor import AgentSpec, Effect, Record, Send

BEAT: Final = b"beat/"  # when the newest heartbeat was begun
END: Final = "end/"  # of a replay, before the name of its feed; no rule has a name with a slash


class SilenceProcessor:
    """State of the agent: one monitor a rule.

    Parameters
    ----------
    catalog : Catalog
        Its rules say what is watched.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._key = catalog.city.code.encode()
        self._sensors: dict[str, tuple[str, SensorMonitor]] = {}
        self._feeds: dict[str, tuple[str, FeedMonitor]] = {}
        for name, rule in sorted(catalog.rules.items()):
            kind, expected_s = kind_of(rule), catalog.feeds[rule.feed].expected_interval_s
            if (sensors := kind.sensor_monitor(rule)) is not None:
                self._sensors[name] = rule.feed, sensors
            if (feed_monitor := kind.feed_monitor(rule, catalog.city.code, expected_s)) is not None:
                self._feeds[name] = rule.feed, feed_monitor
        watched = (*self._sensors.items(), *self._feeds.items())
        self._feed_of = {name: feed for name, (feed, _) in watched}
        self._ends = {feed: ReplayEnd() for feed in catalog.feeds}
        self._sources_of = {
            feed: sorted({rule.source for rule in catalog.rules.values() if rule.feed == feed})
            for feed in catalog.feeds
        }
        self._beat_ms = 0
        self._changed: set[str] = set()

    def apply(self, record: Record) -> Sequence[Effect]:
        """Note the active sources, and report the silent ones."""
        message = record.decode()
        if isinstance(message, Rewind):
            return self._rewind(message)
        batches: Iterable[SignalBatch] = ()  # counts of cases are watched by `outbreaks`
        if isinstance(message, FeedHealth):
            batches = self._health(message)
        elif isinstance(message, ReadingPane):
            self._put_end_off(message.header.feed)
            batches = self._pane(message)
        elif isinstance(message, CasePane):
            self._put_end_off(message.feed)
        values = [batch_message(batch) for batch in batches]
        if isinstance(message, FeedHealth):
            values += self._heartbeat(message)
        return [Send(SIGNALS, self._key, value) for value in values]

    def tick(self, now_ms: int) -> Sequence[Effect]:
        """Nothing: `feed-health` comes every second and carries the time."""
        del now_ms
        return ()

    def reach(self, rule: Rule) -> Reach | None:
        """Give how far a rule over sensors could come now; None of what it does not judge."""
        found = self._sensors.get(rule.name)
        return None if found is None else found[1].reach()

    def judged(self) -> Mapping[str, int]:
        """Give how far the sensors of each feed are judged; feeds are judged by ingest's clock."""
        found: dict[str, int] = {}
        for feed, monitor in self._sensors.values():
            found[feed] = min(found.get(feed, monitor.clock_ms), monitor.clock_ms)
        return found

    def watermarks(self) -> Mapping[str, int]:
        """Give how far each feed has come."""
        found: dict[str, int] = {}
        for name, monitor in self._monitors().items():
            if monitor.clock_ms:
                feed = self._feed_of[name]
                found[feed] = max(found.get(feed, 0), monitor.clock_ms)
        return found

    def changes(self) -> Mapping[bytes, bytes | None]:
        """Give the monitors that changed."""
        monitors = self._monitors()
        fields: dict[bytes, bytes | None] = {}
        for name in sorted(self._changed):
            if name == BEAT.decode():
                fields[BEAT] = msgspec.msgpack.encode(self._beat_ms)
            elif name.startswith(END):
                state = msgspec.msgpack.encode(self._ends[name.removeprefix(END)])
                fields[name.encode()] = state
            else:
                fields[name.encode()] = monitors[name].to_bytes()
        self._changed.clear()
        return fields

    def restore(self, fields: Mapping[bytes, bytes]) -> None:
        """Load all state; a rule that is configured no more is left out."""
        if BEAT in fields:
            self._beat_ms = msgspec.msgpack.decode(fields[BEAT], type=int)
        for name, monitor in self._monitors().items():
            if name.encode() in fields:
                monitor.restore(fields[name.encode()])
        for feed in self._ends:
            if (data := fields.get(f"{END}{feed}".encode())) is not None:
                self._ends[feed] = msgspec.msgpack.decode(data, type=ReplayEnd)

    def _rewind(self, order: Rewind) -> Sequence[Effect]:
        """Set the clocks over a feed back, and hand that on with their signals."""
        effects: list[Effect] = []
        for name, monitor in sorted(self._monitors().items()):
            if self._feed_of[name] == order.feed and monitor.rewind(order):
                self._changed.add(name)
                effects.append(Send(SIGNALS, self._key, encode(of_source(order, name))))
        return effects

    def _monitors(self) -> dict[str, SensorMonitor | FeedMonitor]:
        monitors: dict[str, SensorMonitor | FeedMonitor] = {}
        monitors.update({name: monitor for name, (_, monitor) in self._sensors.items()})
        monitors.update({name: monitor for name, (_, monitor) in self._feeds.items()})
        return monitors

    def _health(self, health: FeedHealth) -> Iterable[SignalBatch]:
        if health.feed in self._ends:
            self._changed.add(f"{END}{health.feed}")
            if self._ends[health.feed].apply(health):
                yield from self._ended(health)
        for name, (feed, monitor) in self._feeds.items():
            if feed == health.feed:
                self._changed.add(name)
                batch = monitor.apply(health)
                if batch is not None:
                    yield batch

    def _heartbeat(self, health: FeedHealth) -> list[bytes]:
        """Send a heartbeat along once a minute, by the wall clock of ingest."""
        if not is_beat_due(self._beat_ms, health.published_ms):
            return []
        self._beat_ms = health.published_ms
        self._changed.add(BEAT.decode())
        return [encode(Heartbeat(feed=health.feed, begun_ms=health.published_ms))]

    def _ended(self, health: FeedHealth) -> Iterable[SignalBatch]:
        """Give the end of a replay to every clock that rules over its feed have."""
        for source in self._sources_of[health.feed]:
            yield SignalBatch(
                feed=health.feed, rule=source, tick_ms=health.sent_ms, signals=[], is_end=True
            )

    def _put_end_off(self, feed: str) -> None:
        """While panes of a replay still close it is not over, whatever ingest has read."""
        if feed in self._ends and self._ends[feed].follow_pane():
            self._changed.add(f"{END}{feed}")

    def _pane(self, pane: ReadingPane) -> Iterable[SignalBatch]:
        header, columns = pane.header, pane.columns
        for name, (feed, monitor) in self._sensors.items():
            if feed == header.feed:
                self._changed.add(name)
                yield from monitor.apply(
                    header.partition,
                    header.partitions,
                    header.watermark_ms,
                    header.start_ms + header.width_s * 1000,
                    columns["cell"][columns["count"] > 0],
                )


def spec(catalog: Catalog, settings: Settings) -> AgentSpec:
    """Describe the agent."""
    del settings
    topics, sends = (PANES, HEALTH), (SIGNALS,)
    return AgentSpec("silence", "district", topics, lambda _: SilenceProcessor(catalog), sends)
