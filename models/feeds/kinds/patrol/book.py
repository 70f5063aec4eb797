"""The newest positions at a street partition, kept shortly, and the cells seen in the shift."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from models.feeds.kinds.patrol.config import PatrolFeed
from models.feeds.kinds.patrol.rows import BUSY, FREE
from models.matters.book import MOST_WATCHED, Refusal
from models.matters.group_counts import GroupCounts
from models.matters.kind import Areas
from models.messages.dead_letters import Reason
from models.messages.matters import MatterCount, MatterRecord, WatchedObject

GAUGES: Final = ("free", "silent_min")
_MINUTE_MS: Final = 60_000
_META: Final = b"m"


class Position(msgspec.Struct, array_like=True):
    """Where a post was last."""

    order: tuple[int, int, int]
    cell: str
    is_free: bool


class PatrolBook:
    """What a street partition keeps of a feed of positions; see `Book`.

    Parameters
    ----------
    feed : PatrolFeed
    zone : ZoneInfo
    areas : callable
        Gives the areas of a cell, its beat among them.
    """

    def __init__(self, feed: PatrolFeed, zone: ZoneInfo, areas: Areas) -> None:
        self._feed, self._zone, self._areas = feed, zone, areas
        self._posts: dict[str, Position] = {}
        self._seen: dict[str, int] = {}  # by cell: when, in this shift
        self._beats: dict[str, tuple[int, str]] = {}  # by beat: when it was heard last, and where
        self._now_ms = 0
        self._is_changed = False

    def why_not(self, record: MatterRecord) -> str:
        """Say why a record cannot come from ingest."""
        return "" if record.what in (FREE, BUSY) else f"what is {record.what[:40]!r}"

    def apply(self, record: MatterRecord) -> Refusal | None:
        """Take a position; an older one only shows that the cell was seen."""
        if record.subject not in self._posts and len(self._posts) >= self._feed.bounds.sensors:
            text = f"{len(self._posts)} posts are followed here, as many as there may be"
            return Refusal(Reason.TOO_MANY, text)
        known = self._posts.get(record.subject)
        if known is None or record.order > known.order:
            is_free = record.what == FREE
            self._posts[record.subject] = Position(record.order, record.cell, is_free)
        self._seen[record.cell] = max(self._seen.get(record.cell, 0), record.ts_ms)
        beat = dict(self._areas(record.cell)).get(self._feed.beats, "")
        self._beats[beat] = max(self._beats.get(beat, (0, "")), (record.ts_ms, record.cell))
        self._is_changed = True
        return None

    def as_sent(self, record: MatterRecord) -> Mapping[str, object]:
        """Give the fields of a raw message that are particular to the kind."""
        return {"post": record.subject, "free": record.what == FREE}

    def advance(self, now_ms: int) -> None:
        """Forget positions that were kept long enough, and cells of a shift that is over."""
        self._now_ms = now_ms
        if not now_ms:
            return
        oldest_ms = now_ms - self._feed.keep_min * _MINUTE_MS
        gone = [post for post, at in self._posts.items() if at.order[0] < oldest_ms]
        begun_ms = self._begun_ms(now_ms)
        over = [cell for cell, at_ms in self._seen.items() if at_ms < begun_ms]
        for post in gone:
            del self._posts[post]
        for cell in over:
            del self._seen[cell]
        self._is_changed |= bool(gone or over)

    def _begun_ms(self, at_ms: int) -> int:
        """When the shift of a moment began; the moment itself outside all shifts."""
        local = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(self._zone)
        minute = 60 * local.hour + local.minute
        shift = self._feed.shift_at(minute)
        return at_ms if shift is None else at_ms - (minute - shift[0] + 1) * _MINUTE_MS

    def gauges(self, cell: int) -> Mapping[str, float]:
        """Give nothing: positions age."""
        del cell
        return {}

    def aging(self, end_ms: int) -> Iterable[tuple[str, int, float]]:
        """Give the free posts of each cell, and how long each beat has been silent in its shift."""
        free = {int(one.cell): 0.0 for one in self._posts.values()}
        oldest_ms = end_ms - self._feed.keep_min * _MINUTE_MS
        for one in self._posts.values():
            free[int(one.cell)] += one.is_free and one.order[0] >= oldest_ms
        for cell, n in free.items():
            yield "free", cell, n
        begun_ms = self._begun_ms(end_ms)
        for at_ms, place in self._beats.values():
            yield "silent_min", int(place), max((end_ms - max(at_ms, begun_ms)) / _MINUTE_MS, 0.0)

    @property
    def recounted(self) -> int:
        """Objects that every summary counts anew."""
        return len(self._posts)

    def counts(self) -> list[MatterCount]:
        """Count posts, free posts, cells seen, and silent beats."""
        found = GroupCounts()
        for one in self._posts.values():
            codes = ["posts", *(["free"] if one.is_free else [])]
            found.add((*area, code) for area in self._areas(one.cell) for code in codes)
        for cell in self._seen:
            found.add((*area, "seen") for area in self._areas(cell))
        for _, place in self._silent():
            found.add((*area, "silent") for area in self._areas(place))
        return found.rows()

    def _silent(self) -> list[tuple[str, str]]:
        begun_ms = self._begun_ms(self._now_ms) if self._now_ms else 0
        limit_ms = self._feed.silent_min * _MINUTE_MS
        return [
            (beat, place)
            for beat, (at_ms, place) in sorted(self._beats.items())
            if self._now_ms - max(at_ms, begun_ms) > limit_ms
        ]

    def watched(self, now_ms: int) -> list[WatchedObject]:
        """Give the silent beats, those silent longest first."""
        found = []
        for beat, place in self._silent():
            at_ms = self._beats[beat][0]
            minutes = round((now_ms - at_ms) / _MINUTE_MS, 1)
            found.append(
                WatchedObject(subject=beat, cell=place, why="silent", value=minutes, since_ms=at_ms)
            )
        return sorted(found, key=lambda w: (-w.value, w.subject))[:MOST_WATCHED]

    def rewind(self, last_ms: int) -> None:
        """Forget the positions that cannot have been."""
        self._posts = {p: at for p, at in self._posts.items() if at.order[0] <= last_ms}
        self._seen = {cell: at_ms for cell, at_ms in self._seen.items() if at_ms <= last_ms}
        self._beats = {beat: at for beat, at in self._beats.items() if at[0] <= last_ms}
        self._is_changed = True

    def changes(self) -> Mapping[bytes, bytes | None]:
        """Give the whole state where it changed: it is small, and nothing of it lasts."""
        if not self._is_changed:
            return {}
        self._is_changed = False
        state: list[Any] = [sorted(part.items()) for part in (self._posts, self._seen, self._beats)]
        return {_META: msgspec.msgpack.encode(state)}

    def restore(self, fields: Mapping[bytes, bytes]) -> None:
        """Load what `changes` gave."""
        if _META not in fields:
            return
        posts, seen, beats = msgspec.msgpack.decode(
            fields[_META],
            type=tuple[
                list[tuple[str, Position]],
                list[tuple[str, int]],
                list[tuple[str, tuple[int, str]]],
            ],
        )
        self._posts, self._seen, self._beats = dict(posts), dict(seen), dict(beats)
