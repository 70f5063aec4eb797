"""How the cells look: the newest columnar summary of each feed and street partition."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.grid.grid import Grid
from models.messages.columns import Columns
from models.messages.frames import IDLE
from models.messages.street_summaries import SummaryHeader
from models.situation.sheet import Ints, Sheet, newest_by_cell

SILENT_MS: Final = 60_000  # wall clock: a summary comes every 5 s, whatever happens
_TODAY: Final = "_today"
Part = tuple[str, int, int]  # feed, street partition, part of its summary


@dataclass(frozen=True, slots=True)
class LayerNow:
    """One layer over all cells of a grid.

    Attributes
    ----------
    values : ndarray, shape (n_cells,), float32
        NaN where a cell has no value.
    event_ms : ndarray, shape (n_cells,), int64
        Event time of each value; 0 where there is none.
    """

    values: NDArray[np.float32]
    event_ms: NDArray[np.int64]

    @property
    def newest_ms(self) -> int:
        """Newest event time on the layer; 0 when it is empty."""
        return int(self.event_ms.max(initial=0))

    @property
    def total(self) -> float | None:
        """Sum over the cells; None when no cell has a value."""
        known = np.isfinite(self.values)
        return float(self.values[known].sum(dtype=np.float64)) if known.any() else None


class StreetView:
    """Newest summary of each (feed, partition), in its parts.

    What was counted "today" by a partition whose day is over is not added to what the others count.
    What is drawn from the summaries of a feed is kept until the next one of that feed comes.
    """

    def __init__(self) -> None:
        self._newest: dict[Part, Sheet] = {}
        self._parts: dict[tuple[str, int], int] = {}  # parts of the newest summary of a source
        self._layers: dict[str, dict[str, tuple[Grid, LayerNow | None]]] = {}  # by feed
        self._seen: dict[str, tuple[Ints, Ints]] = {}  # by feed

    def apply(self, header: SummaryHeader, columns: Columns) -> list[Part]:
        """Replace the older summary of the same source; name the parts it has no more."""
        source = header.feed, header.partition
        self._newest[*source, header.part] = Sheet(header, columns)
        before, self._parts[source] = self._parts.get(source, 0), header.parts
        beyond = [(*source, part) for part in range(header.parts, before)]
        gone = [part for part in beyond if self._newest.pop(part, None) is not None]
        self._layers.pop(header.feed, None)
        self._seen.pop(header.feed, None)
        return gone

    def layer(self, feed: str, layer: str, grid: Grid) -> LayerNow | None:
        """Lay one layer over a grid; None when no partition has sent it yet.

        Cells that the grid does not have (of another date) are left out.
        """
        drawn = self._layers.setdefault(feed, {})
        if layer not in drawn or drawn[layer][0] is not grid:
            drawn[layer] = (grid, self._draw(feed, layer, grid))
        return drawn[layer][1]

    def _draw(self, feed: str, layer: str, grid: Grid) -> LayerNow | None:
        values = np.full(grid.codes.size, np.nan, np.float32)
        event_ms = np.zeros(grid.codes.size, np.int64)
        is_known = False
        for sheet in self._of(feed):
            rows = sheet.rows_of(layer)
            if rows is None:
                continue
            is_known = True
            if self._is_of_yesterday(sheet.header, layer):
                continue
            index = grid.index_of(sheet.columns["cell"][rows])
            fits = index >= 0
            values[index[fits]] = sheet.columns["value"][rows][fits]
            event_ms[index[fits]] = sheet.columns["event_ms"][rows][fits]
        return LayerNow(values, event_ms) if is_known else None

    def last_seen(self, feed: str) -> tuple[Ints, Ints]:
        """Give the cells of a feed and the newest event time of each, both of shape (n,)."""
        if feed not in self._seen:
            self._seen[feed] = _newest_of([sheet.last_seen for sheet in self._of(feed)])
        return self._seen[feed]

    def panes_closed(self) -> int:
        """Sum of the panes closed."""
        return sum(header.panes_closed for header in self._headers())

    def last_event_ms(self) -> int:
        """Newest event time applied anywhere; 0 when none."""
        return max((header.last_event_ms for header in self._headers()), default=0)

    def watermark_ms(self) -> int:
        """Event time up to which all partitions have reported, idle ones apart.

        Where all are idle it is the newest event time, and 0 where none has reported.
        """
        marks = [header.watermark_ms for header in self._headers()]
        return min((mark for mark in marks if 0 < mark < IDLE), default=self.last_event_ms())

    def total(self, name: str) -> float | None:
        """Sum of a partition-wide figure; None when no partition has it."""
        known = [
            header.totals[name]
            for header in self._headers()
            if name in header.totals and not self._is_of_yesterday(header, name)
        ]
        return sum(known) if known else None

    def total_of(self, feed: str, name: str) -> float:
        """Sum of a figure of one feed; 0 when no partition has it."""
        return sum(sheet.header.totals.get(name, 0.0) for sheet in self._of(feed))

    def silent(self) -> tuple[int, int]:
        """Count the street partitions of feeds that went silent, and all of them.

        Each sends a summary every few seconds, also where nothing changed. The newest summary of
        all is compared with, so that a district that stands still as a whole has no silent ones.
        """
        told_ms = {key[:2]: sheet.header.published_ms for key, sheet in self._newest.items()}
        newest_ms = max(told_ms.values(), default=0)
        return sum(newest_ms - at_ms > SILENT_MS for at_ms in told_ms.values()), len(told_ms)

    def _is_of_yesterday(self, header: SummaryHeader, name: str) -> bool:
        """Tell whether a figure of today is one of an earlier day than other partitions count."""
        if not name.endswith(_TODAY):
            return False
        return header.today < max(other.header.today for other in self._of(header.feed))

    def _headers(self) -> Iterator[SummaryHeader]:
        return (sheet.header for sheet in self._newest.values())

    def _of(self, feed: str) -> Iterator[Sheet]:
        return (self._newest[key] for key in sorted(self._newest) if key[0] == feed)


def _newest_of(parts: Sequence[tuple[Ints, Ints]]) -> tuple[Ints, Ints]:
    """Join cells and times of several sheets; a cell that stands in two is as new as the newer."""
    if not parts:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    cells = np.concatenate([cells for cells, _ in parts])
    times_ms = np.concatenate([times_ms for _, times_ms in parts])
    order = np.argsort(cells, kind="stable")
    return newest_by_cell(cells[order], times_ms[order])
