"""The checks of a feed of readings, and its frames."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.catalog import Feed
from models.feeds.checked import Checked, PartitionOf, by_partition, whole_messages
from models.feeds.clock import check_times, epoch_ms
from models.feeds.decode import WireDecoder, WireReading
from models.feeds.place import Gazetteer, Places
from models.feeds.row_errors import RowErrors
from models.grid.codes import STREET_DIVISOR
from models.messages.columns import Columns, encode
from models.messages.dead_letters import Reason
from models.messages.frames import FrameHeader
from models.messages.origin import Origin

FRAME_ROWS: Final = 4000  # 28 bytes a row: about 110 KB


@dataclass(frozen=True, slots=True)
class _Values:
    """Checked columns of a batch of readings."""

    metric: NDArray[np.int64]  # index into the feed's metrics; -1 unknown
    value: NDArray[np.int32]  # multiples of the metric's resolution


class ReadingRows:
    """What ingest does with a feed of the kind `readings`.

    Parameters
    ----------
    feed : Feed
    gazetteer : Gazetteer
    """

    can_be_late = True
    partition_of: PartitionOf | None = None

    def __init__(self, feed: Feed, gazetteer: Gazetteer) -> None:
        self._feed = feed
        self._gazetteer = gazetteer
        self._metrics = tuple(feed.metrics)
        self._index = {name: row for row, name in enumerate(self._metrics)}
        limits = [(m.low, m.high, m.resolution) for m in feed.metrics.values()]
        self._low, self._high, self._resolution = np.array(limits, np.float64).T
        self.decoder = WireDecoder(WireReading)

    def check(
        self, rows: Sequence[WireReading], sent_ms: NDArray[np.int64]
    ) -> Checked[WireReading]:
        """Check readings against the feed's metrics, clock and grid.

        Parameters
        ----------
        rows : sequence of WireReading, length n
        sent_ms : ndarray, shape (n,), int64
            When each was sent, epoch milliseconds; 0 unknown.
        """
        faults = RowErrors(len(rows))
        values = self._check_values(rows, faults)
        ts_ms = check_times(epoch_ms([r.ts for r in rows]), sent_ms, self._feed.clock, faults)
        sources = [r.sensor for r in rows]
        cells = self._gazetteer.find(self._places(rows, sources, faults), ts_ms, faults)
        return Checked(
            rows=rows, faults=faults, ts_ms=ts_ms, cells=cells, extra=values, sources=sources
        )

    def _check_values(self, rows: Sequence[WireReading], faults: RowErrors) -> _Values:
        index = self._index.get
        metric = np.array([index(r.metric, -1) for r in rows], np.int64)
        value = np.array([r.value for r in rows], np.float64)
        faults.mark(metric < 0, Reason.UNKNOWN_METRIC)
        inside = (value >= self._low[metric]) & (value <= self._high[metric])
        faults.mark(~inside, Reason.OUT_OF_RANGE)
        multiples = np.where(inside, value, 0.0) / self._resolution[metric]
        return _Values(metric, np.rint(multiples).astype(np.int32))

    def _places(self, rows: Sequence[WireReading], sources: list[str], faults: RowErrors) -> Places:
        """Where the rows say they were taken; where they say nothing, where their sensor stands.

        Of a feed of registered sensors the register alone says it.
        """
        if self._feed.registered:
            return self._registered_places(sources, faults)
        cells = [r.cell for r in rows]
        lon, lat = [r.lon for r in rows], [r.lat for r in rows]
        if self._feed.sensors:
            for row, cell in enumerate(cells):
                if cell is None and lon[row] is None and lat[row] is None:
                    home = self._feed.sensors.get(sources[row])
                    if home is not None:
                        cells[row], lon[row], lat[row] = home.cell, home.lon, home.lat
        return Places(cells, lon, lat)

    def _registered_places(self, sources: list[str], faults: RowErrors) -> Places:
        homes = [self._feed.sensors.get(source) for source in sources]
        unknown = np.array([home is None for home in homes], np.bool_)
        faults.mark(unknown, Reason.UNREGISTERED)
        return Places(
            [None if home is None else home.cell for home in homes],
            [None if home is None else home.lon for home in homes],
            [None if home is None else home.lat for home in homes],
        )

    def explain(self, row: WireReading, reason: Reason) -> str | None:
        """One sentence on a fault that only readings have; None for the others."""
        if reason is Reason.UNREGISTERED:
            return f"sensor {row.sensor[:80]!r} is not in the register of feed {self._feed.name}"
        if reason is Reason.UNKNOWN_METRIC:
            known = ", ".join(self._metrics)
            return f"metric is {row.metric[:80]!r}; feed {self._feed.name} knows {known}"
        if reason is Reason.OUT_OF_RANGE:
            metric = self._feed.metrics[row.metric]
            return (
                f"value {row.value:g} of {row.metric} lies outside "
                f"{metric.low:g} to {metric.high:g} {metric.unit}"
            )
        return None

    def messages(
        self,
        checked: Checked[WireReading],
        kept: NDArray[np.int64],
        offsets: NDArray[np.int64],
        origin: Origin,
    ) -> Iterator[tuple[str, bytes]]:
        """Pack the kept rows into frames.

        Parameters
        ----------
        checked : Checked
        kept : ndarray, shape (k,), int64
            Rows to pack, in the order of their offsets.
        offsets : ndarray, shape (n,), int64
            Raw offset of each row.
        origin : Origin

        Yields
        ------
        (str, bytes)
            One of its streets, and the encoded frame.
        """
        values: _Values = checked.extra
        for rows in by_partition(checked.cells, kept, self.partition_of):
            for part in whole_messages(rows, offsets, FRAME_ROWS):
                codes, of = np.unique(checked.cells[part] // STREET_DIVISOR, return_inverse=True)
                streets = tuple(f"{code:09d}" for code in codes.tolist())
                header = self._header(streets, part.size, origin)
                columns: Columns = {
                    "street": of,
                    "cell": checked.cells[part] % STREET_DIVISOR,
                    "metric": values.metric[part],
                    "value": values.value[part],
                    "ts_ms": checked.ts_ms[part],
                    "offset": offsets[part],
                }
                yield streets[0], encode(header, columns)

    def tick(self, origin: Origin) -> bytes:
        """Give a frame without rows: it only moves the watermark."""
        columns: Columns = {name: np.empty(0, np.int64) for name in FrameHeader.COLUMNS}
        return encode(self._header((), 0, origin), columns)

    def _header(self, streets: tuple[str, ...], rows: int, origin: Origin) -> FrameHeader:
        return FrameHeader(
            rows=rows,
            feed=self._feed.name,
            streets=streets,
            origin=origin,
            metrics=self._metrics,
        )
