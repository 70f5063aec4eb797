"""Days of a city: local dates as numbers, and the moments at which a day is looked at."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from models.detect.contract import Floats

_EPOCH: Final = date(1970, 1, 1)
LOOK_HOURS: Final = (6, 12, 18, 24)  # a day is looked at while it fills, and when it is over
_CLOSING_SHARE: Final = 0.75  # of the false alarms; the looks before it share the rest


def spent(p_value: Floats, *, is_closing: bool) -> Floats:
    """Correct for looking several times a day: the sum over the looks stays what one look may err.

    The look at the whole day has three quarters of the false alarms, since the others only see a
    part of the same cases.
    """
    running = (1 - _CLOSING_SHARE) / (len(LOOK_HOURS) - 1)
    corrected: Floats = (p_value / (_CLOSING_SHARE if is_closing else running)).clip(max=1.0)
    return corrected


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
