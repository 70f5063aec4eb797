"""At which local times a line is marked: whole hours or midnights, as many as have room."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import Final

from models.timing.units import DAY_MS, HOUR_MS

_APART_H: Final = (1, 2, 3, 6, 12, 24, 48, 72, 120, 168, 336, 720)


def marked_times(first_ms: int, last_ms: int, zone: tzinfo, most: int) -> list[int]:
    """Give whole local hours of a time, equally far apart and hardly more than `most`.

    Returns
    -------
    list of int
        Epoch milliseconds from `first_ms` to `last_ms`; those a day or more apart are midnights.

    Examples
    --------
    >>> [at // HOUR_MS for at in marked_times(HOUR_MS // 2, 20 * HOUR_MS, UTC, 5)]
    [6, 12, 18]
    """
    offset = datetime.fromtimestamp(first_ms / 1000, UTC).astimezone(zone).utcoffset()
    shift_ms = 0 if offset is None else round(offset.total_seconds() * 1000)
    length_ms = last_ms - first_ms
    apart_ms = next(
        (each * HOUR_MS for each in _APART_H if length_ms < most * each * HOUR_MS),
        -(-length_ms // (most * DAY_MS)) * DAY_MS,
    )
    begin_ms = -(-(first_ms + shift_ms) // apart_ms) * apart_ms - shift_ms
    return list(range(begin_ms, last_ms + 1, apart_ms))
