"""District agent `situation`: the newest message of each source in, snapshots out.

One snapshot in five minutes goes into the archive, where the wall finds the past.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from config.catalog import Catalog
from config.names import AUDIT, HEALTH, LINE, PANES, RECEIPTS, SIGNALS, SUMMARIES, WARNINGS
from config.settings import Settings
from models.archive.moments import is_due as is_moment_due
from models.archive.moments import moment_part
from models.events.tagging import EventTagger
from models.messages.feed_health import FeedHealth
from models.messages.judged_panes import JudgedPane
from models.messages.line_health import LineHealth
from models.messages.matters import MatterSummary
from models.messages.modes import ModeChange
from models.messages.panes import CasePane
from models.messages.receipts import Receipt
from models.messages.rewinds import Rewind
from models.messages.signals import SignalBatch
from models.messages.street_summaries import CaseSummary, CellSummary
from models.messages.topic import AnyMessage
from models.messages.topics import decode
from models.messages.warnings import CityWarning
from models.situation.build import build_snapshot
from models.situation.snapshot import Snapshot
from models.situation.state import DistrictState
from models.situation.trends import TrendView
from models.situation.warnings import WarningView
from models.timing.pace import is_due
from models.timing.rewound import Rewound
from models.timing.zone import zone_of
from streams.host.processor import AgentSpec, Archive, Compact, Effect, Record, WriteSnapshot
from streams.partitions import city_partition

WRITE_EVERY_MS: Final = 1000  # a snapshot comes this often even if there is nothing new
NEWS_EVERY_MS: Final = 250  # … and at most so often where there is
BYTES_A_MS: Final = 3200  # a snapshot of so many bytes more comes a millisecond later
AFTER_SUMMARIES_MS: Final = 50  # streets send at every quarter of a second of the clock
VERSION_LEAP: Final = 1000  # more snapshots than lie between two checkpoints


class _Counts(msgspec.Struct, frozen=True, kw_only=True):
    """Small part of the state."""

    version: int
    judged_ms: int
    signals: dict[str, int]
    rewound: Rewound = msgspec.field(default_factory=Rewound)
    kept_ms: int = 0
    kept_day: str = ""
    line_ms: dict[str, int] = {}  # when the report of each worker came


class SituationProcessor:
    """State of the agent: the views, and the newest bytes of each source to rebuild them from.

    Parameters
    ----------
    catalog : Catalog
        Names, units and the grid of the snapshot.
    has_city : bool
        Whether the city stands in this partition; another one has nothing to show, and would put
        an empty snapshot in the place of the city's.
    """

    def __init__(self, catalog: Catalog, *, has_city: bool = True) -> None:
        self._catalog, self._has_city = catalog, has_city
        self._fences = EventTagger(catalog).fences
        self.state = DistrictState()
        self._rewound = Rewound()
        self._version = 0
        self._written_ms = 0
        self._zone = zone_of(catalog.city.timezone)
        self._kept_ms, self._kept_day = 0, ""  # of the newest snapshot in the archive
        self._news_every_ms, self._has_news = NEWS_EVERY_MS, False
        self._changed: dict[bytes, bytes | None] = {}
        self._dirty: set[str] = set()  # views saved whole that changed
        self._shown_at: list[int] = []  # ingest times that the next snapshot shows first
        self._warned_at: list[int] = []
        # … and those that the newest snapshot was the first to show
        self._in_snapshot: tuple[list[int], list[int]] = [], []

    def apply(self, record: Record) -> Sequence[Effect]:
        """Put the newest message of a source into its view."""
        message = record.decode()
        self._has_news = True
        if isinstance(message, Rewind):
            self._rewind(message, record.topic)
        else:
            self._apply(message, record.value)
        return ()

    def tick(self, now_ms: int) -> Sequence[Effect]:
        """Write a snapshot when there is news, at most so often; and each second, to show life."""
        self._measure(now_ms)
        every_ms = self._news_every_ms if self._has_news else WRITE_EVERY_MS
        is_time = is_due(self._written_ms, now_ms, every_ms, AFTER_SUMMARIES_MS)
        if not (self._has_city and is_time):
            return ()
        self._in_snapshot = self._shown_at, self._warned_at
        self._shown_at, self._warned_at = [], []
        self._version += 1
        self._written_ms = now_ms
        self._dirty.add("counts")
        self.state.feeds.observe(self._catalog.feeds, now_ms)
        for worker in self.state.line.observe(now_ms):
            self._keep(LINE, (worker,), None)
        snapshot = build_snapshot(
            self._catalog,
            self.state,
            version=self._version,
            now_ms=now_ms,
            fences=self._fences,
        )
        data = snapshot.to_bytes()
        self._news_every_ms = min(max(NEWS_EVERY_MS, len(data) // BYTES_A_MS), WRITE_EVERY_MS)
        self._has_news = False
        return (WriteSnapshot(self._version, data), *self._archived(snapshot))

    def _measure(self, now_ms: int) -> None:
        """Measure latencies to the first tick after a snapshot: Redis has it by then."""
        shown_at, warned_at = self._in_snapshot
        self._in_snapshot = [], []
        self.state.ingest_to_snapshot.add(now_ms, (now_ms - at for at in shown_at))
        self.state.ingest_to_warning.add(now_ms, (now_ms - at for at in warned_at if at))

    def _archived(self, snapshot: Snapshot) -> Sequence[Effect]:
        """Keep one snapshot in five minutes, and make one file of a day that has ended."""
        if not is_moment_due(self._kept_ms, snapshot.clock_ms):
            return ()
        part = moment_part(snapshot, self._zone)
        before, self._kept_ms, self._kept_day = self._kept_day, snapshot.clock_ms, part.day
        effects: list[Effect] = [Archive(part.dataset, part.day, part.name, part.rows)]
        if before and before != part.day:
            effects.append(Compact(part.dataset, before))
        return effects

    def changes(self) -> Mapping[bytes, bytes | None]:
        """Give the newest bytes of each source that changed, and the views that are saved whole."""
        whole: dict[str, object] = {
            "counts": _Counts(
                version=self._version,
                judged_ms=self.state.judged_ms,
                signals=self.state.signals,
                rewound=self._rewound,
                kept_ms=self._kept_ms,
                kept_day=self._kept_day,
                line_ms=self.state.line.came_ms(),
            ),
            "trends": self.state.trends,
            "warnings": self.state.warnings,
        }
        fields = self._changed
        for name in sorted(self._dirty):
            fields[name.encode()] = msgspec.msgpack.encode(whole[name])
        self._changed, self._dirty = {}, set()
        return fields

    def restore(self, fields: Mapping[bytes, bytes]) -> None:
        """Load all state. The version leaps, so that it stays above what was written since."""
        for name, data in fields.items():
            kind = name.decode().split("/")[0]
            if kind in (SUMMARIES, HEALTH, LINE, SIGNALS, AUDIT):
                self._apply(decode(kind, data), data)
        if counts := fields.get(b"counts"):
            small = msgspec.msgpack.decode(counts, type=_Counts)
            self._version = small.version + VERSION_LEAP
            self.state.judged_ms, self.state.signals = small.judged_ms, small.signals
            self._rewound = small.rewound
            self._kept_ms, self._kept_day = small.kept_ms, small.kept_day
            self.state.line.resume(small.line_ms)
        if trends := fields.get(b"trends"):
            self.state.trends = msgspec.msgpack.decode(trends, type=TrendView)
        if warnings := fields.get(b"warnings"):
            self.state.warnings = msgspec.msgpack.decode(warnings, type=WarningView)
        self._changed, self._dirty, self._shown_at = {}, set(), []

    def _keep(self, topic: str, source: tuple[object, ...], data: bytes | None) -> None:
        """Remember the newest bytes of a source; None deletes them."""
        self._changed["/".join([topic, *map(str, source)]).encode()] = data

    def _apply(self, message: AnyMessage, data: bytes) -> None:
        match message:
            case CellSummary():
                self._cells(message, data)
            case CaseSummary():
                self.state.cases.apply(message)
                self._keep(SUMMARIES, ("cases", message.feed, message.partition), data)
            case MatterSummary():
                self.state.matters.apply(message)
                self._keep(SUMMARIES, ("matter", message.feed, message.partition), data)
            case FeedHealth():
                self.state.feeds.apply(message)
                self._keep(HEALTH, (message.feed, message.raw_partition), data)
            case LineHealth():
                self._keep(LINE, (message.worker,), data)
                self.state.line.apply(message)
            case ModeChange():
                self._switched(message, data)
            case CasePane():  # panes of readings come judged, on `signals`
                self.state.trends.apply_cases(message)
                self._dirty.add("trends")
            case SignalBatch():
                self._signals(message)
            case JudgedPane():
                self._judged(message, data)
            case CityWarning():
                self._warning(message)
            case Receipt():
                self.state.warnings.receipt(message)
                self._dirty.add("warnings")

    def _cells(self, summary: CellSummary, data: bytes) -> None:
        header = summary.header
        gone = self.state.streets.apply(header, summary.columns)
        self._shown_at += header.ingested_ms
        self._keep(SUMMARIES, _cells_of(header.feed, header.partition, header.part), data)
        for part in gone:
            self._keep(SUMMARIES, _cells_of(*part), None)

    def _switched(self, change: ModeChange, data: bytes) -> None:
        known = self.state.switched
        if known is None or known.revision < change.revision:
            self.state.switched = change
            self._keep(AUDIT, ("mode",), data)

    def _signals(self, batch: SignalBatch) -> None:
        if batch.is_end:
            return  # it counts nothing, and moves no clock
        name = "/".join([batch.feed, batch.rule])
        self.state.signals[name], self.state.beyond[name] = batch.total, batch.beyond
        self.state.judged_ms = max(self.state.judged_ms, batch.tick_ms)
        self._dirty.add("counts")

    def _judged(self, pane: JudgedPane, data: bytes) -> None:
        header, columns = pane.header, pane.columns
        self.state.trends.apply(header, columns)
        self._dirty.add("trends")
        self._keep(SIGNALS, (header.feed, header.metric, header.start_ms), data)
        for gone in self.state.ratios.apply(header, columns):
            self._keep(SIGNALS, gone, None)

    def _rewind(self, order: Rewind, topic: str) -> None:
        """Drop what is drawn later than a rewind was asked for; it comes after all of that."""
        clock = "/".join([topic, order.feed, order.source, str(order.partition)])
        if not self._rewound.obey(clock, order.asked_ms):
            return
        self._dirty |= {"counts", "trends"}
        if self.state.judged_ms > order.asked_ms:
            self.state.judged_ms = order.watermark_ms
        if order.source:
            return  # a rule of its own: it draws no line
        self.state.trends.rewind(order.feed, order.asked_ms)
        for gone in self.state.ratios.rewind(order.feed, order.asked_ms):
            self._keep(SIGNALS, gone, None)

    def _warning(self, warning: CityWarning) -> None:
        if self.state.warnings.apply(warning):
            self._warned_at.append(warning.ingested_ms)
            self._dirty.add("warnings")


def _cells_of(feed: str, partition: int, part: int) -> tuple[object, ...]:
    """Name one part of the cells of a street partition."""
    return ("cells", feed, partition, part) if part else ("cells", feed, partition)


def spec(catalog: Catalog, settings: Settings) -> AgentSpec:
    """Describe the agent."""
    place = city_partition(catalog, settings)
    topics = (SUMMARIES, HEALTH, LINE, PANES, SIGNALS, WARNINGS, RECEIPTS, AUDIT)
    return AgentSpec(
        "situation",
        "district",
        topics,
        lambda number: SituationProcessor(catalog, has_city=number == place),
        is_quick=True,
    )
