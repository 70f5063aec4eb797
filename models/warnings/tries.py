"""When a failed delivery is tried again, and when no more: the schedule of Standard Webhooks.

References
----------
Standard Webhooks, *Deliverability and reliability*: retry schedule, `Retry-After`, 410.
"""

from __future__ import annotations

from typing import Final

from models.timing.units import DAY_MS, HOUR_MS, MINUTE_MS

# From a failed try to the next one; the first try is made at once.
WAITS_MS: Final = (
    5_000,
    5 * MINUTE_MS,
    30 * MINUTE_MS,
    *(hours * HOUR_MS for hours in (2, 5, 10, 14, 20, 24)),
)
TRIES: Final = len(WAITS_MS) + 1
LONGEST_WAIT_MS: Final = DAY_MS  # also of what a receiver asks for
GIVE_UP_MS: Final = 5 * DAY_MS  # whatever became of the tries; the schedule takes 75 h 35 min


def wait_ms(failures: int, retry_after_s: int = 0) -> int:
    """Give the pause after so many failed tries; a receiver may ask for a longer one.

    Examples
    --------
    >>> [wait_ms(n) // 1000 for n in (1, 2, 3, 9)], wait_ms(1, 60)
    ([5, 300, 1800, 86400], 60000)
    """
    planned_ms = WAITS_MS[max(0, min(failures, len(WAITS_MS)) - 1)]
    return min(max(planned_ms, retry_after_s * 1000), LONGEST_WAIT_MS)
