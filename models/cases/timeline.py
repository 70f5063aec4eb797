"""The steps of one case as a set: what comes late, twice or out of order makes no difference."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from models.messages.case_events import CaseEvent, EventType

# Steps of one and the same millisecond are taken in the order of the loop.
STEP_ORDER: Final = (
    EventType.REPORTED,
    EventType.FILED,
    EventType.REJECTED,
    EventType.DISPATCHED,
    EventType.EXTENDED,
    EventType.HELD,
    EventType.RESUMED,
    EventType.DISPOSED,
    EventType.RETURNED,
    EventType.VERIFIED,
    EventType.CLOSED,
    EventType.CANCELLED,
)
_RANK: Final = {step: rank for rank, step in enumerate(STEP_ORDER)}


class Step(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One step in the life of a case: an event without its place in the raw topic.

    Two events that say the same are one step, however often they were sent. Attributes as in
    `models.messages.case_events.CaseEvent`.
    """

    ts_ms: int
    type: EventType
    actor: str = ""
    role: str = ""
    department: str = ""
    category: str = ""
    cell: str = ""
    source: str = ""
    due_ms: int | None = None
    lon: float | None = None
    lat: float | None = None
    beat: str = ""
    area: str = ""
    unlisted: str = ""

    @property
    def key(self) -> tuple[object, ...]:
        """What steps are sorted by: time, place in the loop, then all the rest."""
        return (
            self.ts_ms,
            _RANK[self.type],
            self.actor,
            self.role,
            self.department,
            self.category,
            self.cell,
            self.source,
            -1 if self.due_ms is None else self.due_ms,
            0.0 if self.lon is None else self.lon,
            0.0 if self.lat is None else self.lat,
            self.beat,
            self.area,
            self.unlisted,
        )


def step_of(event: CaseEvent) -> Step:
    """Make the step of an event."""
    return Step(
        event.ts_ms,
        event.type,
        event.actor,
        event.role,
        event.department,
        event.category,
        event.cell,
        event.source,
        event.due_ms,
        event.lon,
        event.lat,
        event.beat,
        event.area,
        event.unlisted,
    )


def in_order(steps: Iterable[Step]) -> list[Step]:
    """Sort steps by time, then place in the loop; equal steps become one.

    Examples
    --------
    >>> filed, closed = Step(1, EventType.FILED), Step(2, EventType.CLOSED)
    >>> in_order([closed, filed, closed]) == [filed, closed]
    True
    """
    return sorted(set(steps), key=lambda step: step.key)


def with_step(steps: Sequence[Step], step: Step) -> list[Step]:
    """Put a step that is not among them into steps in order.

    Examples
    --------
    >>> filed, closed = Step(1, EventType.FILED), Step(2, EventType.CLOSED)
    >>> with_step([closed], filed) == with_step([filed], closed) == [filed, closed]
    True
    """
    result = list(steps)
    insort(result, step, key=lambda one: one.key)
    return result


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(list[Step])


def pack(steps: Sequence[Step]) -> bytes:
    """Pack a timeline; some 60 to 100 bytes a step."""
    return _ENCODER.encode(steps)


def unpack(data: bytes) -> list[Step]:
    """Unpack a timeline; raises `msgspec.MsgspecError` on anything else."""
    return _DECODER.decode(data)
