"""A message for a raw topic, as replay and simulation make it, and as it is read from a line."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, NamedTuple

import msgspec

from models.feeds.clock import epoch_ms
from models.feeds.cloud_event import items


class RawMessage(NamedTuple):
    """One message of `raw.<feed>`.

    Attributes
    ----------
    ts_ms : int
        Event time, epoch milliseconds.
    key : str
        Sensor, case, object or unit: all its messages go to one partition, in their order.
    value : bytes
        UTF-8 JSON: a reading or a case event, or an array of them, bare or in CloudEvents.
    """

    ts_ms: int
    key: str
    value: bytes


class _Peek(msgspec.Struct, gc=False):
    """The little that a replay has to know of a message, whatever its kind."""

    ts: Annotated[datetime, msgspec.Meta(tz=True)] | float
    sensor: str = ""
    case: str = ""
    object: str = ""
    unit: str = ""
    post: str = ""


_PEEK = msgspec.json.Decoder(_Peek).decode


def peek(value: bytes) -> tuple[int, str] | None:
    """Event time and key of a raw message, by the first object in it; None where it has none.

    Examples
    --------
    >>> peek(b'[{"sensor": "a", "metric": "pm10", "value": 1, "ts": 1772323200}]')
    (1772323200000, 'a')
    >>> peek(b'{"sensor": "a"}') is None
    True
    """
    found, _ = items(value)
    for item in found:
        try:
            first = _PEEK(item.data)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return None
        return int(epoch_ms([first.ts])[0]), (
            first.sensor or first.case or first.object or first.unit or first.post
        )
    return None
