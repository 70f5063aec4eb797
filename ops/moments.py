"""Times that people type on the command line."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from config.errors import InputError


def moment_ms(text: str | None, zone: str) -> int | None:
    """Epoch milliseconds of an ISO 8601 date or time; without an offset it is local in `zone`.

    Raises
    ------
    InputError
        It is none.

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
