"""Changes of warnings as CloudEvents 1.0 in JSON: what a webhook carries.

References
----------
CloudEvents 1.0.2, *JSON Event Format*, sections 2, 4 (batch).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import msgspec

from models.grid.codes import district_code
from models.messages.warnings import CityWarning

ONE: Final = "application/cloudevents+json"
SEVERAL: Final = "application/cloudevents-batch+json"
TYPE: Final = "gridpulse.warning."


class EventBody(NamedTuple):
    """A body with what its receiver must know of it; the same changes give the same bytes."""

    id: str
    content_type: str
    data: bytes


def event_id(change: CityWarning) -> str:
    """Name a change: the same in every try, without a full stop, which ends an id in signatures.

    Examples
    --------
    >>> class Change:
    ...     id, revision = "dust.110101001.20140408T234500Z", 3
    >>> event_id(Change)
    'dust_110101001_20140408T234500Z_r3'
    """
    return f"{change.id.replace('.', '_')}_r{change.revision}"


def body_of(changes: Sequence[CityWarning]) -> EventBody:
    """Write one change as an event, several as a batch of events."""
    events = [_event(change) for change in changes]
    if len(events) == 1:
        return EventBody(events[0]["id"], ONE, msgspec.json.encode(events[0]))
    names = "\n".join(event["id"] for event in events)
    digest = hashlib.sha256(names.encode()).hexdigest()[:32]
    return EventBody(f"batch_{digest}", SEVERAL, msgspec.json.encode(events))


def _event(change: CityWarning) -> dict[str, Any]:
    moment = datetime.fromtimestamp(change.updated_ms / 1000, UTC)
    return {
        "specversion": "1.0",
        "id": event_id(change),
        "source": f"/gridpulse/{district_code(change.area)}/warnings",
        "type": f"{TYPE}{change.change}",
        "subject": change.id,
        "time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "data": change,
    }
