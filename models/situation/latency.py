"""How long it takes from ingest to where people see it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Final

import numpy as np

KEPT: Final = 4096


class Latencies:
    """The newest latencies of one way, milliseconds.

    Examples
    --------
    >>> way = Latencies()
    >>> way.percentiles()
    {'p50': None, 'p99': None}
    >>> way.add([10, 20, 30])
    >>> way.percentiles()
    {'p50': 20.0, 'p99': 29.8}
    """

    def __init__(self) -> None:
        self._newest: deque[float] = deque(maxlen=KEPT)

    def add(self, latencies_ms: Iterable[float]) -> None:
        """Take latencies in."""
        self._newest.extend(latencies_ms)

    def percentiles(self) -> dict[str, float | None]:
        """Give the median and the 99th percentile; None without any."""
        if not self._newest:
            return {"p50": None, "p99": None}
        p50, p99 = np.percentile(np.array(self._newest), (50, 99)).round(1).tolist()
        return {"p50": p50, "p99": p99}
