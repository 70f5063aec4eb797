"""How far event time had come at each row of a raw partition: what late is judged by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.feeds.checked import Checked
from models.timing.source_clocks import NEVER, SourceClocks


@dataclass(slots=True)
class FrontFinder:
    """Follows the rows of one raw partition in their order.

    Attributes
    ----------
    clocks : SourceClocks
        Of the sources of the partition; they move with the live rows.
    newest_ms : int
        The front so far.
    """

    clocks: SourceClocks
    newest_ms: int

    def fronts(
        self,
        checked: Checked[Any],
        good: NDArray[np.bool_],
        arrived_ms: NDArray[np.int64],
        is_replay: NDArray[np.bool_],
    ) -> NDArray[np.int64]:
        """Find the front at each row; `NEVER` at rows that are not good.

        In a replay the newest reading before a row rules; see `SourceClocks` for live mode.
        """
        if good.all() and not is_replay.any():  # as nearly always: nothing has to be put together
            return self._by_sources(checked.ts_ms, arrived_ms, checked.sources)
        rows = np.flatnonzero(good)
        fronts = np.full(good.size, NEVER, np.int64)
        for part in np.split(rows, np.flatnonzero(np.diff(is_replay[rows])) + 1):
            times_ms, sources = checked.ts_ms[part], checked.sources
            if part.size and is_replay[part[0]]:
                fronts[part] = self._by_order(times_ms)
            elif part.size:
                sources = None if sources is None else [sources[row] for row in part.tolist()]
                fronts[part] = self._by_sources(times_ms, arrived_ms[part], sources)
        return fronts

    def _by_order(self, times_ms: NDArray[np.int64]) -> NDArray[np.int64]:
        """Find the newest time up to each row."""
        fronts = np.maximum(np.maximum.accumulate(times_ms), self.newest_ms)
        self.newest_ms = int(fronts[-1]) if fronts.size else self.newest_ms
        return fronts

    def _by_sources(
        self,
        times_ms: NDArray[np.int64],
        arrived_ms: NDArray[np.int64],
        sources: Sequence[str] | None,
    ) -> NDArray[np.int64]:
        """Find the front of the sources before each row; no time counts ahead of its arrival."""
        if sources is None:
            known = np.where(arrived_ms > 0, arrived_ms, times_ms)
            return self._by_order(np.minimum(times_ms, known))
        fronts, self.newest_ms = self.clocks.advance(sources, times_ms, arrived_ms, self.newest_ms)
        return fronts
