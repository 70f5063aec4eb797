"""New rows of some frames, with what every window wants to know about them worked out once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.windows.blocks import blocks_of


@dataclass(frozen=True, slots=True)
class Rows:
    """At least one row, sorted by series as far as that is cheap; make it by `of`.

    Attributes
    ----------
    series : ndarray, shape (n,), int64
    values : ndarray, shape (n,), int32
        Multiples of the metric's resolution.
    wide : ndarray, shape (n,), int64
        The same values, as sums need them.
    times_ms : ndarray, shape (n,), int64
        Event time.
    first_ms, last_ms : int
        Least and greatest event time.
    size : int
        One more than the greatest series.
    blocks : list of int
        Blocks in which the series lie (or a few more).
    """

    series: NDArray[np.int64]
    values: NDArray[np.int32]
    wide: NDArray[np.int64]
    times_ms: NDArray[np.int64]
    first_ms: int
    last_ms: int
    size: int
    blocks: list[int]

    @classmethod
    def of(
        cls, series: NDArray[np.int64], values: NDArray[np.int32], times_ms: NDArray[np.int64]
    ) -> Rows:
        """Take the three columns of some rows, shape (n,) each, n ≥ 1."""
        # Sorted by series, the rows walk through memory in one direction: a large grid costs hardly
        # more than a small one. 16-bit keys are sorted by radix, in linear time; where there are
        # more series, neighbours share a key.
        first, last = int(series.min()), int(series.max())
        shift = max((last - first).bit_length() - 16, 0)
        order = np.argsort((series - first >> shift).astype(np.uint16), kind="stable")
        series, values, times_ms = series[order], values[order], times_ms[order]
        return cls(
            series=series,
            values=values,
            wide=values.astype(np.int64),
            times_ms=times_ms,
            first_ms=int(times_ms.min()),
            last_ms=int(times_ms.max()),
            size=last + 1,
            blocks=blocks_of(series),
        )

    def where(self, mask: NDArray[np.bool_]) -> Rows:
        """Give the rows that are marked; at least one is."""
        return Rows.of(self.series[mask], self.values[mask], self.times_ms[mask])

    def by_slot(self, width_ms: int) -> Iterator[tuple[int, Rows]]:
        """Give the rows of each interval of `width_ms`, with its number, by time."""
        first, last = self.first_ms // width_ms, self.last_ms // width_ms
        if first == last:
            yield first, self
            return
        numbers = self.times_ms // width_ms
        order = np.argsort(numbers, kind="stable")
        starts = np.flatnonzero(np.diff(numbers[order], prepend=first - 1))
        for part in np.split(order, starts[1:]):
            yield (
                int(numbers[part[0]]),
                Rows.of(self.series[part], self.values[part], self.times_ms[part]),
            )
