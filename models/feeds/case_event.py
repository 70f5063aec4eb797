"""One accepted event in the life of a case, as it travels on `case-events`."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class EventType(StrEnum):
    """Steps of the closed loop (发现 → 立案 → 派遣 → 处置 → 核查 → 结案) and its detours."""

    REPORTED = "reported"
    FILED = "filed"
    REJECTED = "rejected"
    DISPATCHED = "dispatched"
    DISPOSED = "disposed"
    VERIFIED = "verified"
    CLOSED = "closed"
    RETURNED = "returned"
    EXTENDED = "extended"
    HELD = "held"
    RESUMED = "resumed"
    CANCELLED = "cancelled"


class CaseEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A case event after all checks.

    Attributes
    ----------
    case : str
        The city's own number of the case.
    type : EventType or None
        None for a tick, which only moves the watermark.
    ts_ms : int
        Event time, epoch milliseconds.
    cell : str
        15 digits; its first nine are the street.
    origin, raw_partition, raw_partitions, offset, watermark_ms, ingested_ms : int
        As in `models.feeds.frame.FrameHeader`; `offset` is the raw offset.
    index : int
        Place inside a raw message that held several events.
    """

    case: str
    type: EventType | None
    ts_ms: int
    category: str
    cell: str
    origin: int
    raw_partition: int
    raw_partitions: int
    offset: int
    watermark_ms: int
    ingested_ms: int
    index: int = 0
    feed: str = "cases"
    actor: str = ""
    role: str = ""
    department: str = ""
    source: str = ""
    due_ms: int | None = None


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(CaseEvent)


def encode_case_event(event: CaseEvent) -> bytes:
    """Pack an event for the topic `case-events`."""
    return _ENCODER.encode(event)


def decode_case_event(data: bytes) -> CaseEvent:
    """Unpack an event; raises `msgspec.MsgspecError` on anything else."""
    return _DECODER.decode(data)
