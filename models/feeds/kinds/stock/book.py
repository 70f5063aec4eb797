"""The objects with levels at a street partition, and their counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from models.feeds.kinds.stock.config import StockFeed
from models.feeds.kinds.stock.level import StockObjectState
from models.feeds.kinds.stock.rows import CHANGE, INSPECTED, LEVEL
from models.matters.book import MOST_WATCHED, Refusal
from models.matters.group_counts import GroupCounts
from models.matters.kind import Areas
from models.messages.dead_letters import Reason
from models.messages.matters import MatterCount, MatterRecord, WatchedObject
from models.timing.days import number_of, weekday_of
from models.timing.units import DAY_MS, HOUR_MS

GAUGES: Final = ("level", "saturation", "rise", "uninspected")
AHEAD: Final = (1, 2, 3)  # hours
_FULL: Final = 99.5  # percent
_KEPT_H: Final = 200  # of changes: longer than any window
_OBJECT: Final = b"o:"
_SATURDAY: Final = 5


class StockBook:
    """What a street partition keeps of a feed of levels; see `Book`.

    Parameters
    ----------
    feed : StockFeed
    zone : ZoneInfo
    areas : callable
        Gives the areas of a cell.
    """

    def __init__(self, feed: StockFeed, zone: ZoneInfo, areas: Areas) -> None:
        self._feed, self._zone, self._areas = feed, zone, areas
        self._objects: dict[str, StockObjectState] = {}
        self._in_cell: dict[int, list[str]] = {}
        self._now_ms = 0
        self._changed: set[str] = set()

    def why_not(self, record: MatterRecord) -> str:
        """Say why a record cannot come from ingest."""
        is_good = record.measure >= 0 and (record.what != LEVEL or record.amount >= 0)
        return "" if is_good else f"amount is {record.amount}, measure {record.measure}"

    def apply(self, record: MatterRecord) -> Refusal | None:
        """Apply a level, a change, an inspection, or an object that is listed."""
        known = self._objects.get(record.subject)
        is_told = record.what in (CHANGE, INSPECTED) and record.subject not in self._feed.objects
        if known is None and is_told:
            text = f"object {record.subject[:60]!r} was never listed, nor was its level told"
            return Refusal(Reason.UNKNOWN_OBJECT, text)
        if known is None and len(self._objects) >= self._feed.bounds.cases:
            text = f"{len(self._objects)} objects are followed here, as many as there may be"
            return Refusal(Reason.TOO_MANY, text)
        one = known or StockObjectState(cell=record.cell, inspected_ms=record.ts_ms)
        refusal = _beyond(one, record)
        if refusal is None:
            self._put(record, one)
        return refusal

    def _put(self, record: MatterRecord, one: StockObjectState) -> None:
        if record.subject not in self._objects:
            self._objects[record.subject] = one
            self._in_cell.setdefault(int(record.cell), []).append(record.subject)
        one.capacity = record.measure or one.capacity
        if record.what == LEVEL and record.order > one.base_order:
            one.set_level(record.order, record.amount)
        elif record.what == CHANGE:
            one.change(record.ts_ms, record.amount)
        elif record.what == INSPECTED:
            one.inspected_ms = max(one.inspected_ms, record.ts_ms)
        if self._feed.forecast and record.what in (LEVEL, CHANGE):
            one.learn(self._hour(record.ts_ms))
        one.forget(max(record.ts_ms, self._now_ms) - _KEPT_H * HOUR_MS)
        self._changed.add(record.subject)

    def _hour(self, at_ms: int) -> int:
        day, hour = number_of(at_ms, self._zone)
        return hour + 24 * (weekday_of(day) >= _SATURDAY)

    def as_sent(self, record: MatterRecord) -> Mapping[str, object]:
        """Give the fields of a raw message that are particular to the kind."""
        fields = {"object": record.subject, "type": record.what, "value": record.amount}
        return fields | ({"capacity": record.measure} if record.measure else {})

    def advance(self, now_ms: int) -> None:
        """Note the time."""
        self._now_ms = now_ms

    def gauges(self, cell: int) -> Mapping[str, float]:
        """Give the level of a cell, and its fullest object."""
        objects = [self._objects[subject] for subject in self._in_cell.get(cell, ())]
        if not objects:
            return {}
        found = {"level": sum(one.level for one in objects)}
        full = [one.saturation for one in objects if one.saturation is not None]
        return found | ({"saturation": max(full)} if full else {})

    def aging(self, end_ms: int) -> Iterable[tuple[str, int, float]]:
        """Give the net change of each cell, and its longest time without an inspection."""
        days = self._feed.inspect_days
        for cell, subjects in self._in_cell.items():
            objects = [self._objects[subject] for subject in subjects]
            if any(one.changes for one in objects):
                yield "rise", cell, sum(one.net(end_ms, self._feed.window_h) for one in objects)
            if days is not None:
                oldest_ms = min(one.inspected_ms for one in objects)
                yield "uninspected", cell, max((end_ms - oldest_ms) / DAY_MS, 0.0)

    @property
    def recounted(self) -> int:
        """Objects that every summary counts anew."""
        return len(self._objects)

    def counts(self) -> list[MatterCount]:
        """Give levels, capacities, changes and what is overdue."""
        found = GroupCounts()
        for one in self._objects.values():
            values = self._values(one)
            for area in self._areas(one.cell):
                for code, value in values.items():
                    if value:
                        found.add([(*area, code)], value)
        return found.rows()

    def _values(self, one: StockObjectState) -> dict[str, float]:
        level, window_h = one.level, self._feed.window_h
        values = {"objects": 1.0, "level": level, "net": one.net(self._now_ms, window_h)}
        if one.capacity:
            values |= {"capacity": one.capacity, "used": level}
            values["full"] = float((one.saturation or 0.0) >= _FULL)
        values["overdue"] = float(self._is_overdue(one))
        for hours in AHEAD if self._feed.forecast and one.capacity else ():
            later = one.forecast(
                self._hour(self._now_ms), hours, self._hour(self._now_ms + hours * HOUR_MS)
            )
            if later is not None:
                values |= {f"in_{hours}h": later, f"in_{hours}h_of": one.capacity}
        return values

    def _is_overdue(self, one: StockObjectState) -> bool:
        days = self._feed.inspect_days
        return days is not None and self._now_ms - one.inspected_ms > days * DAY_MS

    def watched(self, now_ms: int) -> list[WatchedObject]:
        """Give the full ones, then those not inspected for longest."""
        found: list[WatchedObject] = []
        for subject, one in self._objects.items():
            full = one.saturation or 0.0
            if full >= _FULL:
                found.append(_watched(subject, one, "full", full, one.base_order[0]))
            elif self._is_overdue(one):
                days = (now_ms - one.inspected_ms) / DAY_MS
                found.append(_watched(subject, one, "uninspected", days, one.inspected_ms))
        return sorted(found, key=lambda w: (-w.value, w.subject))[:MOST_WATCHED]

    def rewind(self, last_ms: int) -> None:
        """Let whatever comes next about an object stand that was told later than can be."""
        for subject, one in self._objects.items():
            newest = max([one.base_order[0], one.inspected_ms, *(at for at, _ in one.changes)])
            if newest > last_ms:
                one.base = one.level
                one.base_order = (min(one.base_order[0], 0), 0, 0)
                one.changes = []
                one.inspected_ms = min(one.inspected_ms, last_ms)
                self._changed.add(subject)

    def changes(self) -> Mapping[bytes, bytes | None]:
        """Give the objects that changed since the last call."""
        fields: dict[bytes, bytes | None] = {
            _OBJECT + subject.encode(): msgspec.msgpack.encode(self._objects[subject])
            for subject in sorted(self._changed)
        }
        self._changed.clear()
        return fields

    def restore(self, fields: Mapping[bytes, bytes]) -> None:
        """Load all fields that `changes` ever gave and did not delete."""
        decode = msgspec.msgpack.Decoder(StockObjectState).decode
        for name, data in fields.items():
            subject, one = name[len(_OBJECT) :].decode(), decode(data)
            self._objects[subject] = one
            self._in_cell.setdefault(int(one.cell), []).append(subject)


def _beyond(one: StockObjectState, record: MatterRecord) -> Refusal | None:
    """Say why a change would leave what can be."""
    capacity = record.measure or one.capacity
    if record.what == LEVEL and capacity and record.amount > capacity:
        text = f"level {record.amount:g} of a capacity of {capacity:g}"
        return Refusal(Reason.ABOVE_CAPACITY, text)
    if record.what != CHANGE:
        return None
    level = one.level + record.amount
    if level < 0:
        text = f"{record.subject[:60]}: {one.level:g} and a change of {record.amount:g} is below 0"
        return Refusal(Reason.OUT_OF_RANGE, text)
    if capacity and level > capacity:
        text = f"{record.subject[:60]}: {level:g} would be over the capacity of {capacity:g}"
        return Refusal(Reason.ABOVE_CAPACITY, text)
    return None


def _watched(
    subject: str, one: StockObjectState, why: str, value: float, since_ms: int
) -> WatchedObject:
    return WatchedObject(
        subject=subject, cell=one.cell, why=why, value=round(value, 1), since_ms=max(since_ms, 0)
    )
