"""Days of a city: local dates as numbers, counted from 1970, and their moments."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

_EPOCH: Final = date(1970, 1, 1)


def number_of(at_ms: int, zone: ZoneInfo) -> tuple[int, int]:
    """Give the local day as days since 1970, and the local hour.

    Examples
    --------
    >>> number_of(1_397_000_700_000, ZoneInfo("Asia/Shanghai"))
    (16169, 7)
    """
    local = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(zone)
    return (local.date() - _EPOCH).days, local.hour


def moment_of(day: int, hour: int, zone: ZoneInfo) -> int:
    """Give the epoch milliseconds of an hour of a local day; hour 24 is the end of the day."""
    local = _EPOCH + timedelta(days=day + hour // 24)
    return int(datetime.combine(local, time(hour % 24), zone).timestamp() * 1000)


def weekday_of(day: int) -> int:
    """Give the weekday, Monday 0."""
    return (_EPOCH + timedelta(days=day)).weekday()


def date_of(day: int) -> date:
    """Give the date."""
    return _EPOCH + timedelta(days=day)
