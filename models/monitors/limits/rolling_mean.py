"""Mean of the newest hours of each cell, from hourly means."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.detect.contract import Floats
from models.detect.state import pack, unpack
from models.monitors.readings.series_index import Codes, SeriesPlaces
from models.timing.units import HOUR_MS


class RollingMean:
    """Mean over the hour that has begun and those before it, each hour weighing the same.

    Parameters
    ----------
    hours : int
        Length of the window; 0 keeps nothing.
    least_hours : int
        Hours with a value that a mean needs; 0: five sixths of the window, as 20 of 24.

    References
    ----------
    GB 3095-2012, validity of data: a 24 h mean of particles needs at least 20 hourly means (from
    memory; the text was not at hand).

    Examples
    --------
    >>> mean = RollingMean(2, 2)
    >>> cell = np.array([110101001001001])
    >>> mean.observe(0, cell, np.array([1.0])), mean.observe(HOUR_MS, cell, np.array([3.0]))
    (array([nan]), array([2.]))
    """

    def __init__(self, hours: int, least_hours: int = 0) -> None:
        self._hours = hours
        self._least = least_hours or -(-hours * 5 // 6)
        self._series = SeriesPlaces()
        self._sums: Floats = np.zeros((hours, 0))
        self._counts: Floats = np.zeros((hours, 0))
        self._hour = 0  # number of the newest hour, from 1970

    def observe(self, start_ms: int, cells: Codes, values: Floats) -> Floats:
        """Add the values of a pane and give the means; NaN where too few hours are known.

        Parameters
        ----------
        start_ms : int
            Of the pane; not before the pane before.
        cells : ndarray, shape (n,), int64
            Each once.
        values : ndarray, shape (n,), float64
        """
        self._begin(start_ms // HOUR_MS)
        places = self._series.places(cells)
        more = self._series.codes.size - self._sums.shape[1]
        if more:
            self._sums, self._counts = (
                np.pad(each, ((0, 0), (0, more))) for each in (self._sums, self._counts)
            )
        row = self._hour % self._hours
        self._sums[row, places] += values
        self._counts[row, places] += 1
        return self._means(places)

    def rewind(self, now_ms: int) -> None:
        """Forget the hours later than a time."""
        hour = now_ms // HOUR_MS
        for each in range(max(hour, self._hour - self._hours) + 1, self._hour + 1):
            self._sums[each % self._hours] = 0.0
            self._counts[each % self._hours] = 0.0
        self._hour = min(self._hour, hour)

    def to_bytes(self) -> bytes:
        """Give the whole state."""
        arrays = {"codes": self._series.codes, "sums": self._sums, "counts": self._counts}
        return pack({"hours": self._hours, "hour": self._hour}, arrays)

    @classmethod
    def from_bytes(cls, data: bytes, least_hours: int = 0) -> RollingMean:
        """Continue where `to_bytes` was called; raises `MalformedState` on anything else."""
        values, arrays = unpack(data)
        made = cls(int(values["hours"]), least_hours)
        made._hour = int(values["hour"])
        made._series = SeriesPlaces(arrays["codes"])
        made._sums, made._counts = arrays["sums"], arrays["counts"]
        return made

    def _begin(self, hour: int) -> None:
        """Forget the hours that left the window."""
        for each in range(max(self._hour + 1, hour - self._hours + 1), hour + 1):
            self._sums[each % self._hours] = 0.0
            self._counts[each % self._hours] = 0.0
        self._hour = max(self._hour, hour)

    def _means(self, places: NDArray[np.int64]) -> Floats:
        sums, counts = self._sums[:, places], self._counts[:, places]
        hours = (counts > 0).sum(axis=0)
        hourly = sums / np.maximum(counts, 1)  # 0 in an hour without a value
        means = hourly.sum(axis=0) / np.maximum(hours, 1)
        return np.where(hours >= self._least, means, np.nan)
