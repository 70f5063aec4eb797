"""The checks of a feed of levels.

A row: `{"object": id, "type": …, "value": number, "ts": …}` with a place, unless the feed declares
the object. `listed` tells of an object and its `capacity`, `level` how much there is, `change` by
how much it rose or fell, `inspected` that somebody looked. In a `MatterRecord`: `subject` is the
object, `what` the type, `amount` the value, `measure` the capacity (0 unknown).
"""

from __future__ import annotations

import math
from typing import Any, Literal

from models.feeds.decode import Label, Name
from models.feeds.kinds.stock.config import StockFeed
from models.matters.rows import MatterRows, Place, WireMatter
from models.messages.dead_letters import Reason

LISTED = "listed"
LEVEL = "level"
CHANGE = "change"
INSPECTED = "inspected"
_MOST = 1e9


class WireStock(WireMatter, gc=False, kw_only=True):
    """A level, a change or an inspection as sent."""

    object: Name
    type: Literal["listed", "level", "change", "inspected"] = "level"
    value: float = 0.0
    capacity: float | None = None
    unit: Label = ""


class StockRows(MatterRows[WireStock, StockFeed]):
    """What ingest does with a feed of the kind `stock`."""

    def judge(self, row: WireStock) -> tuple[Reason, str] | None:
        """Say why a row cannot be, by its value and the capacity that is declared."""
        if not (math.isfinite(row.value) and abs(row.value) <= _MOST):
            return Reason.OUT_OF_RANGE, f"value is {row.value}, expected a number up to {_MOST:g}"
        if row.type == LEVEL and row.value < 0:
            return Reason.OUT_OF_RANGE, f"a level is never negative, found {row.value:g}"
        capacity = self._capacity(row)
        if capacity is not None and not 0 < capacity <= _MOST:
            return Reason.OUT_OF_RANGE, f"capacity is {capacity:g}, expected more than 0"
        if row.type == LEVEL and capacity is not None and row.value > capacity:
            return Reason.ABOVE_CAPACITY, f"level {row.value:g} of a capacity of {capacity:g}"
        return None

    def packed(self, row: WireStock) -> dict[str, Any]:
        """Give the fields of the record."""
        return {
            "subject": row.object,
            "what": row.type,
            "amount": row.value,
            "measure": self._capacity(row) or 0.0,
        }

    def place_of(self, row: WireStock) -> Place | None:
        """Give the place of an object that the feed declares."""
        return self.feed.objects.get(row.object)

    def _capacity(self, row: WireStock) -> float | None:
        declared = self.feed.objects.get(row.object)
        return row.capacity if declared is None else declared.capacity
