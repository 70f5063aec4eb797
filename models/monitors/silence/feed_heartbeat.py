"""Heartbeat of a whole feed at its source: ingest reports how far it has read, also while idle."""

from __future__ import annotations

import msgspec

from config.catalog import SilenceRule
from models.messages.feed_health import FeedHealth
from models.messages.rewinds import Rewind
from models.messages.signals import SignalBatch
from models.monitors.silence.heartbeats import OverdueSource
from models.monitors.silence.reporter import SilenceReporter
from models.timing.units import HOUR_MS

INTERVALS = 3  # expected intervals that a feed may be silent


class FeedHeartbeatState(msgspec.Struct, kw_only=True):
    """State of a watch, saved whole.

    Attributes
    ----------
    positions : dict of int to int
        By raw partition: the next offset to read.
    published_ms : dict of int to int
        By raw partition: when ingest last said anything of it, by its wall clock.
    moved_ms : int
        When ingest last reported that any of them moved, by its wall clock.
    sent_ms : int
        What time it was in the data then.
    """

    positions: dict[int, int] = {}
    published_ms: dict[int, int] = {}
    moved_ms: int = 0
    sent_ms: int = 0
    reported_ms: int = 0
    reporter: SilenceReporter


class FeedHeartbeatMonitor:
    """One rule of kind `silence` over a feed as a whole.

    While nothing comes, the data have no clock; so the wall clock of ingest goes on from the last
    record. A replay at high speed is therefore silent only when it has ended.

    Parameters
    ----------
    rule : SilenceRule
    area : str
        Code of the district.
    expected_s : int
        How often a source of the feed reports.
    """

    def __init__(self, rule: SilenceRule, area: str, expected_s: int) -> None:
        self._rule, self._area = rule, area
        self._usual = expected_s / 3600
        self._state = FeedHeartbeatState(reporter=SilenceReporter())

    def apply(self, health: FeedHealth) -> SignalBatch | None:
        """Apply a health message of ingest; None where there is nothing to report."""
        state = self._state
        if health.position > state.positions.get(health.raw_partition, 0):
            state.positions[health.raw_partition] = health.position
            state.moved_ms = max(state.moved_ms, health.published_ms)
            state.sent_ms = max(state.sent_ms, health.sent_ms)
        state.published_ms[health.raw_partition] = health.published_ms
        if not state.moved_ms or len(state.published_ms) < health.raw_partitions:
            return None
        # Only what has been said of every partition counts: another one may have moved.
        quiet_ms = max(min(state.published_ms.values()) - state.moved_ms, 0)
        longest = max(INTERVALS * self._usual, self._rule.minimum)
        wait = OverdueSource(
            source=health.feed,
            hours=quiet_ms / HOUR_MS,
            usual=self._usual,
            longest=longest,
            gaps=0,
        )
        is_silent = wait.excess >= 1 and not health.is_ended  # a replay that is over is no silence
        now_ms = max(state.sent_ms + quiet_ms, state.reported_ms + 1)
        if is_silent == bool(state.reporter.areas) and not self._is_higher(wait):
            return None
        state.reported_ms = now_ms
        return state.reporter.report(
            self._rule, {self._area: [wait]} if is_silent else {}, {}, now_ms
        )

    @property
    def clock_ms(self) -> int:
        """How far it has listened; 0 before the first word."""
        return max(self._state.sent_ms, self._state.reported_ms)

    def rewind(self, order: Rewind) -> bool:
        """Set the time in the data back where it was beyond the wall clock; say if it was."""
        state = self._state
        was_beyond = self.clock_ms > order.asked_ms
        state.sent_ms = min(state.sent_ms, order.asked_ms)
        state.reported_ms = min(state.reported_ms, order.asked_ms)
        return was_beyond

    def to_bytes(self) -> bytes:
        """Give the whole state."""
        return msgspec.msgpack.encode(self._state)

    def restore(self, data: bytes) -> None:
        """Continue where `to_bytes` was called."""
        self._state = msgspec.msgpack.decode(data, type=FeedHeartbeatState)

    def _is_higher(self, wait: OverdueSource) -> bool:
        """Tell whether a silence has reached a level that was not reported yet."""
        areas = self._state.reporter.areas.values()
        reported = max((signal.evidence.excess for signal in areas), default=0.0)
        begins = self._rule.levels.values()
        return reported > 0 and any(reported < begin <= wait.excess for begin in begins)
