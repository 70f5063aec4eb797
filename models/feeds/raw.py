"""A message for a raw topic, as replay and simulation make it."""

from __future__ import annotations

from typing import NamedTuple


class RawMessage(NamedTuple):
    """One message of `raw.<feed>`.

    Attributes
    ----------
    ts_ms : int
        Event time, epoch milliseconds.
    key : str
        Sensor or case: all its messages go to one partition, in their order.
    value : bytes
        UTF-8 JSON, as documented in docs/raw-messages.md.
    """

    ts_ms: int
    key: str
    value: bytes
