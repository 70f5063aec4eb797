"""Local time of a city for whole arrays: the offsets of its time zone as a table."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from models.timing.calendar import FIRST_DAY, LAST_DAY
from models.timing.units import DAY_MS

Times = NDArray[np.int64]


@dataclass(frozen=True)
class Zone:
    """Changes of a time zone's offset.

    Attributes
    ----------
    since_ms : ndarray, shape (n,), int64, ascending
        Instant from which `offset_ms` holds; the first is before all times.
    offset_ms : ndarray, shape (n,), int64
        Local time less UTC.
    """

    since_ms: Times
    offset_ms: Times

    def local(self, utc_ms: Times) -> Times:
        """Wall-clock reading of instants, as milliseconds since 1970-01-01 00:00 local time."""
        at = np.searchsorted(self.since_ms, utc_ms, side="right") - 1
        result: Times = utc_ms + self.offset_ms[at]
        return result

    def utc(self, local_ms: Times) -> Times:
        """Instant of wall-clock readings; of two (clock set back) the earlier.

        A reading that never was (clock set forward) is taken by the offset before the change.
        """
        # Local time at which an offset ends: an hour that comes twice, or never, is its own.
        until = self.since_ms[1:] + np.maximum(self.offset_ms[:-1], self.offset_ms[1:])
        at = np.searchsorted(until, local_ms, side="right")
        result: Times = local_ms - self.offset_ms[at]
        return result

    def day_at(self, utc_ms: int) -> int:
        """Local day of one instant; `day` for a single value, without the cost of an array."""
        at = bisect_right(self._since, utc_ms) - 1
        return (utc_ms + self._offsets[at]) // DAY_MS

    @cached_property
    def _since(self) -> list[int]:
        return [int(ms) for ms in self.since_ms]

    @cached_property
    def _offsets(self) -> list[int]:
        return [int(ms) for ms in self.offset_ms]

    def day(self, utc_ms: Times) -> Times:
        """Local day of instants, counted from 1970-01-01."""
        result: Times = self.local(utc_ms) // DAY_MS
        return result


@cache
def zone_of(name: str) -> Zone:
    """Make the table of a time zone by its IANA name, from 1949 to 2100.

    Examples
    --------
    >>> shanghai = zone_of("Asia/Shanghai")
    >>> int(shanghai.local(np.array([0]))[0]) // 3_600_000
    8
    """
    zone = ZoneInfo(name)
    day = datetime(FIRST_DAY.year, 1, 1, tzinfo=UTC)
    end = datetime(LAST_DAY.year, 1, 1, tzinfo=UTC)
    since, offsets = [-(2**62)], [_offset_ms(zone, day)]
    while day < end:
        following = day + timedelta(days=1)
        if _offset_ms(zone, following) != offsets[-1]:
            change = _change(zone, day, following)
            since.append(int(change.timestamp()) * 1000)
            offsets.append(_offset_ms(zone, following))
        day = following
    return Zone(np.array(since, dtype=np.int64), np.array(offsets, dtype=np.int64))


def _offset_ms(zone: ZoneInfo, instant: datetime) -> int:
    offset = instant.astimezone(zone).utcoffset() or timedelta()
    return int(offset.total_seconds()) * 1000


def _change(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    """Find the minute of the change between two instants by halving."""
    while high - low > timedelta(minutes=1):
        middle = low + timedelta(minutes=(high - low) // timedelta(minutes=2))
        if _offset_ms(zone, middle) == _offset_ms(zone, low):
            low = middle
        else:
            high = middle
    return high
