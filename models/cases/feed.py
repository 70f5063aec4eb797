"""One feed of cases at one street partition: batches of events in; counted panes and sums out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec
import numpy as np

from config.catalog import Feed
from models.cases.indicators.definitions import CORE_COUNTS
from models.cases.indicators.group_sums import GroupSums
from models.cases.indicators.measures import MEASURES
from models.cases.panes import CasePanes, PaneUpdate
from models.cases.rulebook import Rulebook
from models.cases.store import KEEP_FINISHED_MS, CaseStore, Outcome
from models.cases.timeline import step_of
from models.feeds.street_feed import StreetFeed
from models.grid.codes import district_code, street_code
from models.messages.case_events import CaseBatch, CaseEvent, EventType
from models.messages.panes import ActiveSource

DEPARTMENT: Final = "department"  # the role
_CASE, _PANE, _SUMS, _META, _EVENTS = b"c:", b"p:", b"l:", b"m", b"e"
_TAKEN: Final = (Outcome.NEW, Outcome.KNOWN)
_GROUPS, _DAY = b":groups", b":day:"
_LAYOUT: Final = (
    f"cases-2:{len(MEASURES)}:{len(CORE_COUNTS)}"  # of a checkpoint; sums have no names
)


class StateOfOtherVersion(ValueError):
    """A checkpoint was written by another version of the agent."""


class CaseFeed(StreetFeed):
    """All state of one feed; the attributes of `StreetFeed` and these.

    Parameters
    ----------
    feed : Feed
        Its pane length and allowed lateness.
    rules : Rulebook
        What the city's registry says.
    keep_finished_ms : int
        As in `CaseStore`.

    Attributes
    ----------
    repeated_count, evicted_count : int
        Steps already known, and steps that were set aside because their case has left memory or
        there is no room, since the beginning; exact over crashes.
    """

    def __init__(
        self, feed: Feed, rules: Rulebook, keep_finished_ms: int = KEEP_FINISHED_MS
    ) -> None:
        super().__init__(feed)
        self.store = CaseStore(rules, keep_finished_ms, feed.bounds)
        self.panes = CasePanes(feed.pane_s * 1000)
        self.repeated_count = self.evicted_count = 0

    def apply(self, batch: CaseBatch) -> list[tuple[CaseEvent, Outcome]]:
        """Apply the new events of a batch and its watermark; give those not taken, and why."""
        refused: list[tuple[CaseEvent, Outcome]] = []
        if batch.events:
            offsets = np.array([event.offset for event in batch.events], dtype=np.int64)
            is_new = self._new_rows(batch.street, batch.origin, offsets)
            fresh = [event for event, new in zip(batch.events, is_new, strict=True) if new]
            outcomes = [(event, self._apply_event(event)) for event in fresh]
            refused = [pair for pair in outcomes if pair[1] not in _TAKEN]
            if fresh:
                self.ingested_ms.append(batch.origin.ingested_ms)
        self.watermark.observe(batch.origin)
        self.store.advance(self.clock_ms)
        return refused

    def _go_back(self, now_ms: int, last_ms: int) -> None:
        self.panes.rewind(self.watermark.reached_ms, last_ms)
        self.store.rewind(now_ms)

    def _apply_event(self, event: CaseEvent) -> Outcome:
        """Apply one event."""
        outcome = self.store.apply(event.case, step_of(event))
        if outcome is Outcome.KNOWN:
            self.repeated_count += 1
        elif outcome is not Outcome.NEW:
            self.evicted_count += 1
        else:
            self.applied_count += 1
            self.last_event_ms = max(self.last_event_ms, event.ts_ms)
            key = int(event.cell), event.category, event.type.value
            self.panes.count(event.ts_ms, key, active_sources(event))
        return outcome

    def advance(self, now_ms: int) -> list[PaneUpdate]:
        """Close or correct panes; see `CasePanes.advance`."""
        return self.panes.advance(self.watermark.value, now_ms)

    def changes(self) -> Mapping[bytes, bytes | None]:
        """Give the fields of a checkpoint that changed since the last call."""
        self.store.flush()
        prefix = self.name.encode() + b"/"
        store = self.store
        fields: dict[bytes, bytes | None] = {}
        for case in sorted(store.changed):
            fields[prefix + _CASE + case.encode()] = store.case_bytes(case)
        for start in sorted(self.panes.changed):
            fields[prefix + _PANE + str(start).encode()] = self.panes.pane_bytes(start)
        for name, grouped in store.indicators.group_sums.items():
            fields |= _saved(grouped, prefix + _SUMS + name.encode())
        fields[prefix + _EVENTS] = store.events.dump()
        fields[prefix + _META] = msgspec.msgpack.encode(self._meta())
        store.changed.clear()
        self.panes.changed.clear()
        return fields

    def _meta(self) -> list[Any]:
        return [
            _LAYOUT,
            self.watermark.dump(),
            self.applied.dump(),
            [self.applied_count, self.repeated_count, self.evicted_count, self.last_event_ms],
            [self.panes.closed_end, self.panes.closed, self.panes.too_late, self.panes.is_idle],
            [self.store.now_ms, self.store.indicators.today],
            self.store.cells.dump(),
            self.store.flow.dump(),
        ]

    def restore(self, fields: Mapping[bytes, bytes]) -> None:
        """Load all fields that `changes` ever gave and did not delete.

        Raises
        ------
        StateOfOtherVersion
            They were written by another version: what their sums count is not known here.
        """
        prefix = self.name.encode() + b"/"
        mine = {key[len(prefix) :]: data for key, data in fields.items() if key.startswith(prefix)}
        if _META not in mine:
            return
        layout, *meta = msgspec.msgpack.decode(mine.pop(_META))
        if layout != _LAYOUT:
            msg = f"feed {self.name}: the checkpoint is of another version"
            raise StateOfOtherVersion(msg)
        watermark, applied, counters, panes, clock, cells, flow = meta
        self.watermark.restore(watermark)
        self.applied.restore(applied)
        self.applied_count, self.repeated_count, self.evicted_count, self.last_event_ms = counters
        self.panes.closed_end, self.panes.closed, self.panes.too_late, *idle = panes
        self.panes.is_idle = any(idle)  # an older checkpoint does not say
        self.store.cells.restore(cells)
        self.store.flow.restore(flow)
        self.panes.restore((int(key), data) for key, data in _part(mine, _PANE))
        now_ms, today = clock
        for name, grouped in self.store.indicators.group_sums.items():
            _load(grouped, _part(mine, _SUMS + name.encode()), today)
        cases = ((key.decode(), data) for key, data in _part(mine, _CASE))
        self.store.restore(cases, mine.get(_EVENTS))
        self.store.advance(now_ms)


def _part(fields: Mapping[bytes, bytes], prefix: bytes) -> list[tuple[bytes, bytes]]:
    size = len(prefix)
    return [(key[size:], data) for key, data in fields.items() if key.startswith(prefix)]


def _saved(grouped: GroupSums, name: bytes) -> dict[bytes, bytes | None]:
    """Give the fields of group sums that changed since the last call."""
    days = sorted(grouped.sums.changed)
    fields = {name + _DAY + str(day).encode(): grouped.sums.day_bytes(day) for day in days}
    grouped.sums.changed.clear()
    groups = grouped.new_groups()
    if groups is not None:
        fields[name + _GROUPS] = msgspec.msgpack.encode(groups)
    return fields


def _load(grouped: GroupSums, fields: list[tuple[bytes, bytes]], today: int) -> None:
    """Load what `_saved` ever gave of group sums; fields without their name."""
    groups: list[tuple[str, str]] = []
    days = []
    for key, data in fields:
        if key == _GROUPS:
            groups = msgspec.msgpack.decode(data, type=list[tuple[str, str]])
        else:
            days.append((int(key.removeprefix(_DAY)), data))
    grouped.restore(groups, today, days)


def active_sources(event: CaseEvent) -> list[ActiveSource]:
    """Name the beat of a report and the department of a department's step.

    A beat belongs to its street, a department to the whole district.
    """
    found: list[ActiveSource] = []
    if event.type is EventType.REPORTED and event.beat:
        found.append(("beats", street_code(event.cell), event.beat))
    if event.role == DEPARTMENT and event.department:
        found.append(("departments", district_code(event.cell), event.department))
    return found
