"""Quantiles of many series at once, from counts in bins whose width grows with the value.

Values are integers. A bin reaches from its lowest integer `low` to `floor(low × 1.1)`, so small
values have a bin each and are exact; a bin is represented by the harmonic mean of its ends, which
makes the relative error of any value in it at most (1.1 − 1) / (1.1 + 1) = 4.8 %. Adding counts is
exact and order does not matter; two sketches merge by addition.

References
----------
Masson, Rim, Lee: DDSketch, a fast and fully-mergeable quantile sketch with relative-error
guarantees. PVLDB 12(12), 2019, sections 2.1 and 2.2. Here the edges are integers, computed without
floating point, so that a value falls into the same bin on every machine.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.windows.blocks import grown, room_for

RELATIVE_ERROR: Final = 0.05  # promised; 1/21 is reached
_LARGEST: Final = 2**31
_DIRECT: Final = 2**16  # bins of smaller magnitudes are looked up, those of larger ones searched
_BINS_A_STEP: Final = 8
_AT_ONCE: Final = 4096  # series whose quantiles are worked out together: bounds the memory for it


def _lowest_of_bins() -> NDArray[np.int64]:
    """Lowest magnitude of each bin above zero, and at the end the first that is too large."""
    lows = [1]
    while lows[-1] <= _LARGEST:
        lows.append(lows[-1] * 11 // 10 + 1)
    return np.array(lows, np.int64)


_LOWS: Final = _lowest_of_bins()
ZERO_BIN: Final = _LOWS.size - 1
BINS: Final = 2 * ZERO_BIN + 1


def _search(values: NDArray[np.int64]) -> NDArray[np.int64]:
    above_zero = np.searchsorted(_LOWS, np.abs(values), side="right")
    return ZERO_BIN + np.sign(values) * above_zero


def _representatives() -> NDArray[np.float64]:
    low, high = _LOWS[:-1].astype(np.float64), (_LOWS[1:] - 1).astype(np.float64)
    middle = 2.0 * low * high / (low + high)
    return np.concatenate((-middle[::-1], [0.0], middle))


_TABLE: Final = _search(np.arange(-_DIRECT + 1, _DIRECT, dtype=np.int64)).astype(np.int16)
_VALUES: Final = _representatives()


def bin_of(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Bin of each value, in the order of the values.

    Parameters
    ----------
    values : ndarray, shape (n,), int64, within ±2^31

    Examples
    --------
    >>> (bin_of(np.array([-1, 0, 1, 10, 100, 105])) - ZERO_BIN).tolist()
    [-1, 0, 1, 10, 29, 30]
    """
    if values.size and max(-int(values.min()), int(values.max())) < _DIRECT:
        return _TABLE[values + (_DIRECT - 1)].astype(np.int64)
    return _search(values)


def value_of(number: int) -> float:
    """Value that stands for all values of a bin.

    Examples
    --------
    >>> value_of(ZERO_BIN), round(value_of(ZERO_BIN + 30), 1)
    (0.0, 107.8)
    """
    return float(_VALUES[number])


class Histogram:
    """Counts per bin of many series; only the range of bins in use takes memory.

    Attributes
    ----------
    counts : ndarray, shape (bins in use, room), uint32
        Column s belongs to series s.
    first_bin : int
        Bin of row 0.

    Examples
    --------
    >>> histogram = Histogram()
    >>> histogram.add(np.array([0, 0, 0, 1]), np.array([1, 2, 9, 1000]))
    >>> histogram.quantiles(np.array([0, 1]), (0.5,)).round(1).tolist()
    [[2.0, 1007.7]]
    """

    def __init__(self) -> None:
        self.first_bin = ZERO_BIN
        self.counts = np.zeros((0, room_for(0)), np.uint32)

    def add(self, series: NDArray[np.int64], values: NDArray[np.int64]) -> None:
        """Count each value once.

        Parameters
        ----------
        series, values : ndarray, shape (n,), int64
        """
        if not series.size:
            return
        bins = bin_of(values)
        self._reach(int(bins.min()), int(bins.max()) + 1, int(series.max()) + 1)
        flat = (bins - self.first_bin) * self.counts.shape[1] + series
        np.add.at(self.counts.reshape(-1), flat, np.uint32(1))

    def merge(self, other: Histogram) -> None:
        """Add all counts of another histogram."""
        bins, room = other.counts.shape
        if not bins:
            return
        self._reach(other.first_bin, other.first_bin + bins, room)
        start = other.first_bin - self.first_bin
        self.counts[start : start + bins, :room] += other.counts

    def quantiles(
        self, series: NDArray[np.int64], shares: tuple[float, ...]
    ) -> NDArray[np.float64]:
        """Quantiles of the given series by nearest rank, as values of the bins.

        Returns
        -------
        ndarray, shape (len(shares), len(series)), float64
            NaN for a series without values.
        """
        result = np.full((len(shares), series.size), np.nan)
        if self.counts.size:
            for start in range(0, series.size, _AT_ONCE):
                part = slice(start, start + _AT_ONCE)
                self._fill(result[:, part], series[part], shares)
        return result

    def _fill(
        self, result: NDArray[np.float64], series: NDArray[np.int64], shares: tuple[float, ...]
    ) -> None:
        here = series < self.counts.shape[1]
        running = np.cumsum(self.counts[:, series[here]], axis=0, dtype=np.int64)
        totals = running[-1]
        for row, share in enumerate(shares):
            rank = np.maximum(np.ceil(totals * share), 1)
            bins = self.first_bin + np.count_nonzero(running < rank, axis=0)
            result[row, here] = np.where(totals > 0, _VALUES[np.minimum(bins, BINS - 1)], np.nan)

    def entries(
        self, start: int, end: int
    ) -> tuple[NDArray[np.uint16], NDArray[np.uint16], NDArray[np.uint32]]:
        """Bins, series minus `start`, and counts of all non-zero counts of [start, end)."""
        block = self.counts[:, start:end]
        rows, columns = np.nonzero(block)
        bins = (rows + self.first_bin).astype(np.uint16)
        return bins, columns.astype(np.uint16), block[rows, columns]

    def put(
        self,
        start: int,
        bins: NDArray[np.uint16],
        series: NDArray[np.uint16],
        counts: NDArray[np.uint32],
    ) -> None:
        """Set counts as `entries` gave them."""
        if not bins.size:
            return
        columns = series.astype(np.int64) + start
        self._reach(int(bins.min()), int(bins.max()) + 1, int(columns.max()) + 1)
        self.counts[bins.astype(np.int64) - self.first_bin, columns] = counts

    def _reach(self, first: int, end: int, size: int) -> None:
        """Make room for bins [first, end) and `size` series."""
        bins, room = self.counts.shape
        if size > room:
            self.counts = grown(self.counts, room_for(size))
        if bins and self.first_bin <= first and end <= self.first_bin + bins:
            return
        low = first if not bins else min(first, self.first_bin)
        high = end if not bins else max(end, self.first_bin + bins)
        low -= low % _BINS_A_STEP
        high += -high % _BINS_A_STEP
        wider = np.zeros((high - low, self.counts.shape[1]), np.uint32)
        if bins:
            wider[self.first_bin - low : self.first_bin - low + bins] = self.counts
        self.first_bin, self.counts = low, wider
