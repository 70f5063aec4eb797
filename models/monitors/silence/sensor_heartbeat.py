"""Heartbeats of the sensors of one feed: a cell that gave a value in a pane has reported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

import msgspec
import numpy as np

from config.catalog import SilenceRule
from models.grid.codes import DISTRICT_DIGITS, STREET_DIGITS
from models.messages.rewinds import Rewind
from models.messages.signals import SignalBatch
from models.monitors.reach import Reach
from models.monitors.silence.heartbeats import HeartbeatTracker, OverdueSource
from models.monitors.silence.reporter import SilenceReporter
from models.timing.downstream_watermark import DownstreamWatermark

EVERY_MS: Final = 3_600_000  # event time between two evaluations
MOST_EVALUATIONS: Final = 31 * 24  # in a row in which nobody reports
MOST: Final = (
    0.5  # share of the silent from which on it the district is warned in place of its streets
)


class SensorState(msgspec.Struct, kw_only=True):
    """State of a monitor, saved whole.

    Attributes
    ----------
    reported : dict of int to list of str
        By end of pane: cells with a value, until every partition has come past it.
    """

    watermark: DownstreamWatermark
    next_ms: int = 0
    reported: dict[int, list[str]] = {}
    names: list[str] = []
    gaps: bytes = b""
    reporter: SilenceReporter


class SensorHeartbeatMonitor:
    """One rule of kind `silence` over the sensors of a feed."""

    def __init__(self, rule: SilenceRule) -> None:
        self._rule = rule
        self._watermark, self._reporter, self._sources = (
            DownstreamWatermark(),
            SilenceReporter(),
            HeartbeatTracker(),
        )
        self._reported: dict[int, set[str]] = {}
        self._next_ms = 0

    def apply(
        self,
        partition: int,
        partitions: int,
        watermark_ms: int,
        end_ms: int,
        cells: np.ndarray[tuple[int], np.dtype[np.int64]],
    ) -> Iterator[SignalBatch]:
        """Take the cells of a pane that gave a value; gives the evaluations that became possible.

        Parameters
        ----------
        cells : ndarray, shape (n,), int64
            Repeats are allowed.
        """
        self._watermark.observe(partition, partitions, watermark_ms, end_ms)
        if cells.size:
            self._reported.setdefault(end_ms, set()).update(map(str, np.unique(cells).tolist()))
        watermark_now_ms = self._watermark.value_ms
        if (
            not self._next_ms
        ):  # an empty line is idle since 1970: evaluations begin with the first pane
            first_ms = min(self._reported, default=watermark_now_ms + 1)
            if first_ms > watermark_now_ms:
                return
            self._next_ms = first_ms // EVERY_MS * EVERY_MS + EVERY_MS
        while self._next_ms <= watermark_now_ms:
            yield self._evaluate(self._next_ms)
            self._next_ms = self._following(watermark_now_ms)

    @property
    def clock_ms(self) -> int:
        """How far it has listened; 0 before the first word."""
        return self._watermark.value_ms

    def rewind(self, order: Rewind) -> bool:
        """Obey a rewind of a street partition; return whether it is news."""
        if not self._watermark.rewind(order):
            return False
        self._reported = {
            end: cells for end, cells in self._reported.items() if end <= order.asked_ms
        }
        self._sources.rewind(order.asked_ms / 1000)
        if self._next_ms > order.asked_ms + EVERY_MS:
            self._next_ms = order.watermark_ms // EVERY_MS * EVERY_MS + EVERY_MS
        return True

    def _following(self, watermark_ms: int) -> int:
        """Give the next evaluation; of a gap without any reading only the end is evaluated."""
        first_ms = min([watermark_ms, *self._reported])
        last_ms = (first_ms // EVERY_MS - MOST_EVALUATIONS) * EVERY_MS
        return max(self._next_ms + EVERY_MS, last_ms)

    def reach(self) -> Reach:
        """Tell whether any sensor could be missed."""
        return self._sources.reach()

    def to_bytes(self) -> bytes:
        """Give the whole state."""
        names, gaps = self._sources.to_bytes()
        return msgspec.msgpack.encode(
            SensorState(
                watermark=self._watermark,
                next_ms=self._next_ms,
                reported={end: sorted(cells) for end, cells in self._reported.items()},
                names=names,
                gaps=gaps,
                reporter=self._reporter,
            )
        )

    def restore(self, data: bytes) -> None:
        """Continue where `to_bytes` was called."""
        state = msgspec.msgpack.decode(data, type=SensorState)
        self._watermark, self._reporter, self._next_ms = (
            state.watermark,
            state.reporter,
            state.next_ms,
        )
        self._sources = HeartbeatTracker.from_bytes(state.names, state.gaps)
        self._reported = {end: set(cells) for end, cells in state.reported.items()}

    def _evaluate(self, now_ms: int) -> SignalBatch:
        for end_ms in sorted(end for end in self._reported if end <= now_ms):
            self._sources.observe(self._reported.pop(end_ms), end_ms / 1000)
        overdue = self._areas(now_ms)
        watched = Counter(name[:STREET_DIGITS] for name in self._sources.names)
        watched.update(name[:DISTRICT_DIGITS] for name in self._sources.names)
        return self._reporter.report(self._rule, overdue, watched, now_ms)

    def _areas(self, now_ms: int) -> dict[str, list[OverdueSource]]:
        """Hand the silent to their streets, or to the district where most of all are silent."""
        waits = [
            wait
            for wait in self._sources.overdue(now_ms / 1000)
            if wait.hours >= self._rule.minimum
        ]
        streets = {wait.source[:STREET_DIGITS] for wait in waits}
        is_district = len(streets) > 1 and len(waits) > MOST * len(self._sources.names)
        digits = DISTRICT_DIGITS if is_district else STREET_DIGITS
        areas: dict[str, list[OverdueSource]] = {}
        for wait in waits:
            areas.setdefault(wait.source[:digits], []).append(wait)
        return areas
