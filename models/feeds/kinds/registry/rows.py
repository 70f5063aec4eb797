"""The checks of a feed of a register.

A row: `{"object": id, "type": …, "class": code, "level": code, "condition": code, "unit": code,
"ts": …}` with a place. `registered` tells of an object from `ts` on, or from `valid_from`, and may
come again with what changed; `observed` says in which condition it was seen, by a supervisor or a
sensor; `inspected` that it was inspected; `removed` that it is no more. `valid_from` is when a fact
holds in the city, `ts` when it became known: both are kept. In a `MatterRecord`: `subject` is the
object, `what` the type, `state` class, level and condition, `who` the unit, `at_ms` valid from.
"""

from __future__ import annotations

from typing import Any, Literal

from models.feeds.decode import Label, Name, Time
from models.feeds.kinds.registry.config import RegistryFeed
from models.matters.personal import personal_shape
from models.matters.rows import MatterRows, WireMatter, not_among
from models.messages.dead_letters import Reason

REGISTERED = "registered"
OBSERVED = "observed"
INSPECTED = "inspected"
REMOVED = "removed"


class WireEntry(WireMatter, gc=False, kw_only=True, rename={"category": "class"}):
    """An entry of a register, an observation or an inspection, as sent."""

    object: Name
    type: Literal["registered", "observed", "inspected", "removed"]
    category: Label = ""
    level: Label = ""
    condition: Label = ""
    unit: Label = ""
    source: Label = ""
    valid_from: Time | None = None


class RegistryRows(MatterRows[WireEntry, RegistryFeed]):
    """What ingest does with a feed of the kind `registry`."""

    def judge(self, row: WireEntry) -> tuple[Reason, str] | None:
        """Say why a row cannot be, by the codes that the feed declares."""
        feed = self.feed
        if row.type == REGISTERED and row.category not in feed.classes:
            return Reason.UNKNOWN_CATEGORY, not_among("class", row.category, feed.classes)
        if (row.level or row.type == REGISTERED) and row.level not in feed.levels:
            return Reason.UNKNOWN_STATE, not_among("level", row.level, feed.levels)
        if (row.condition or row.type == OBSERVED) and row.condition not in feed.conditions:
            return Reason.UNKNOWN_STATE, not_among("condition", row.condition, feed.conditions)
        if feed.units and row.unit and row.unit not in feed.units:
            return Reason.UNKNOWN_UNIT, not_among("unit", row.unit, feed.units)
        if row.unit not in feed.units and (shape := personal_shape(row.unit)):
            return Reason.PERSONAL_DATA, f"unit holds what looks like {shape}; send a code"
        return None

    def second_time(self, row: WireEntry) -> Any:
        """Give since when the fact holds."""
        return row.valid_from

    def packed(self, row: WireEntry) -> dict[str, Any]:
        """Give the fields of the record."""
        found = {"subject": row.object, "what": row.type, "who": row.unit}
        return found | {"state": "/".join((row.category, row.level, row.condition))}
