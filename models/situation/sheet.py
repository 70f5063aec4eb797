"""One summary of a street partition, laid out once so that each question about it is a slice."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from models.messages.columns import Columns
from models.messages.street_summaries import SummaryHeader

Ints = NDArray[np.int64]


class Sheet:
    """Rows of a summary by layer and by cell; what is asked for twice is worked out once.

    Parameters
    ----------
    header : SummaryHeader
    columns : dict of str to ndarray, shape (n,)
        In any order.

    Examples
    --------
    >>> header = SummaryHeader(
    ...     rows=3, feed="dust", partition=0, partitions=1, published_ms=0, watermark_ms=0,
    ...     last_event_ms=0, layers=("pm10.now", "pm10.day"),
    ... )
    >>> columns = {"cell": np.array([7, 7, 9]), "layer": np.array([0, 1, 0])}
    >>> columns |= {"value": np.array([1.0, 2.0, 3.0]), "event_ms": np.array([50, 60, 70])}
    >>> sheet = Sheet(header, columns)
    >>> sheet.rows_of("pm10.now").tolist(), sheet.rows_of("pm25.now")
    ([0, 2], None)
    >>> [part.tolist() for part in sheet.last_seen]
    [[7, 9], [60, 70]]
    """

    def __init__(self, header: SummaryHeader, columns: Columns) -> None:
        self.header, self.columns = header, columns

    def rows_of(self, layer: str) -> Ints | None:
        """Give the rows of a layer, shape (m,); None where the summary has no such layer."""
        if layer not in self.header.layers:
            return None
        order, bounds = self._by_layer
        number = self.header.layers.index(layer)
        rows: Ints = order[bounds[number] : bounds[number + 1]]
        return rows

    @cached_property
    def last_seen(self) -> tuple[Ints, Ints]:
        """Its cells, ascending, and the newest event time of each; both of shape (m,)."""
        cells, times_ms = self.columns["cell"], self.columns["event_ms"]
        if (np.diff(cells) < 0).any():  # whoever sends sorts them, but need not
            order = np.argsort(cells, kind="stable")
            cells, times_ms = cells[order], times_ms[order]
        return newest_by_cell(cells, times_ms)

    @cached_property
    def _by_layer(self) -> tuple[Ints, Ints]:
        """Rows in the order of their layers, and where each layer begins."""
        layers = self.columns["layer"]
        order = np.argsort(layers, kind="stable")  # a radix sort, for they are short integers
        bounds = np.searchsorted(layers[order], np.arange(len(self.header.layers) + 1))
        return order, bounds


def newest_by_cell(cells: Ints, times_ms: Ints) -> tuple[Ints, Ints]:
    """Give each cell once, and its newest time; `cells` ascend, all are of shape (n,)."""
    if not cells.size:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    firsts = np.flatnonzero(np.diff(cells, prepend=cells[0] - 1))
    return cells[firsts], np.maximum.reduceat(times_ms, firsts)


def distinct(cells: Ints) -> int:
    """Count the different cells; sorts them, which is several times as fast as hashing codes.

    Examples
    --------
    >>> distinct(np.array([9, 7, 9])), distinct(np.array([], np.int64))
    (2, 0)
    """
    return int(np.count_nonzero(np.diff(np.sort(cells)))) + bool(cells.size)
