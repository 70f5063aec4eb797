"""Listens to the sensors of one feed: cells that gave a value in a pane have spoken."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec
import numpy as np

from config.catalog import SilenceRule
from models.messages.anomalies import AnomalyBatch
from models.monitors.silence.heartbeats import HeartbeatTracker, OverdueSource
from models.monitors.silence.reporter import DISTRICT_DIGITS, SilenceReporter
from models.timing.downstream_watermark import DownstreamWatermark

LOOK_MS: Final = 3_600_000  # event time between two looks
MOST: Final = 0.5  # share of the silent from which on it is the district's matter
STREET_DIGITS: Final = 9


class SensorState(msgspec.Struct, kw_only=True):
    """State of a watch, saved whole.

    Attributes
    ----------
    heard : dict of int to list of str
        By end of pane: cells that spoke, until every partition has come past it.
    """

    horizon: DownstreamWatermark
    next_ms: int = 0
    heard: dict[int, list[str]] = {}
    names: list[str] = []
    rhythms: bytes = b""
    hush: SilenceReporter


class SensorHeartbeatMonitor:
    """One rule of kind `silence` over the sensors of a feed."""

    def __init__(self, rule: SilenceRule) -> None:
        self._rule = rule
        self._horizon, self._hush, self._voices = (
            DownstreamWatermark(),
            SilenceReporter(),
            HeartbeatTracker(),
        )
        self._heard: dict[int, set[str]] = {}
        self._next_ms = 0

    def take(
        self,
        partition: int,
        partitions: int,
        watermark_ms: int,
        end_ms: int,
        cells: np.ndarray[tuple[int], np.dtype[np.int64]],
    ) -> Iterator[AnomalyBatch]:
        """Take the cells of a pane that gave a value; gives the looks that became possible.

        Parameters
        ----------
        cells : ndarray, shape (n,), int64
            Repeats are allowed.
        """
        self._horizon.hear(partition, partitions, watermark_ms, end_ms)
        if cells.size:
            self._heard.setdefault(end_ms, set()).update(map(str, np.unique(cells).tolist()))
        horizon_ms = self._horizon.value_ms
        if not self._next_ms:  # an empty line is idle since 1970: looks begin with the first pane
            first_ms = min(self._heard, default=horizon_ms + 1)
            if first_ms > horizon_ms:
                return
            self._next_ms = first_ms // LOOK_MS * LOOK_MS + LOOK_MS
        while self._next_ms <= horizon_ms:
            yield self._look(self._next_ms)
            self._next_ms += LOOK_MS

    def to_bytes(self) -> bytes:
        """Give the whole state."""
        names, rhythms = self._voices.to_bytes()
        return msgspec.msgpack.encode(
            SensorState(
                horizon=self._horizon,
                next_ms=self._next_ms,
                heard={end: sorted(cells) for end, cells in self._heard.items()},
                names=names,
                rhythms=rhythms,
                hush=self._hush,
            )
        )

    def restore(self, data: bytes) -> None:
        """Continue where `to_bytes` was called."""
        state = msgspec.msgpack.decode(data, type=SensorState)
        self._horizon, self._hush, self._next_ms = state.horizon, state.hush, state.next_ms
        self._voices = HeartbeatTracker.from_bytes(state.names, state.rhythms)
        self._heard = {end: set(cells) for end, cells in state.heard.items()}

    def _look(self, now_ms: int) -> AnomalyBatch:
        for end_ms in sorted(end for end in self._heard if end <= now_ms):
            self._voices.heard(self._heard.pop(end_ms), end_ms / 1000)
        return self._hush.tell(self._rule, self._areas(now_ms), now_ms)

    def _areas(self, now_ms: int) -> dict[str, list[OverdueSource]]:
        """Hand the silent to their streets, or to the district where most of all are silent."""
        waits = [
            wait for wait in self._voices.overdue(now_ms / 1000) if wait.hours >= self._rule.minimum
        ]
        streets = {wait.source[:STREET_DIGITS] for wait in waits}
        is_district = len(streets) > 1 and len(waits) > MOST * len(self._voices.names)
        digits = DISTRICT_DIGITS if is_district else STREET_DIGITS
        areas: dict[str, list[OverdueSource]] = {}
        for wait in waits:
            areas.setdefault(wait.source[:digits], []).append(wait)
        return areas
