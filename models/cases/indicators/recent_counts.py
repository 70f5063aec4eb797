"""What moved lately: cases reported, filed and closed in each cell by day, and stages left by hour.

Like the indicators these are sums that a changed case is taken out of and put into again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.cases.columns import NEVER, CaseColumns
from models.cases.state import Stage
from models.timing.units import HOUR_MS
from models.timing.zone import Zone

LAYERS: Final = ("filed", "closed", "reported")  # times of `CaseColumns`
_KEPT_DAYS: Final = 2
_KEPT_HOURS: Final = 48


class CellDays:
    """Cases by local day, layer and cell; only the last days are kept.

    Parameters
    ----------
    zone : Zone
        Local time of the city: where its days begin.
    """

    def __init__(self, zone: Zone) -> None:
        self._zone = zone
        self._oldest = -(2**31)
        self.counts: dict[tuple[int, str], dict[int, int]] = {}  # (day, layer) → cell → cases

    def add(self, cases: CaseColumns, cell: NDArray[np.int64], sign: int) -> None:
        """Put cases in (`sign` 1) or take them out (-1); `cell` has shape (n,)."""
        for layer in LAYERS:
            times = getattr(cases, layer)
            came = times != NEVER
            days = self._zone.day(times[came])
            for day, place in zip(days.tolist(), cell[came].tolist(), strict=True):
                if day < self._oldest:
                    continue
                counts = self.counts.setdefault((day, layer), {})
                count = counts.get(place, 0) + sign
                if count:
                    counts[place] = count
                else:
                    counts.pop(place, None)

    def of_day(self, day: int, layer: str) -> dict[int, int]:
        """Give the counts of one day and layer by cell."""
        return self.counts.get((day, layer), {})

    def forget(self, today: int) -> None:
        """Drop days that are no longer asked for."""
        self._oldest = today - _KEPT_DAYS
        for key in [key for key in self.counts if key[0] < self._oldest]:
            del self.counts[key]

    def dump(self) -> list[Any]:
        """Everything as plain values, in a fixed order, for `restore`."""
        rows = [(*key, sorted(counts.items())) for key, counts in sorted(self.counts.items())]
        return [self._oldest, [row for row in rows if row[2]]]

    def restore(self, dumped: list[Any]) -> None:
        """Become what `dump` described."""
        self._oldest, rows = dumped
        self.counts = {
            (day, layer): {int(cell): int(count) for cell, count in counts}
            for day, layer, counts in rows
        }


class StageThroughput:
    """Stages that cases left, by the hour in which they left: how many, and after how long."""

    def __init__(self) -> None:
        self._oldest = -(2**62)
        self._hours: dict[tuple[int, str], list[int]] = {}  # → [cases, milliseconds]

    def add(self, dwell: Iterable[tuple[Stage, int, int]], sign: int) -> None:
        """Put the stages that a case left in, or take them out: (stage, left ms, spent ms)."""
        for stage, left_ms, spent_ms in dwell:
            hour = left_ms // HOUR_MS
            if hour < self._oldest:
                continue
            sums = self._hours.setdefault((hour, stage.value), [0, 0])
            sums[0] += sign
            sums[1] += sign * spent_ms

    def last_day(self, now_ms: int) -> Mapping[str, tuple[int, float]]:
        """Cases that left each stage in the 24 hours up to now, and their hours in it."""
        first = now_ms // HOUR_MS - 23
        sums: dict[str, tuple[int, int]] = {}
        for (hour, stage), (count, spent_ms) in self._hours.items():
            if first <= hour and count:
                n, total_ms = sums.get(stage, (0, 0))
                sums[stage] = (n + count, total_ms + spent_ms)
        return {stage: (n, total_ms / HOUR_MS) for stage, (n, total_ms) in sums.items()}

    def forget(self, now_ms: int) -> None:
        """Drop hours that are no longer asked for."""
        self._oldest = now_ms // HOUR_MS - _KEPT_HOURS
        for key in [key for key in self._hours if key[0] < self._oldest]:
            del self._hours[key]

    def dump(self) -> list[Any]:
        """Everything as plain values, in a fixed order, for `restore`."""
        return [self._oldest, sorted((*key, *sums) for key, sums in self._hours.items())]

    def restore(self, dumped: list[Any]) -> None:
        """Become what `dump` described."""
        self._oldest, rows = dumped
        self._hours = {(hour, stage): [count, spent] for hour, stage, count, spent in rows}
