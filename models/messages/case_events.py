"""Accepted events in the lives of cases, as they travel on `case-events`.

One message carries the events that one batch of a raw partition gave to one street: the cost of a
stream engine is per message, so a message carries many events (docs/decisions.md).
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from models.messages.bounds import (
    CellCode,
    Count,
    Number,
    StreetCode,
    TimeMs,
    Whole,
)
from models.messages.envelope import Message
from models.messages.origin import Origin


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
    ts_ms : int
        Event time, epoch milliseconds.
    category : str
        Code of a category of the feed; empty where the event does not say (all but the first).
    cell : str
        15 digits; its first nine are the street.
    offset, index : int
        Raw offset, and place inside a raw message that held several events.
    due_ms : int or None
        The limit for closing that the sender names; None: the city's own rules give it.
    lon, lat : float or None
        Where exactly, degrees; for the search of duplicates.
    beat : str
        Patrol beat in which it was found: a code of a place, never of a person.
    area : str
        What the sender calls the part of the city, such as a neighbourhood.
    unlisted : str
        The category as it was sent, where the feed does not list it and `category` stands for it.
    """

    case: str
    type: EventType
    ts_ms: TimeMs
    category: str
    cell: CellCode
    offset: Count
    index: Whole = 0
    actor: str = ""
    role: str = ""
    department: str = ""
    source: str = ""
    due_ms: TimeMs | None = None
    lon: Number | None = None
    lat: Number | None = None
    beat: str = ""
    area: str = ""
    unlisted: str = ""


class CaseBatch(Message, frozen=True, kw_only=True):
    """Events of one street from one raw partition, in the order of their raw offsets.

    `street` is empty and `events` too for a tick, which only moves the watermark. Case events are
    never late: a case accepts its history in any order.
    """

    TAG = "CASE"
    VERSION = 2
    NAME = "batch of case events"

    feed: str
    street: StreetCode
    origin: Origin
    events: list[CaseEvent] = []
