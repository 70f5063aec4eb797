"""Cases counted by local day, cell, category and hour; the newest panes may still be corrected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.detect.state import pack, unpack
from models.messages.panes import ActiveSource, CasePane
from models.messages.rewinds import Rewind
from models.timing.days import number_of
from models.timing.downstream_watermark import DownstreamWatermark
from models.timing.units import DAY_MS

KEPT_DAYS: Final = 3 * 366
OPEN_DAYS: Final = 9  # the streets correct panes for a week

Ints = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class CaseDay:
    """Cases of one local day, one row a cell, category and hour; arrays of shape (rows,).

    Attributes
    ----------
    category : ndarray of int64
        Place in `CaseHistory.categories`.
    hour : ndarray of int64
        Local hour of the event.
    count : ndarray of int64
    """

    cell: Ints
    category: Ints
    hour: Ints
    count: Ints

    @cached_property
    def before(self) -> Ints:
        """Cases that had happened before each full hour, shape (25,)."""
        by_hour = np.zeros(25, np.int64)
        np.add.at(by_hour, self.hour + 1, self.count)
        running: Ints = np.cumsum(by_hour)
        return running

    def until(self, hour: int) -> CaseDay:
        """Give what happened before an hour of the day."""
        rows = self.hour < hour
        return CaseDay(
            cell=self.cell[rows],
            category=self.category[rows],
            hour=self.hour[rows],
            count=self.count[rows],
        )


class KeptPane(msgspec.Struct, frozen=True, array_like=True):
    """Cases of one pane of one partition, (cell, category, count), and its active sources."""

    revision: int
    rows: list[tuple[int, str, int]]
    active_sources: list[ActiveSource] = []


NOTHING: Final = CaseDay(
    **{name: np.zeros(0, np.int64) for name in ("cell", "category", "hour", "count")}
)


class CaseHistory:
    """Cases of one feed that took one step of the loop.

    Parameters
    ----------
    zone : ZoneInfo
        Of the city: it says what a day is.
    step : str
        The type of event that is counted.
    """

    def __init__(self, zone: ZoneInfo, step: str) -> None:
        self.watermark = DownstreamWatermark()
        self.categories: list[str] = []
        self.days: dict[int, CaseDay] = {}
        self._zone, self._step = zone, step
        self._panes: dict[tuple[int, int], KeptPane] = {}  # (start_ms, partition)
        self._by_day: dict[int, set[tuple[int, int]]] = {}
        self._stale: set[int] = set()  # days whose arrays do not show their panes yet
        # Of the days that may change, or just did.
        self._active_sources: dict[int, set[ActiveSource]] = {}
        self._changed: dict[str, None] = {}

    def apply(self, pane: CasePane) -> None:
        """Take a message in; a newer revision of a pane replaces the older."""
        end_ms = pane.start_ms + pane.width_s * 1000
        self.watermark.observe(pane.partition, pane.partitions, pane.watermark_ms, end_ms)
        self._changed["meta"] = None
        rows = [(cell, code, n) for cell, code, kind, n in pane.rows if kind == self._step]
        key = pane.start_ms, pane.partition
        known = self._panes.get(key)
        day = number_of(pane.start_ms, self._zone)[0]
        is_past = self.watermark.value_ms - end_ms > OPEN_DAYS * DAY_MS
        is_repeat = known is not None and known.revision > pane.revision
        if is_past or is_repeat or not (rows or pane.active_sources or known):
            return
        self._panes[key] = KeptPane(pane.revision, rows, pane.active_sources)
        self._by_day.setdefault(day, set()).add(key)
        self._stale.add(day)
        self._changed[f"pane/{key[0]}/{key[1]}"] = None

    def rewind(self, order: Rewind) -> bool:
        """Obey a rewind of a street partition; return whether it is news.

        Cases later than the moment it was asked for are let go.
        """
        if not self.watermark.rewind(order):
            return False
        self._changed["meta"] = None
        for key in [key for key in self._panes if key[0] > order.asked_ms]:
            del self._panes[key]
            self._changed[f"pane/{key[0]}/{key[1]}"] = None
            day = number_of(key[0], self._zone)[0]
            self._by_day[day].discard(key)
            self._stale.add(day)
        return True

    def flush(self) -> set[int]:
        """Bring the arrays up to the panes; gives the days that changed, and lets old ones go."""
        changed = set(self._stale)
        self._bring_up()
        self._forget(changed)
        return changed

    def first_day(self) -> int | None:
        """Give the first day with a case; None before any."""
        return min(self.days.keys() | self._stale, default=None)

    def day(self, day: int) -> CaseDay:
        """Give the cases of a day; empty where no pane of it came."""
        return self.days.get(day, NOTHING)

    def active_on(self, day: int, kind: str) -> list[tuple[str, str]]:
        """Give area and name of the sources active on a day, sorted; empty for days long past."""
        active_sources = self._active_sources.get(day, ())
        return sorted((area, name) for each, area, name in active_sources if each == kind)

    def changes(self) -> dict[str, bytes | None]:
        """Give the fields that changed since the last call."""
        fields = {name: self._field(name) for name in self._changed}
        self._changed = {}
        return fields

    def restore(self, fields: Mapping[str, bytes]) -> None:
        """Load what `changes` gave."""
        if "meta" not in fields:
            return
        self.categories, self.watermark = msgspec.msgpack.decode(
            fields["meta"], type=tuple[list[str], DownstreamWatermark]
        )
        for name, data in fields.items():
            kind, *rest = name.split("/")
            if kind == "day":
                self.days[int(rest[0])] = CaseDay(**unpack(data)[1])
            elif kind == "pane":
                key = int(rest[0]), int(rest[1])
                self._panes[key] = msgspec.msgpack.decode(data, type=KeptPane)
                day = number_of(key[0], self._zone)[0]
                self._by_day.setdefault(day, set()).add(key)
                self._stale.add(day)
        self._bring_up()

    def _bring_up(self) -> None:
        """Bring the days up to their panes."""
        for day in sorted(self._stale):
            self.days[day] = self._counted(day)
            panes = [self._panes[key] for key in self._by_day.get(day, ())]
            self._active_sources[day] = {source for pane in panes for source in pane.active_sources}
        self._stale.clear()

    def _counted(self, day: int) -> CaseDay:
        """Add up the panes of a day."""
        counts: Counter[tuple[int, str, int]] = Counter()
        for key in self._by_day.get(day, ()):
            hour = number_of(key[0], self._zone)[1]
            for cell, code, n in self._panes[key].rows:
                counts[cell, code, hour] += n
        rows = sorted(counts)
        return CaseDay(
            cell=_array(cell for cell, _, _ in rows),
            category=_array(self._place(code) for _, code, _ in rows),
            hour=_array(hour for _, _, hour in rows),
            count=_array(counts[row] for row in rows),
        )

    def _place(self, code: str) -> int:
        if code not in self.categories:
            self.categories.append(code)
        return self.categories.index(code)

    def _forget(self, changed: set[int]) -> None:
        """Freeze the days that are corrected no more; let the oldest go.

        Sources active on days that have just changed are kept once more: the days are yet to be
        evaluated.
        """
        newest = number_of(self.watermark.value_ms, self._zone)[0]
        for day in list(self._active_sources.keys() - changed):
            if day < newest - OPEN_DAYS - 1:
                del self._active_sources[day]
        for day in [day for day in self._by_day if day < newest - OPEN_DAYS - 1]:
            for key in self._by_day.pop(day):
                del self._panes[key]
                self._changed[f"pane/{key[0]}/{key[1]}"] = None
            self._changed[f"day/{day}"] = None
        old = sorted(day for day in self.days if day < newest - KEPT_DAYS)
        for day in old[: max(len(self.days) - KEPT_DAYS, 0)]:  # a leap of time takes no past away
            del self.days[day]
            self._changed[f"day/{day}"] = None

    def _field(self, name: str) -> bytes | None:
        kind, *rest = name.split("/")
        if kind == "meta":
            return msgspec.msgpack.encode((self.categories, self.watermark))
        if kind == "pane":
            pane = self._panes.get((int(rest[0]), int(rest[1])))
            return None if pane is None else msgspec.msgpack.encode(pane)
        day = self.days.get(int(rest[0]))
        if day is None:
            return None
        return pack(
            {}, {name: getattr(day, name) for name in ("cell", "category", "hour", "count")}
        )


def _array(values: Iterable[int]) -> Ints:
    return np.fromiter(values, dtype=np.int64)
