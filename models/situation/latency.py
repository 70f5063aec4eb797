"""How long it takes from ingest to where people see it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Final

import numpy as np

KEPT: Final = 4096


class Latencies:
    """The newest latencies of one way, milliseconds.

    Parameters
    ----------
    kept_ms : int
        So long a latency counts: what a backlog cost is soon no news.

    Examples
    --------
    >>> way = Latencies(60_000)
    >>> way.percentiles()
    {'p50': None, 'p99': None}
    >>> way.add(1000, [10, 20, 30])
    >>> way.percentiles()
    {'p50': 20.0, 'p99': 29.8}
    """

    def __init__(self, kept_ms: int) -> None:
        self._kept_ms = kept_ms
        self._newest: deque[tuple[int, float]] = deque(maxlen=KEPT)

    def add(self, now_ms: int, latencies_ms: Iterable[float]) -> None:
        """Add latencies that ended now; drop old ones."""
        self._newest.extend((now_ms, latency_ms) for latency_ms in latencies_ms)
        while self._newest and self._newest[0][0] < now_ms - self._kept_ms:
            self._newest.popleft()

    def percentiles(self) -> dict[str, float | None]:
        """Give the median and the 99th percentile; None without any."""
        if not self._newest:
            return {"p50": None, "p99": None}
        latencies_ms = np.array([latency_ms for _, latency_ms in self._newest])
        p50, p99 = np.percentile(latencies_ms, (50, 99)).round(1).tolist()
        return {"p50": p50, "p99": p99}
