"""Series: numbers for the pairs of cell and metric, so that all else can be arrays; newest times.

A series keeps its number for good; numbers are given in the order in which pairs turn up. The
lookup is a table of pages, one page a community (the first three of a cell's last six digits), so
that it costs the same for a thousand cells as for a hundred thousand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.grid.codes import STREET_DIVISOR
from models.windows.blocks import (
    BLOCK,
    Fields,
    block_range,
    blocks_of,
    grown,
    pack,
    room_for,
    unpack,
)
from models.windows.rows import Rows

CELLS_A_PAGE = 1000
COMMUNITIES: Final = STREET_DIVISOR // CELLS_A_PAGE
MOST_SERIES: Final = 200_000  # 42 bytes each in a pane: well below the largest message


class SeriesIndex:
    """Dense, growing index of the series of one feed.

    Parameters
    ----------
    metrics : int
        How many metrics the feed has.
    most : int
        Series that there may be: all of them stand in one message.

    Examples
    --------
    >>> index = SeriesIndex(metrics=2)
    >>> cells, metrics = np.array([1005, 1005, 1005], "<u4"), np.array([0, 1, 0])
    >>> index.locate(("110101001",), np.zeros(3, np.intp), cells, metrics).tolist()
    [0, 1, 0]
    >>> index.cells.tolist()
    [110101001001005, 110101001001005]
    """

    def __init__(self, metrics: int, most: int = MOST_SERIES) -> None:
        self._metric_count, self._most = metrics, most
        self._street_rows: dict[str, int] = {}
        self._pages = np.empty((0, COMMUNITIES), np.int64)  # street, community → page; -1: none
        self._page_codes = np.empty(0, np.int64)  # 12 digits of each page
        self._table = np.empty(0, np.int32)
        self._cells = np.empty(0, np.int64)
        self._metrics = np.empty(0, np.uint16)
        self._order: NDArray[np.int64] | None = None
        self._saved_size = 0
        self.size = 0

    @property
    def cells(self) -> NDArray[np.int64]:
        """Cell code of each series, 15 digits, shape (size,)."""
        return self._cells[: self.size]

    @property
    def metrics(self) -> NDArray[np.uint16]:
        """Metric of each series, shape (size,)."""
        return self._metrics[: self.size]

    @property
    def nbytes(self) -> int:
        """Memory of the lookup and of the two columns."""
        pages = self._pages.nbytes + self._page_codes.nbytes
        return pages + self._table.nbytes + self._cells.nbytes + self._metrics.nbytes

    def by_cell(self) -> NDArray[np.int64]:
        """Numbers of all series sorted by cell, then metric, shape (size,)."""
        if self._order is None or self._order.size != self.size:
            self._order = np.lexsort((self.metrics, self.cells))
        return self._order

    def locate(
        self,
        streets: Sequence[str],
        of: NDArray[np.intp],
        cells: NDArray[np.uint32],
        metrics: NDArray[np.int64],
    ) -> NDArray[np.int64]:
        """Give the series of each row; a pair that is new gets the next number, while there is one.

        Parameters
        ----------
        streets : sequence of str
            9 digits each.
        of : ndarray, shape (n,), int
            Street of each row.
        cells : ndarray, shape (n,), uint32
            Last six digits of each cell code, below 1,000,000.
        metrics : ndarray, shape (n,), int64
            Below the number of metrics.

        Returns
        -------
        ndarray, shape (n,), int64
            -1 for a pair beyond the bound.
        """
        entries = self._entries(self._rows_of(streets)[of], cells.astype(np.int64), metrics)
        series = self._table[entries]
        if series.size and series.min() < 0:
            fresh = np.unique(entries[series < 0])
            self._append(fresh[: max(self._most - self.size, 0)])
            series = self._table[entries]
        return series.astype(np.int64)

    def _rows_of(self, streets: Sequence[str]) -> NDArray[np.int64]:
        """Give the row of each street among the pages; makes those that are missing."""
        missing = [street for street in streets if street not in self._street_rows]
        for street in missing:
            self._street_rows[street] = len(self._street_rows)
        if missing:
            blank = np.full((len(missing), COMMUNITIES), -1, np.int64)
            self._pages = np.concatenate((self._pages, blank))
        return np.array([self._street_rows[street] for street in streets], np.int64)

    def _entries(
        self, rows: NDArray[np.int64], cells: NDArray[np.int64], metrics: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Place of each row in the table; makes the pages that are missing."""
        communities = cells // CELLS_A_PAGE
        pages = self._pages[rows, communities]
        if pages.size and pages.min() < 0:
            self._add_pages(np.unique(rows[pages < 0] * COMMUNITIES + communities[pages < 0]))
            pages = self._pages[rows, communities]
        inside = cells - communities * CELLS_A_PAGE
        return (pages * CELLS_A_PAGE + inside) * self._metric_count + metrics

    def _add_pages(self, places: NDArray[np.int64]) -> None:
        """Make the pages at these places, row of the street * communities + community."""
        rows, communities = np.divmod(places, COMMUNITIES)
        self._pages[rows, communities] = self._page_codes.size + np.arange(places.size)
        streets = np.array([int(street) for street in self._street_rows], np.int64)
        codes = streets[rows] * COMMUNITIES + communities
        self._page_codes = np.concatenate((self._page_codes, codes))
        blank = np.full(places.size * CELLS_A_PAGE * self._metric_count, -1, np.int32)
        self._table = np.concatenate((self._table, blank))

    def _append(self, entries: NDArray[np.int64]) -> None:
        """Give numbers to the series at these places of the table."""
        count, end = entries.size, self.size + entries.size
        if end > self._cells.size:
            self._cells = grown(self._cells, room_for(end))
            self._metrics = grown(self._metrics, room_for(end))
        places, metrics = np.divmod(entries, self._metric_count)
        pages, inside = np.divmod(places, CELLS_A_PAGE)
        self._cells[self.size : end] = self._page_codes[pages] * CELLS_A_PAGE + inside
        self._metrics[self.size : end] = metrics
        self._table[entries] = np.arange(self.size, end)
        self.size += count

    def extend(self, cells: NDArray[np.int64], metrics: NDArray[np.int64]) -> None:
        """Give the next numbers to these pairs, in this order; for restoring a saved index.

        Parameters
        ----------
        cells : ndarray, shape (n,), int64
            15-digit codes.
        metrics : ndarray, shape (n,), int64
        """
        codes, tails = np.divmod(cells, STREET_DIVISOR)
        start, end = self.size, self.size + cells.size
        streets, of = np.unique(codes, return_inverse=True)
        rows = self._rows_of([f"{street:09d}" for street in streets.tolist()])
        entries = self._entries(rows[of], tails, metrics)  # may make the table larger
        self._table[entries] = np.arange(start, end)
        if end > self._cells.size:
            self._cells = grown(self._cells, room_for(end))
            self._metrics = grown(self._metrics, room_for(end))
        self._cells[start:end], self._metrics[start:end] = cells, metrics
        self.size = end

    def changes(self) -> Fields:
        """Blocks with series that are new since the last call, by (block,)."""
        fields: Fields = {}
        for block in range(self._saved_size // BLOCK, -(-self.size // BLOCK)):
            start, end = block_range(block, self.size)
            if end > self._saved_size:
                fields[(block,)] = pack((self._cells[start:end], self._metrics[start:end]))
        self._saved_size = self.size
        return fields

    def load(self, blobs: list[bytes], metric_of: NDArray[np.int64]) -> None:
        """Take in all blocks that `changes` gave, in their order.

        Parameters
        ----------
        metric_of : ndarray of int64
            Metric today of each metric at the time of saving.
        """
        for blob in blobs:
            cells, metrics = unpack(blob, ("<i8", "<u2"))
            self.extend(cells, metric_of[metrics])
        is_renumbered = not np.array_equal(metric_of, np.arange(metric_of.size))
        self._saved_size = 0 if is_renumbered else self.size


class SeenTimes:
    """Newest event time of each series, epoch ms.

    Examples
    --------
    >>> seen = SeenTimes()
    >>> seen.see(Rows.of(np.array([0, 1, 0]), np.array([5, 5, 5]), np.array([30, 20, 10])))
    >>> seen.times_ms[:2].tolist()
    [30, 20]
    """

    def __init__(self) -> None:
        self.times_ms = np.zeros(room_for(0), np.int64)
        self._dirty: set[int] = set()

    def see(self, rows: Rows) -> None:
        """Take in the event times of some rows, in any order."""
        if rows.size > self.times_ms.size:
            self.times_ms = grown(self.times_ms, room_for(rows.size))
        np.maximum.at(self.times_ms, rows.series, rows.times_ms)
        self._dirty.update(rows.blocks)

    def rewind(self, last_ms: int) -> None:
        """Call the series never seen whose newest event time cannot have come yet."""
        wrong = np.flatnonzero(self.times_ms > last_ms)
        self.times_ms[wrong] = 0
        self._dirty.update(blocks_of(wrong))

    def changes(self) -> Fields:
        """Parts changed since the last call, by (block,)."""
        fields: Fields = {}
        for block in self._dirty:
            start, end = block_range(block, self.times_ms.size)
            fields[(block,)] = pack((self.times_ms[start:end],))
        self._dirty.clear()
        return fields

    def load(self, block: int, blob: bytes) -> None:
        """Take in one part that `changes` gave."""
        (times_ms,) = unpack(blob, ("<i8",))
        start, _ = block_range(block, 2**62)
        end = start + times_ms.size
        if end > self.times_ms.size:
            self.times_ms = grown(self.times_ms, room_for(end))
        self.times_ms[start:end] = times_ms
