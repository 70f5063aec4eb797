"""Counts by local day and group, of somewhat more than a year, and the panes for their season."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from models.cases.panes import CasePanes
from models.feeds.kinds.counts.config import CountsFeed
from models.feeds.kinds.counts.rows import FINISHED
from models.grid.codes import district_code
from models.matters.book import Refusal
from models.matters.group_counts import GroupCounts
from models.matters.kind import Areas
from models.messages.matters import MatterCount, MatterRecord, WatchedObject
from models.messages.panes import ActiveSource
from models.timing.days import number_of

KEPT_DAYS: Final = 400
# Windows of the summary: code, and the days before today that it spans.
WINDOWS: Final = {"today": (0, 1), "d7": (0, 7), "usual": (7, 35), "last_year": (364, 371)}
TURNAROUND_DAYS: Final = 30
_DAY, _PANE, _META = b"d:", b"p:", b"m"

Group = tuple[str, str]
Day = dict[Group, list[float]]  # opened, finished, hours of these, beyond the limit


class CountsBook:
    """What a street partition keeps of a feed of counts; see `Book`.

    Parameters
    ----------
    feed : CountsFeed
    zone : ZoneInfo
        It says what a day is.
    areas : callable
        Gives the areas of a cell.
    """

    def __init__(self, feed: CountsFeed, zone: ZoneInfo, areas: Areas) -> None:
        self._limit_h = feed.limit_h
        self._zone, self._areas = zone, areas
        self.panes = CasePanes(feed.pane_s * 1000)
        self._days: dict[int, Day] = {}
        self._totals = GroupCounts()
        self._today = 0
        self._changed: set[int] = set()

    def why_not(self, record: MatterRecord) -> str:
        """Say why a record cannot come from ingest."""
        return "" if record.amount >= 0 else f"amount is {record.amount}"

    def apply(self, record: MatterRecord) -> Refusal | None:
        """Count a record in; what is older than a year counts in the totals only."""
        n, is_end = record.amount, record.what == FINISHED
        groups = (*self._areas(record.cell), ("unit", record.who), ("class", record.state))
        self._totals.add([(*group, FINISHED if is_end else "opened") for group in groups], n)
        self._count_day(record, groups)
        key = int(record.cell), record.state, "closed" if is_end else "reported"
        source: ActiveSource = ("departments", district_code(record.cell), record.who)
        self.panes.count(record.ts_ms, key, [source], int(n))
        return None

    def _count_day(self, record: MatterRecord, groups: Iterable[Group]) -> None:
        number, _ = number_of(record.ts_ms, self._zone)
        if number < self._today - KEPT_DAYS:
            return
        day = self._days.setdefault(number, {})
        self._changed.add(number)
        n = record.amount
        for group in groups:
            sums = day.setdefault(group, [0.0, 0.0, 0.0, 0.0])
            if record.what == FINISHED:
                hours = record.measure
                is_over = self._limit_h is not None and hours > self._limit_h
                sums[1] += n
                sums[2] += n * hours
                sums[3] += n * is_over
            else:
                sums[0] += n

    def as_sent(self, record: MatterRecord) -> Mapping[str, object]:
        """Give the fields of a raw message that are particular to the kind."""
        fields = {"unit": record.who, "class": record.state, "step": record.what}
        return fields | {"n": int(record.amount), "hours": record.measure}

    def advance(self, now_ms: int) -> None:
        """Let a new day begin, and the oldest go."""
        today = number_of(now_ms, self._zone)[0] if now_ms else 0
        self._today = today
        for number in [number for number in self._days if number < today - KEPT_DAYS]:
            del self._days[number]
            self._changed.add(number)

    def gauges(self, cell: int) -> Mapping[str, float]:
        """Give nothing: counts are judged by their panes."""
        del cell
        return {}

    def aging(self, end_ms: int) -> Iterable[tuple[str, int, float]]:
        """Give nothing."""
        del end_ms
        return ()

    @property
    def recounted(self) -> int:
        """Objects that every summary counts anew."""
        return 0

    def counts(self) -> list[MatterCount]:
        """Give the windows of each group, and its totals."""
        found = GroupCounts()
        for code, (first, last) in WINDOWS.items():
            for day in self._span(first, last):
                for (by, group), sums in day.items():
                    found.add([(by, group, code)], sums[0])
        for day in self._span(0, TURNAROUND_DAYS):
            for (by, group), (_, finished, hours, over) in day.items():
                found.add([(by, group, "done")], finished)
                found.add([(by, group, "hours")], hours)
                found.add([(by, group, "over")], over)
        return [*found.rows(), *self._totals.rows(), *self._known()]

    def _span(self, first: int, last: int) -> Iterator[Day]:
        for before in range(first, last):
            day = self._days.get(self._today - before)
            if day is not None:
                yield day

    def _known(self) -> list[MatterCount]:
        """Say whether the past that today is compared with was seen at all."""
        begun = min(self._days, default=self._today + 1)
        known = {"usual": 35, "last_year": 371}
        return [
            MatterCount("all", "", f"{code}_seen", 1.0)
            for code, days in known.items()
            if begun <= self._today - days + 1
        ]

    def watched(self, now_ms: int) -> list[WatchedObject]:
        """Give nothing: there are no objects."""
        del now_ms
        return []

    def rewind(self, last_ms: int) -> None:
        """Forget the days that cannot have been."""
        last = number_of(last_ms, self._zone)[0]
        for number in [number for number in self._days if number > last]:
            for (by, group), sums in self._days.pop(number).items():
                self._totals.add([(by, group, "opened")], -sums[0])
                self._totals.add([(by, group, FINISHED)], -sums[1])
            self._changed.add(number)

    def changes(self) -> Mapping[bytes, bytes | None]:
        """Give the days and panes that changed since the last call."""
        fields: dict[bytes, bytes | None] = {}
        for number in sorted(self._changed):
            day = self._days.get(number)
            rows = None if day is None else msgspec.msgpack.encode(sorted(day.items()))
            fields[_DAY + str(number).encode()] = rows
        for start in sorted(self.panes.changed):
            fields[_PANE + str(start).encode()] = self.panes.pane_bytes(start)
        self._changed.clear()
        self.panes.changed.clear()
        return fields | {_META: msgspec.msgpack.encode(self._meta())}

    def _meta(self) -> list[Any]:
        panes = self.panes
        clock = [panes.closed_end, panes.closed, panes.too_late, panes.is_idle]
        return [clock, self._totals.dump()]

    def restore(self, fields: Mapping[bytes, bytes]) -> None:
        """Load all fields that `changes` ever gave and did not delete."""
        if _META not in fields:
            return
        clock, totals = msgspec.msgpack.decode(fields[_META])
        panes = self.panes
        panes.closed_end, panes.closed, panes.too_late, panes.is_idle = clock
        self._totals.load(totals)
        panes.restore(
            (int(name[len(_PANE) :]), data)
            for name, data in fields.items()
            if name.startswith(_PANE)
        )
        decode = msgspec.msgpack.Decoder(list[tuple[Group, list[float]]]).decode
        self._days = {
            int(name[len(_DAY) :]): dict(decode(data))
            for name, data in fields.items()
            if name.startswith(_DAY)
        }
