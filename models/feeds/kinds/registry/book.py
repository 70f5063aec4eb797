"""The objects of a register at a street partition, with their risk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from models.feeds.kinds.registry.config import RegistryFeed
from models.feeds.kinds.registry.entries import Fact, Known, RegisteredObject
from models.feeds.kinds.registry.inside import EventCells
from models.feeds.kinds.registry.risk import RiskParts, Surroundings
from models.feeds.kinds.registry.rows import INSPECTED, REMOVED
from models.matters.book import MOST_WATCHED, Refusal
from models.matters.group_counts import GroupCounts
from models.matters.kind import Areas
from models.messages.dead_letters import Reason
from models.messages.matters import MatterCount, MatterRecord, WatchedObject
from models.timing.units import DAY_MS

GAUGES: Final = ("risk", "overdue_days", "level_up", "new", "in_event")
FRESH_MS: Final = 7 * DAY_MS  # so long something is newly found, or its level has just risen
FOREVER_MS: Final = 2**62
_OBJECT: Final = b"o:"


class RegistryBook:
    """What a street partition keeps of a register; see `Book`.

    Parameters
    ----------
    feed : RegistryFeed
    surroundings : Surroundings
    events : EventCells
    areas : callable
        Gives the areas of a cell.
    """

    def __init__(
        self, feed: RegistryFeed, surroundings: Surroundings, events: EventCells, areas: Areas
    ) -> None:
        self._feed, self._around, self._events, self._areas = feed, surroundings, events, areas
        self._objects: dict[str, RegisteredObject] = {}
        self._in_cell: dict[str, list[str]] = {}
        self._memo: dict[str, tuple[int, int, Known | None]] = {}  # from, until, and how it stands
        self._now_ms = 0
        self._changed: set[str] = set()

    def why_not(self, record: MatterRecord) -> str:
        """Say why a record cannot come from ingest."""
        codes = record.state.split("/")
        if len(codes) != len(("class", "level", "condition")):
            return f"state is {record.state[:40]!r}"
        _, level, condition = codes
        is_known = level in ("", *self._feed.levels) and condition in ("", *self._feed.conditions)
        return "" if is_known else f"state is {record.state[:40]!r}"

    def apply(self, record: MatterRecord) -> Refusal | None:
        """Apply an entry, an observation, an inspection or a removal."""
        known = self._objects.get(record.subject)
        if known is None and record.what in (INSPECTED, REMOVED):
            text = f"object {record.subject[:60]!r} was never registered, nor was it observed"
            return Refusal(Reason.UNKNOWN_OBJECT, text)
        if known is None and len(self._objects) >= self._feed.bounds.cases:
            text = f"{len(self._objects)} objects are followed here, as many as there may be"
            return Refusal(Reason.TOO_MANY, text)
        one = known or RegisteredObject(record.cell, record.ts_ms, record.ts_ms)
        if known is None:
            self._objects[record.subject] = one
            self._in_cell.setdefault(one.cell, []).append(record.subject)
        if record.what == INSPECTED:
            one.inspected_ms = max(one.inspected_ms, record.ts_ms)
        if record.what != INSPECTED or record.state.strip("/"):
            one.add(_fact(record))
        self._memo.pop(record.subject, None)
        self._changed.add(record.subject)
        return None

    def as_sent(self, record: MatterRecord) -> Mapping[str, object]:
        """Give the fields of a raw message that are particular to the kind."""
        codes = zip(("class", "level", "condition"), record.state.split("/"), strict=True)
        fields: dict[str, object] = {"object": record.subject, "type": record.what}
        fields |= {name: code for name, code in codes if code}
        fields |= {"unit": record.who} if record.who else {}
        return fields | ({} if record.at_ms is None else {"valid_from": record.at_ms})

    def advance(self, now_ms: int) -> None:
        """Note the time."""
        self._now_ms = now_ms

    def standing(self, subject: str, at_ms: int, known_ms: int) -> Known | None:
        """Say how an object stood at a moment, as far as was known at another."""
        one = self._objects.get(subject)
        return None if one is None else one.at(at_ms, known_ms)

    def parts(self, subject: str, now: Known, at_ms: int) -> RiskParts:
        """Reckon the risk of an object at a moment, part by part."""
        cell, conditions = self._objects[subject].cell, self._feed.conditions
        return RiskParts(
            level=self._feed.levels.get(now.level, min(self._feed.levels.values())),
            condition=conditions.get(now.condition, next(iter(conditions.values()))),
            places=self._around.places(cell),
            near=self._around.near(cell, self._in_cell),
            events=self._feed.risk.event_weight * self._events.count(cell, at_ms),
        )

    def gauges(self, cell: int) -> Mapping[str, float]:
        """Give nothing: all gauges of a register move with time too."""
        del cell
        return {}

    def aging(self, end_ms: int) -> Iterable[tuple[str, int, float]]:
        """Give the highest risk of each cell, its longest delay, and what is new."""
        for cell, subjects in self._in_cell.items():
            there = [(s, now) for s in subjects if (now := self._at(s, end_ms)) is not None]
            if not there:
                continue
            code = int(cell)
            yield "risk", code, max(self.parts(s, now, end_ms).total for s, now in there)
            yield "level_up", code, float(sum(self._is_up(now, end_ms) for _, now in there))
            yield "new", code, float(sum(self._is_new(s, end_ms) for s, _ in there))
            yield "in_event", code, float(len(there) * (self._events.count(cell, end_ms) > 0))
            if self._feed.inspect_days is not None:
                yield "overdue_days", code, max(self._overdue(s, end_ms) for s, _ in there)

    def _at(self, subject: str, at_ms: int) -> Known | None:
        """Say how an object stands; reckoned anew only where a fact came or begins to hold."""
        memo = self._memo.get(subject)
        if memo is not None and memo[0] <= at_ms < memo[1]:
            return memo[2]
        one = self._objects[subject]
        now = one.at(at_ms, at_ms)
        begins = (max(f.valid_ms, f.known_ms) for f in one.facts)
        until_ms = min((begin for begin in begins if begin > at_ms), default=FOREVER_MS)
        self._memo[subject] = at_ms, until_ms, now
        return now

    def _is_up(self, now: Known, at_ms: int) -> bool:
        levels = self._feed.levels
        is_fresh = at_ms - now.since_ms <= FRESH_MS
        return bool(now.before) and is_fresh and levels[now.level] > levels.get(now.before, 0.0)

    def _is_new(self, subject: str, at_ms: int) -> bool:
        """Whether it was found by observation lately, before anybody registered it."""
        one = self._objects[subject]
        return at_ms - one.found_ms <= FRESH_MS and not any(f.category for f in one.facts)

    def _overdue(self, subject: str, at_ms: int) -> float:
        days = (at_ms - self._objects[subject].inspected_ms) / DAY_MS
        return max(days - (self._feed.inspect_days or 0), 0.0)

    @property
    def recounted(self) -> int:
        """Objects that every summary counts anew."""
        return len(self._objects)

    def counts(self) -> list[MatterCount]:
        """Count the objects by area, class, level and condition."""
        found = GroupCounts()
        for subject, one in self._objects.items():
            now = self._at(subject, self._now_ms)
            if now is None:
                continue
            flags = {
                "objects": True,
                "overdue": self._feed.inspect_days is not None
                and self._overdue(subject, self._now_ms) > 0,
                "level_up": self._is_up(now, self._now_ms),
                "new": self._is_new(subject, self._now_ms),
                "in_event": self._events.count(one.cell, self._now_ms) > 0,
            }
            codes = [code for code, holds in flags.items() if holds]
            found.add((*area, code) for area in self._areas(one.cell) for code in codes)
            risk = self.parts(subject, now, self._now_ms).total
            found.add(((*area, "risk") for area in self._areas(one.cell)), risk)
            for by, group in (("class", now.category), ("level", now.level), ("unit", now.unit)):
                found.add([(by, group or "?", code) for code in codes])
        return found.rows()

    def watched(self, now_ms: int) -> list[WatchedObject]:
        """Give the objects of the highest risk, with what it is made of."""
        found = []
        for subject, one in self._objects.items():
            now = self._at(subject, now_ms)
            if now is not None:
                parts = self.parts(subject, now, now_ms)
                found.append(
                    WatchedObject(
                        subject=subject,
                        cell=one.cell,
                        why="risk",
                        value=round(parts.total, 2),
                        state=f"{now.level} {now.condition}".strip(),
                        since_ms=now.since_ms,
                        who=now.unit,
                        parts={**parts._asdict(), "exposure": parts.exposure},
                    )
                )
        return sorted(found, key=lambda w: (-w.value, w.subject))[:MOST_WATCHED]

    def rewind(self, last_ms: int) -> None:
        """Forget the facts that cannot have been known, and inspections that cannot have been."""
        self._memo.clear()
        for subject, one in self._objects.items():
            kept = [fact for fact in one.facts if fact.known_ms <= last_ms]
            if len(kept) < len(one.facts) or max(one.inspected_ms, one.found_ms) > last_ms:
                one.facts = kept
                one.inspected_ms = min(one.inspected_ms, last_ms)
                one.found_ms = min(one.found_ms, last_ms)
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
        decode = msgspec.msgpack.Decoder(RegisteredObject).decode
        for name, data in fields.items():
            subject, one = name[len(_OBJECT) :].decode(), decode(data)
            self._objects[subject] = one
            self._in_cell.setdefault(one.cell, []).append(subject)


def _fact(record: MatterRecord) -> Fact:
    category, level, condition = record.state.split("/")
    return Fact(
        record.ts_ms if record.at_ms is None else record.at_ms,
        record.ts_ms,
        record.order,
        category,
        level,
        condition,
        record.who,
        record.what != REMOVED,
    )
