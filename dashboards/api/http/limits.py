"""How often one client may ask: a token bucket each, bounded in number."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

RATE_PER_S: Final = 40.0
BURST: Final = 400.0  # a page with all its lists, and a program that catches up
_REMEMBERED: Final = 10_000


class RateLimits:
    """A bucket for each client; it fills at `RATE_PER_S` up to `BURST`.

    Parameters
    ----------
    clock : callable
        Monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_s(self, client: str, cost: float = 1.0) -> float:
        """Take tokens for a request; 0 where it may go on, else how long to wait."""
        now_s = self._clock()
        level, at_s = self._buckets.pop(client, (BURST, now_s))
        level = min(BURST, level + (now_s - at_s) * RATE_PER_S)
        is_free = level >= cost
        self._buckets[client] = (level - cost if is_free else level, now_s)
        if len(self._buckets) > _REMEMBERED:
            self._buckets.popitem(last=False)  # asked longest ago: most likely full again
        return 0.0 if is_free else (cost - level) / RATE_PER_S
