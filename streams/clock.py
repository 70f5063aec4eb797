"""The two clocks of a process, given to whoever needs one: a simulation has its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Clock:
    """Where a process reads the time.

    Attributes
    ----------
    monotonic_s : callable
        Seconds that only grow: for pauses, ages and limits.
    wall_ms : callable
        Epoch milliseconds of the machine; somebody may set them forward or back.
    """

    monotonic_s: Callable[[], float] = time.monotonic
    wall_ms: Callable[[], int] = _wall_ms


SYSTEM_CLOCK = Clock()
