"""Gauges of a feed by cell, sampled in panes: the last value of a cell stands until it changes.

What is sent is a pane as the agent `panes` sends it, so that limits, learned rules, trends, archive
and training watch a gauge as they watch a sensor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from models.messages.frames import IDLE
from models.timing.pane_lifecycle import NO_PANE, reach

MOST_AT_ONCE: Final = 96  # panes; where the clock leaps further only the newest are sent
MOST_GAUGES: Final = 200_000  # of a street partition, as series of readings

Aging = Callable[[int], Iterable[tuple[str, int, float]]]


class Gauge(NamedTuple):
    """A gauge in one pane: its value at the end, and the extremes inside."""

    last: float
    low: float
    high: float


Gauges = dict[int, dict[str, Gauge]]  # by cell and metric


class GaugePane(NamedTuple):
    """One pane, as it is sent: by metric and cell, in a fixed order."""

    start_ms: int
    watermark_ms: int
    rows: list[tuple[int, str, Gauge]]


class GaugePanes:
    """Panes of the gauges of one feed at one street partition.

    Parameters
    ----------
    width_ms : int
        Length of a pane.
    metrics : sequence of str

    Attributes
    ----------
    closed_end : int
        End of the last closed pane, epoch milliseconds; -1 before the first.
    closed : int
        Panes closed since the beginning.
    """

    def __init__(self, width_ms: int, metrics: Sequence[str]) -> None:
        self.width_ms = width_ms
        self.closed_end = -1
        self.closed = 0
        self.is_idle = False
        self._metrics = frozenset(metrics)
        self._pending: dict[int, Gauges] = {}  # by start
        self._standing: dict[int, dict[str, float]] = {}  # by cell
        self._changed: set[int] = set()

    def touch(self, ts_ms: int, cell: int, gauges: Mapping[str, float]) -> None:
        """Note the gauges of a cell as they are after a record."""
        start = max(ts_ms // self.width_ms * self.width_ms, self.closed_end)
        known = self._pending.setdefault(start, {}).get(cell, {})
        self._pending[start][cell] = {
            metric: _seen(known.get(metric), value)
            for metric, value in gauges.items()
            if metric in self._metrics
        }

    def advance(self, watermark_ms: int | None, now_ms: int, aging: Aging) -> list[GaugePane]:
        """Close what the watermark has passed, in the order of time.

        Parameters
        ----------
        watermark_ms : int or None
            None: not known yet. `IDLE`: nothing more comes for now.
        now_ms : int
            How far time has come where the feed is idle.
        aging : callable
            Gives metric, cell and value of the gauges that time moves, as of a moment.
        """
        if watermark_ms is None:
            return []
        newest = max(self._pending) // self.width_ms if self._pending else NO_PANE
        if watermark_ms == IDLE:
            newest = max(newest, now_ms // self.width_ms - 1)
        found = reach(
            watermark_ms,
            now_ms,
            width_ms=self.width_ms,
            closed_end=max(self.closed_end, 0) // self.width_ms,
            newest=newest,
            patience_ms=0,
        )
        end, is_idle = found.end * self.width_ms, found.claim_ms == IDLE
        panes = self._closed_until(end, aging)
        if not panes and is_idle != self.is_idle and self.closed_end > 0:
            panes = [self._pane(self.closed_end - self.width_ms, {}, aging)]
        self.is_idle = is_idle
        claims = [pane.start_ms + self.width_ms for pane in panes[:-1]] + [found.claim_ms]
        return [
            pane._replace(watermark_ms=claim) for pane, claim in zip(panes, claims, strict=False)
        ]

    def _closed_until(self, end: int, aging: Aging) -> list[GaugePane]:
        """Close the panes that end by a time; those that a leap passes over only leave a trace."""
        if end <= max(self.closed_end, 0):
            return []
        begun = min(self._pending, default=end - self.width_ms)
        first = max(begun if self.closed_end < 0 else self.closed_end, 0)
        first = max(first, end - MOST_AT_ONCE * self.width_ms)
        for start in sorted(start for start in self._pending if start < first):
            self._settle(self._pending.pop(start))
        panes = []
        for start in range(first, end, self.width_ms):
            touched = self._pending.pop(start, {})
            self._settle(touched)
            panes.append(self._pane(start, touched, aging))
        self.closed_end = end
        self.closed += len(panes)
        return panes

    def _settle(self, touched: Gauges) -> None:
        """Let the gauges of a pane stand from now on."""
        for cell, gauges in touched.items():
            self._changed.add(cell)
            if gauges and (cell in self._standing or len(self._standing) < MOST_GAUGES):
                self._standing[cell] = {metric: gauge.last for metric, gauge in gauges.items()}
            else:
                self._standing.pop(cell, None)

    def _pane(self, start: int, touched: Gauges, aging: Aging) -> GaugePane:
        rows = {
            (cell, metric): Gauge(value, value, value)
            for cell, gauges in self._standing.items()
            for metric, value in gauges.items()
        }
        rows |= {
            (cell, metric): gauge
            for cell, gauges in touched.items()
            for metric, gauge in gauges.items()
        }
        for metric, cell, value in aging(start + self.width_ms):
            if metric in self._metrics:
                rows[cell, metric] = Gauge(value, value, value)
        ordered = [(cell, metric, gauge) for (cell, metric), gauge in sorted(rows.items())]
        return GaugePane(start, 0, ordered)

    def now(self, aged: Iterable[tuple[str, int, float]]) -> list[tuple[int, str, float]]:
        """Give cell, metric and value of all gauges as they are now, given the aging ones."""
        found = {
            (cell, metric): value
            for cell, gauges in self._standing.items()
            for metric, value in gauges.items()
        }
        for _, cells in sorted(self._pending.items()):
            for cell, gauges in cells.items():
                found |= {(cell, metric): gauge.last for metric, gauge in gauges.items()}
        found |= {(cell, metric): v for metric, cell, v in aged if metric in self._metrics}
        return [(cell, metric, value) for (cell, metric), value in sorted(found.items())]

    def rewind(self, watermark_ms: int, last_ms: int) -> None:
        """Open again what was closed beyond a watermark; forget what is later than was lived."""
        for start in [start for start in self._pending if start > last_ms]:
            self._settle(self._pending.pop(start))  # its values are the newest that are known
        reopened = watermark_ms // self.width_ms * self.width_ms
        self.closed_end = min(self.closed_end, reopened)
        self.is_idle = False

    @property
    def small(self) -> list[Any]:
        """The part that is saved with each checkpoint: clock, and panes that are open."""
        return [self.closed_end, self.closed, self.is_idle, sorted(self._pending.items())]

    def changes(self) -> dict[int, bytes | None]:
        """Give the cells whose standing gauges changed since the last call."""
        found: dict[int, bytes | None] = {}
        for cell in self._changed:
            gauges = self._standing.get(cell)
            found[cell] = None if gauges is None else msgspec.msgpack.encode(gauges)
        self._changed.clear()
        return found

    def restore(self, small: list[Any], standing: Mapping[int, bytes]) -> None:
        """Load what `small` and `changes` gave."""
        self.closed_end, self.closed, self.is_idle, pending = small
        self._pending = {
            start: {
                cell: {metric: Gauge(*gauge) for metric, gauge in gauges.items()}
                for cell, gauges in cells.items()
            }
            for start, cells in pending
        }
        decode = msgspec.msgpack.Decoder(dict[str, float]).decode
        self._standing = {cell: decode(data) for cell, data in standing.items()}


def _seen(known: Gauge | None, value: float) -> Gauge:
    if known is None:
        return Gauge(value, value, value)
    return Gauge(value, min(known.low, value), max(known.high, value))
