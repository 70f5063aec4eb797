"""Times that people type on the command line."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from config.errors import InputError

_MINUTES: Final = {"m": 1, "h": 60, "d": 24 * 60}


def moment_ms(text: str | None, zone: str) -> int | None:
    """Epoch milliseconds of an ISO 8601 date or time; without an offset it is local in `zone`.

    Raises
    ------
    InputError
        The text is not a valid time.

    Examples
    --------
    >>> moment_ms("2016-04-01", "Asia/Shanghai")
    1459440000000
    >>> moment_ms(None, "UTC") is None
    True
    """
    if text is None:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        msg = f"expected a time such as 2016-04-01 or 2016-04-01T06:00+08:00, got {text!r}"
        raise InputError(msg) from None
    if time.tzinfo is None:
        time = time.replace(tzinfo=ZoneInfo(zone))
    return round(time.timestamp() * 1000)


def local_day(text: str, zone: str) -> date:
    """Day of an ISO 8601 date or time in a time zone.

    Raises
    ------
    InputError
        The text is not a valid time.

    Examples
    --------
    >>> local_day("2016-03-31T20:00Z", "Asia/Shanghai").isoformat()
    '2016-04-01'
    """
    ms = moment_ms(text, zone)
    assert ms is not None
    return datetime.fromtimestamp(ms / 1000, tz=ZoneInfo(zone)).date()


def minutes_of(text: str) -> int:
    """Minutes of a length of time such as 45m, 2h or 3d; a bare number is minutes.

    Raises
    ------
    InputError
        The text is not a valid length of time.

    Examples
    --------
    >>> [minutes_of(text) for text in ("45", "45m", "2h", "1.5h", "3d")]
    [45, 45, 120, 90, 4320]
    """
    number, unit = (text[:-1], text[-1]) if text[-1:] in _MINUTES else (text, "m")
    try:
        return max(0, round(float(number) * _MINUTES[unit]))
    except (ValueError, OverflowError):
        msg = f"expected a length of time such as 45m, 2h or 3d, got {text!r}"
        raise InputError(msg) from None
