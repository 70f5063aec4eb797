"""How far the readings are from what was expected of them: value ÷ expected, cell by cell."""

from __future__ import annotations

from typing import Final

import numpy as np

from models.grid.grid import Grid
from models.messages.columns import Columns
from models.messages.judged_panes import JudgedHeader
from models.situation.streets import LayerNow
from models.timing.units import HOUR_MS

LEAST_EXPECTED: Final = 1.0  # a ratio to nearly nothing says nothing
KEPT_MS: Final = 2 * HOUR_MS  # event time that a judged pane is shown for

Key = tuple[str, str, int]  # feed, metric, start_ms


class RatioView:
    """Judged panes of the last two hours, so that an hourly station stays on the map."""

    def __init__(self) -> None:
        self._panes: dict[Key, tuple[JudgedHeader, Columns]] = {}

    def apply(self, header: JudgedHeader, columns: Columns) -> list[Key]:
        """Take one metric of a pane in; names those that are dropped."""
        self._panes[header.feed, header.metric, header.start_ms] = (header, columns)
        own = [key for key in self._panes if key[:2] == (header.feed, header.metric)]
        oldest = max(start for _, _, start in own) - KEPT_MS
        gone = [key for key in own if key[2] <= oldest]
        for key in gone:
            del self._panes[key]
        return gone

    def rewind(self, feed: str, asked_ms: int) -> list[Key]:
        """Drop the panes of a feed later than a rewind was asked for; gives their names."""
        gone = [key for key in self._panes if key[0] == feed and key[2] > asked_ms]
        for key in gone:
            del self._panes[key]
        return gone

    def layer(self, feed: str, metric: str, grid: Grid) -> LayerNow | None:
        """Lay the ratios over a grid, the newest of each cell; None when nothing was expected."""
        values = np.full(grid.codes.size, np.nan, np.float32)
        event_ms = np.zeros(grid.codes.size, np.int64)
        for key in sorted(self._panes):
            if key[:2] != (feed, metric):
                continue
            header, columns = self._panes[key]
            index = grid.index_of(columns["cell"])
            fits = (index >= 0) & (columns["expected"] >= LEAST_EXPECTED)  # False for NaN
            ratio = columns["value"][fits] / columns["expected"][fits]
            values[index[fits]] = ratio
            event_ms[index[fits]] = header.start_ms + header.width_s * 1000
        return LayerNow(values, event_ms) if event_ms.any() else None
