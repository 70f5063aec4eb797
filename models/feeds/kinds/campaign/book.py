"""The objects of a campaign at a street partition, and the counts that follow each of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from models.feeds.kinds.campaign.config import CampaignFeed
from models.feeds.kinds.campaign.rows import PLANNED, RECHECKED, SPOT, VISITED
from models.matters.book import MOST_WATCHED, Refusal
from models.matters.group_counts import GroupCounts, Key, NameBound
from models.matters.kind import Areas
from models.messages.dead_letters import Reason
from models.messages.matters import MatterCount, MatterRecord, WatchedObject
from models.timing.days import date_of, moment_of, number_of

KEPT_DAYS: Final = 120
GAUGES: Final = ("uncovered", "worse")
_OBJECT, _META = b"o:", b"m"
_CHECKS: Final = {RECHECKED: ("rechecked", "wrong"), SPOT: ("spot", "spot_wrong")}


class CampaignObject(msgspec.Struct, array_like=True, gc=False):
    """One object; some 400 bytes with its id and its place in the tables.

    Attributes
    ----------
    cell : str
    state : str
        As it was found last; empty of one that was only planned.
    was : str
        The state that `state` is compared with: that of the round before, or before it changed.
    order : tuple of int
        Of the newest record about it (`MatterRecord.order`).
    covered_ms : int
        When it was visited first in its newest round; 0 never.
    team : str
        Who visited it.
    """

    cell: str
    state: str = ""
    was: str = ""
    order: tuple[int, int, int] = (0, 0, 0)
    covered_ms: int = 0
    team: str = ""


class CampaignBook:
    """What a street partition keeps of a campaign; see `Book`.

    Parameters
    ----------
    feed : CampaignFeed
    zone : ZoneInfo
    areas : callable
        Gives the areas of a cell.
    """

    def __init__(self, feed: CampaignFeed, zone: ZoneInfo, areas: Areas) -> None:
        self._feed, self._zone, self._areas = feed, zone, areas
        self._objects: dict[str, CampaignObject] = {}
        self._counts = GroupCounts()  # follow the objects; made anew from them
        self._checks: dict[int, GroupCounts] = {}  # by the start of the round
        self._cells = GroupCounts()
        self._worse: dict[str, None] = {}
        self._told_worse: dict[int, None] = {}
        self._teams = NameBound(feed.bounds.names)
        self._round_ms = 0
        self._changed: set[str] = set()

    def why_not(self, record: MatterRecord) -> str:
        """Say why a record cannot come from ingest."""
        is_known = record.state in self._feed.states or (
            record.what == PLANNED and not record.state
        )
        return "" if is_known else f"state is {record.state[:40]!r}"

    def apply(self, record: MatterRecord) -> Refusal | None:
        """Apply a visit, a check, or what was planned."""
        known = self._objects.get(record.subject)
        if known is None and record.what != PLANNED and not self._feed.unplanned:
            text = f"object {record.subject[:60]!r} was never planned; send it as planned first"
            return Refusal(Reason.UNKNOWN_OBJECT, text)
        if known is None and len(self._objects) >= self._feed.bounds.cases:
            text = f"{len(self._objects)} objects are followed here, as many as there may be"
            return Refusal(Reason.TOO_MANY, text)
        one = known or CampaignObject(cell=record.cell)
        if record.order <= one.order and known is not None:
            return None  # what is known is newer
        refusal = self._may_follow(one, record)
        if refusal is None:
            self._replace(record, one, is_known=known is not None)
        return refusal

    def _may_follow(self, one: CampaignObject, record: MatterRecord) -> Refusal | None:
        """Say why a state may not follow; a check corrects and may say anything."""
        if record.what != VISITED or not one.state or record.state == one.state:
            return None
        allowed = self._feed.states[one.state].to
        if allowed is None or record.state in allowed:
            return None
        after = ", ".join(allowed) or "nothing"
        text = f"{record.subject[:60]} is {one.state}, which {record.state} may not follow; {after}"
        return Refusal(Reason.STEP_NOT_ALLOWED, f"{text} may")

    def _replace(self, record: MatterRecord, one: CampaignObject, *, is_known: bool) -> None:
        """Take an object out of all counts as it was, and put it in as it is."""
        if is_known:
            self._count(record.subject, one, -1)
        self._check(record, one)
        one.order, one.cell = record.order, record.cell
        if record.what == VISITED:
            self._visit(record, one)
        elif record.state:
            one.state = record.state
            one.was = one.was or record.state
        self._objects[record.subject] = one
        self._changed.add(record.subject)
        self._count(record.subject, one, 1)

    def _visit(self, record: MatterRecord, one: CampaignObject) -> None:
        start_ms = self._start_of_round(record.ts_ms)
        is_first = one.covered_ms < start_ms
        if is_first:
            one.was = one.state  # of the round before
            one.covered_ms = record.ts_ms
        if self._severity(record.state) <= self._severity(one.was):
            one.was = record.state
        one.state, one.team = record.state, self._teams.of(record.who)

    def _check(self, record: MatterRecord, one: CampaignObject) -> None:
        """Count what a check found beside what the visit had said."""
        if record.what in _CHECKS and one.covered_ms:
            n, wrong = _CHECKS[record.what]
            groups = [*self._areas(one.cell), ("team", one.team)]
            checks = self._checks.setdefault(self._start_of_round(record.ts_ms), GroupCounts())
            checks.add((*group, n) for group in groups)
            if record.state != one.state:
                checks.add((*group, wrong) for group in groups)

    def _count(self, subject: str, one: CampaignObject, by: int) -> None:
        """Count an object in or out."""
        codes, is_worse = self._codes(one)
        self._counts.add(((*area, code) for area in self._areas(one.cell) for code in codes), by)
        self._counts.add(self._single(one), by)
        self._cells.add((("cell", one.cell, code) for code in codes), by)
        if is_worse and by > 0:
            self._worse[subject] = None
        else:
            self._worse.pop(subject, None)

    def _codes(self, one: CampaignObject) -> tuple[list[str], bool]:
        is_covered = bool(one.covered_ms) and one.covered_ms >= self._round_ms
        is_worse = self._severity(one.state) > self._severity(one.was)
        flags = {
            "planned": True,
            "covered": is_covered,
            "goal": is_covered and self._feed.states[one.state].is_goal,
            "worse": is_worse,
        }
        return [code for code, holds in flags.items() if holds], is_worse

    def _single(self, one: CampaignObject) -> Iterator[Key]:
        if one.state:
            yield "state", one.state, "in"
        if one.covered_ms and one.covered_ms >= self._round_ms:
            yield "team", one.team, "covered"
            day = date_of(number_of(one.covered_ms, self._zone)[0])
            yield "day", day.isoformat(), "covered"

    def _severity(self, state: str) -> int:
        return self._feed.states[state].severity if state else 0

    def _start_of_round(self, at_ms: int) -> int:
        day = date_of(number_of(at_ms, self._zone)[0])
        return moment_of((self._feed.round_at(day)[0] - date(1970, 1, 1)).days, 0, self._zone)

    def as_sent(self, record: MatterRecord) -> Mapping[str, object]:
        """Give the fields of a raw message that are particular to the kind."""
        fields = {"object": record.subject, "type": record.what}
        return fields | {"state": record.state, "team": record.who}

    def advance(self, now_ms: int) -> None:
        """Begin a new round where its first day has come: nothing is covered then."""
        start_ms = self._start_of_round(now_ms) if now_ms else 0
        if start_ms != self._round_ms:
            self._round_ms = start_ms
            self._checks = {start: c for start, c in self._checks.items() if start >= start_ms}
            self._recount()
        if now_ms:
            oldest = date_of(number_of(now_ms, self._zone)[0]) - timedelta(days=KEPT_DAYS)
            self._counts.forget("day", oldest.isoformat())

    def _recount(self) -> None:
        self._counts, self._cells = GroupCounts(), GroupCounts()
        self._worse.clear()
        for subject, one in self._objects.items():
            self._count(subject, one, 1)

    def gauges(self, cell: int) -> Mapping[str, float]:
        """Give the objects of a cell that are not covered, and that became worse."""
        planned, covered, worse = (
            self._cells.value("cell", str(cell), code) for code in ("planned", "covered", "worse")
        )
        if worse:
            self._told_worse[cell] = None
        # Most cells have no object that ever became worse: nobody waits for their zeros.
        told = {"worse": worse} if cell in self._told_worse else {}
        return {"uncovered": planned - covered, **told} if planned else {}

    def aging(self, end_ms: int) -> Iterable[tuple[str, int, float]]:
        """Give nothing: time alone changes nothing of an object."""
        del end_ms
        return ()

    @property
    def recounted(self) -> int:
        """Objects that every summary counts anew."""
        return 0

    def counts(self) -> list[MatterCount]:
        """Give all counts."""
        checks = self._checks.get(self._round_ms, GroupCounts())
        return [*self._counts.rows(), *checks.rows()]

    def watched(self, now_ms: int) -> list[WatchedObject]:
        """Give the objects that became worse, the worst first."""
        del now_ms
        found = [
            WatchedObject(
                subject=subject,
                cell=self._objects[subject].cell,
                why="worse",
                value=float(self._severity(self._objects[subject].state)),
                state=self._objects[subject].state,
                since_ms=self._objects[subject].order[0],
                who=self._objects[subject].team,
            )
            for subject in self._worse
        ]
        return sorted(found, key=lambda one: (-one.value, one.subject))[:MOST_WATCHED]

    def rewind(self, last_ms: int) -> None:
        """Let whatever comes next about an object stand that was seen later than can be."""
        for subject, one in self._objects.items():
            if one.order[0] > last_ms or one.covered_ms > last_ms:
                self._count(subject, one, -1)
                one.order = (0, 0, 0)
                one.covered_ms = 0 if one.covered_ms > last_ms else one.covered_ms
                self._count(subject, one, 1)
                self._changed.add(subject)

    def changes(self) -> Mapping[bytes, bytes | None]:
        """Give the objects that changed since the last call."""
        encode = msgspec.msgpack.encode
        fields: dict[bytes, bytes | None] = {
            _OBJECT + subject.encode(): encode(self._objects[subject])
            for subject in sorted(self._changed)
        }
        self._changed.clear()
        return fields | {_META: encode(self._meta())}

    def _meta(self) -> list[Any]:
        checks = [(start, counts.dump()) for start, counts in sorted(self._checks.items())]
        return [self._round_ms, checks, list(self._teams.known), list(self._told_worse)]

    def restore(self, fields: Mapping[bytes, bytes]) -> None:
        """Load all fields that `changes` ever gave and did not delete."""
        decode = msgspec.msgpack.Decoder(CampaignObject).decode
        for name, data in fields.items():
            if name.startswith(_OBJECT):
                self._objects[name[len(_OBJECT) :].decode()] = decode(data)
        if _META in fields:
            self._round_ms, checks, teams, told = msgspec.msgpack.decode(fields[_META])
            self._told_worse = dict.fromkeys(told)
            for start, rows in checks:
                self._checks.setdefault(start, GroupCounts()).load(rows)
            self._teams.known = dict.fromkeys(teams)
        self._recount()
