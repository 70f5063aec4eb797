"""The years that a city's data may lie in: beyond them a time is a mistake, whatever sent it.

The last one leaves room for limits of years in working days, which are known until 2100, so that no
arithmetic on an accepted time leaves the calendar.
"""

from __future__ import annotations

from typing import Final

from models.timing.units import HOUR_MS

FIRST_MS: Final = 0  # 1970-01-01
AHEAD_MS: Final = HOUR_MS  # how far clocks of honest machines may differ, at the most
LAST_MS: Final = 3_786_912_000_000  # 2090-01-01


def is_in_calendar(time_ms: float) -> bool:
    """Tell whether a time, epoch milliseconds, lies between 1970 and 2090.

    Examples
    --------
    >>> is_in_calendar(1_772_323_200_000), is_in_calendar(999_999_999_999_999)
    (True, False)
    >>> is_in_calendar(float("nan"))
    False
    """
    return FIRST_MS <= time_ms < LAST_MS
