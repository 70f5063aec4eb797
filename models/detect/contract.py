"""The one contract of all stream detectors: a vector of values per pane in, a judgement out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar, Protocol, Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class DepartureScope(IntEnum):
    """Whose departure it is."""

    NONE = 0  # nothing unusual
    LOCAL = 1  # this series departs from the region, or has none to depart from: dispatch
    REGIONAL = 2  # the region departs from its own normal (sandstorm, haze)
    SEASONAL = 3  # high, but what this season looks like: plan level


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What a detector says of one pane of n series; every array has shape (n,).

    Attributes
    ----------
    score : float64
        How rare a departure from the expected is, by the system's own past, on the scale of a
        normal distribution and with the sign of the departure: 3 is one pane in 741. NaN where
        there was no value or no history to judge it by.
    p_value : float64
        Probability of such an excess by the system's own past; NaN with the score.
    expected, low, high : float64
        In the metric's unit; `low` and `high` bound what is normal.
    region : float64
        Regional median at that time, in the metric's unit; NaN where too few series reported.
    scope : uint8
        A `Scope` for each series.
    baseline_n : int64
        Past values that the expectation rests on.
    since_ms, until_ms : int64
        Start of the first and of the last pane of that past; -1 where there is no such past.
    """

    score: Floats
    p_value: Floats
    expected: Floats
    low: Floats
    high: Floats
    region: Floats
    scope: NDArray[np.uint8]
    baseline_n: NDArray[np.int64]
    since_ms: NDArray[np.int64]
    until_ms: NDArray[np.int64]


def or_zero(values: Floats) -> Floats:
    """Give 0 for NaN; what numpy offers for it costs four times as much where series are few."""
    return np.where(np.isnan(values), 0.0, values)


class Detector(Protocol):
    """Judges panes in the order of their time; learns from each only after judging it.

    Conformance (tests/conformance): causal, deterministic, restartable from its bytes, stable
    under gaps, constants and NaN, and free to grow by new series at the end.
    """

    name: ClassVar[str]

    def judge(self, start_ms: int, values: Floats) -> Judgement:
        """Judge the values of the pane that starts at `start_ms`, then learn from them.

        Parameters
        ----------
        start_ms : int
            Event time, epoch milliseconds, greater than that of the call before.
        values : ndarray, shape (n,), float64
            One per series in a fixed order; NaN where none. `n` may grow: new series come last.
        """
        ...

    def rewind(self, now_ms: int) -> None:
        """Let the next pane be one of this time, epoch milliseconds, where the last was later."""
        ...

    def to_bytes(self) -> bytes:
        """Give the whole state."""
        ...

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Make a detector that continues where `to_bytes` was called."""
        ...
