"""All windows of one feed at one street partition: frames in; closed panes and means out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from config.catalog import Feed
from models.feeds.street_feed import StreetFeed
from models.grid.codes import STREET_DIVISOR
from models.messages.columns import Columns, MalformedColumns
from models.messages.frames import FrameHeader
from models.windows.panes import Closing, Panes
from models.windows.rolling import MEAN_WINDOWS, P95_WINDOW, RollingQuantiles, RollingSums
from models.windows.rows import Rows
from models.windows.series import SeenTimes, SeriesIndex

_GATHERED: Final = 32_768  # rows that are added at once: more wait no longer
_NO_ROWS: Final[Columns] = {name: np.empty(0, kind) for name, kind in FrameHeader.COLUMNS.items()}
Gathered = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]]  # series, value, time


@dataclass(frozen=True, slots=True)
class LayerRows:
    """Values of some cells in some layers, as columns of `SummaryHeader`; all of shape (n,)."""

    cell: NDArray[np.int64]
    layer: NDArray[np.int64]
    value: NDArray[np.float64]
    event_ms: NDArray[np.int64]


class NotApplied(NamedTuple):
    """New rows of a frame that were not applied, as columns of the frame.

    Attributes
    ----------
    late : dict of str to ndarray
        Those that came too late for their pane.
    beyond : dict of str to ndarray
        Those of series beyond the bound of a partition.
    """

    late: Columns = _NO_ROWS
    beyond: Columns = _NO_ROWS


class FeedWindows(StreetFeed):
    """Windows of one feed; the attributes of `StreetFeed` and these.

    Adding a hundred rows takes hardly longer than adding one, and the frames of a street are small.
    So the rows of many frames gather, and are added when there are enough of them, or when somebody
    asks for what they would change.

    Parameters
    ----------
    feed : Feed
        Its metrics, pane length and allowed lateness.

    Attributes
    ----------
    late_count : int
        Readings whose pane was gone, since the beginning.
    beyond_count : int
        Readings of series beyond the bound, since this process began.
    now_ms : int
        Event time at which the rolling windows end; 0 while it is not known.
    """

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed)
        self.metrics = tuple(feed.metrics)
        self.resolutions = tuple(metric.resolution for metric in feed.metrics.values())
        width_ms, lateness_ms = feed.pane_s * 1000, self._lateness_ms
        reports_often = feed.expected_interval_s < feed.pane_s
        self.panes = Panes(
            width_ms,
            kept=1 + -(-lateness_ms // width_ms),
            patience_ms=lateness_ms if reports_often else None,
        )
        self.series = SeriesIndex(len(self.metrics))
        self.late_count = self.beyond_count = 0
        self.now_ms = 0
        self.sums = RollingSums(MEAN_WINDOWS, max(lateness_ms, self._ahead_ms))
        self.quantiles = RollingQuantiles(P95_WINDOW)
        self.seen = SeenTimes()
        self._gathered: list[Gathered] = []
        self._gathered_rows = 0

    def take(self, header: FrameHeader, columns: Columns) -> NotApplied:
        """Apply the new rows of a frame, and its watermark.

        Returns
        -------
        NotApplied
            The rows that were not applied.

        Raises
        ------
        MalformedColumns
            A metric or cell that cannot be; nothing was applied.
        """
        refused = NotApplied()
        if header.rows:
            metrics = self._metric_numbers(header, columns)
            refused = self._take_rows(header, columns, metrics)
        self.watermark.observe(header.origin)
        self.now_ms = max(self.now_ms, self.clock_ms)
        return refused

    def _go_back(self, now_ms: int, last_ms: int) -> None:
        self.settle()
        self.panes.rewind(self.watermark.reached_ms, last_ms)
        self.sums.rewind(last_ms)
        self.quantiles.rewind(last_ms)
        self.seen.rewind(last_ms)
        self.now_ms = min(self.now_ms, now_ms)

    def _metric_numbers(self, header: FrameHeader, columns: Columns) -> NDArray[np.int64]:
        """Metric of each row as the catalog numbers them."""
        unknown = [name for name in header.metrics if name not in self.metrics]
        if unknown:
            msg = f"feed {self.name} has no metric {', '.join(unknown)}"
            raise MalformedColumns(msg)
        if int(columns["metric"].max()) >= len(header.metrics):
            msg = f"metric {columns['metric'].max()} of {len(header.metrics)}"
            raise MalformedColumns(msg)
        if int(columns["cell"].max()) >= STREET_DIVISOR:
            msg = f"cell {columns['cell'].max()} has more than six digits"
            raise MalformedColumns(msg)
        for street in header.streets:
            if len(street) != 9 or not (street.isascii() and street.isdigit()):
                msg = f"street {street!r} is not nine digits"
                raise MalformedColumns(msg)
        if header.metrics == self.metrics:  # as ingest numbers them, unless the catalog changed
            return columns["metric"].astype(np.int64)
        order = np.array([self.metrics.index(name) for name in header.metrics], np.int64)
        return order[columns["metric"]]

    def _take_rows(
        self, header: FrameHeader, columns: Columns, metrics: NDArray[np.int64]
    ) -> NotApplied:
        is_new = self.applied.take_all(
            streets=header.streets,
            of=columns["street"].astype(np.intp),
            feed=header.feed,
            origin=header.origin,
            offsets=columns["offset"],
        )
        is_kept = is_new & (columns["ts_ms"] >= self.panes.kept_from_ms)
        if is_kept.all():
            return NotApplied(beyond=self._gather(header, columns, metrics))
        beyond = _NO_ROWS
        if is_kept.any():
            beyond = self._gather(header, _rows(columns, is_kept), metrics[is_kept])
        is_late = is_new & ~is_kept
        self.late_count += int(np.count_nonzero(is_late))
        return NotApplied(_rows(columns, is_late), beyond)

    def _gather(self, header: FrameHeader, columns: Columns, metrics: NDArray[np.int64]) -> Columns:
        """Count in at least one row, whose values are added later; give those without a series."""
        of = columns["street"].astype(np.intp)
        series = self.series.locate(header.streets, of, columns["cell"], metrics)
        beyond = _NO_ROWS
        if series.min() < 0:
            has_series = series >= 0
            beyond, columns = _rows(columns, ~has_series), _rows(columns, has_series)
            series = series[has_series]
            self.beyond_count += beyond["cell"].size
        if series.size:
            self._note(header, columns, series)
        return beyond

    def _note(self, header: FrameHeader, columns: Columns, series: NDArray[np.int64]) -> None:
        times_ms = columns["ts_ms"]
        self._gathered.append((series, columns["value"], times_ms))
        self._gathered_rows += series.size
        self.panes.expect(times_ms, header.origin.ingested_ms)
        self.last_event_ms = max(self.last_event_ms, int(times_ms.max()))
        self.applied_count += series.size
        self.ingested_ms.append(header.origin.ingested_ms)
        if self._gathered_rows >= _GATHERED:
            self.settle()

    def settle(self) -> None:
        """Add the rows that have gathered; whoever reads panes, sums or times does this first."""
        if not self._gathered:
            return
        rows = Rows.of(*map(np.concatenate, zip(*self._gathered, strict=True)))
        self._gathered.clear()
        self._gathered_rows = 0
        self.panes.add(rows)
        if rows.first_ms < self.panes.open_from_ms:
            self.quantiles.add(rows.where(rows.times_ms < self.panes.open_from_ms))
        self.sums.add(rows)
        self.seen.see(rows)

    def advance(self, now_ms: int, *, with_corrections: bool) -> list[Closing]:
        """Close the panes that the watermark has passed; see `Panes.advance`."""
        before, watermark_ms = self.panes.closed_end, self.watermark.value
        if not (with_corrections or self.panes.is_news(watermark_ms, now_ms)):
            return []
        self.settle()
        closings = self.panes.advance(watermark_ms, now_ms, with_corrections=with_corrections)
        for closing in closings:
            if closing.pane is not None and closing.number >= before:
                start_ms = closing.number * self.panes.width_ms
                self.quantiles.merge(start_ms, closing.pane.histogram)
        return closings

    @property
    def layers(self) -> tuple[str, ...]:
        """Names of the layers that `rows` numbers: all windows of the first metric, and so on."""
        names = [window.name for window in (*MEAN_WINDOWS, P95_WINDOW)]
        return tuple(f"{metric}.{name}" for metric in self.metrics for name in names)

    def rows(self) -> LayerRows:
        """Means and quantiles of all series that have a value now, sorted by cell and layer."""
        self.settle()
        size, end_ms = self.series.size, self.now_ms or self.last_event_ms
        resolutions = np.array(self.resolutions)[self.series.metrics]
        values = np.empty((size, len(MEAN_WINDOWS) + 1))
        for column, totals in enumerate(self.sums.totals(end_ms, size)):
            values[:, column] = totals.means(resolutions)
        values[:, -1] = self.quantiles.quantile(0.95, end_ms, size) * resolutions
        order = self.series.by_cell()
        values = values[order]
        rows, windows = np.nonzero(~np.isnan(values))
        series = order[rows]
        return LayerRows(
            cell=self.series.cells[series],
            layer=self.series.metrics[series].astype(np.int64) * values.shape[1] + windows,
            value=values[rows, windows],
            event_ms=self.seen.times_ms[series],
        )


def _rows(columns: Columns, chosen: NDArray[np.bool_]) -> Columns:
    return {name: column[chosen] for name, column in columns.items()}
