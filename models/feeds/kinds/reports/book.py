"""The reports of the units at a street partition, of the last months."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from statistics import median
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from models.feeds.kinds.reports.config import ReportsFeed
from models.feeds.kinds.reports.rows import figures_of
from models.matters.book import MOST_WATCHED, Refusal
from models.matters.group_counts import GroupCounts
from models.matters.kind import Areas
from models.messages.matters import MatterCount, MatterRecord, WatchedObject
from models.timing.days import date_of, moment_of, number_of
from models.timing.units import HOUR_MS

GAUGES: Final = ("missing", "implausible")
KEPT_DAYS: Final = 120
LOOKED_DAYS: Final = 30  # days whose reports are counted
LEAST_PAST: Final = 14  # reports that a figure's own past needs
_MAD_TO_SD: Final = 1.4826
_REPORT: Final = b"r:"


class DayReport(msgspec.Struct, array_like=True, gc=False):
    """The report of a unit of one day.

    Attributes
    ----------
    cell : str
    first_ms : int
        When it came first.
    order : tuple of int
        Of its newest version.
    figures : str
        As in the record.
    corrected, resent : int
        How often it came again with other figures, and with the same.
    """

    cell: str
    first_ms: int
    order: tuple[int, int, int]
    figures: str
    corrected: int = 0
    resent: int = 0


class ReportsBook:
    """What a street partition keeps of a feed of reports; see `Book`.

    A unit is known here from its first report on; one that never sent any is missed by the
    district, which knows all that owe.

    Parameters
    ----------
    feed : ReportsFeed
    zone : ZoneInfo
    areas : callable
        Gives the areas of a cell.
    """

    def __init__(self, feed: ReportsFeed, zone: ZoneInfo, areas: Areas) -> None:
        self._feed, self._zone, self._areas = feed, zone, areas
        self._reports: dict[str, dict[str, DayReport]] = {}  # by unit and day
        self._cells: dict[str, str] = {}
        self._now_ms = 0
        self._changed: set[tuple[str, str]] = set()

    def why_not(self, record: MatterRecord) -> str:
        """Say why a record cannot come from ingest."""
        try:
            date.fromisoformat(record.subject)
            figures = figures_of(record.state)
        except ValueError:
            return f"day is {record.subject[:40]!r}, figures are {record.state[:40]!r}"
        is_whole = list(figures) == list(self._feed.figures)
        return "" if is_whole else f"figures are {record.state[:40]!r}"

    def apply(self, record: MatterRecord) -> Refusal | None:
        """Take a report in; the newest version of a day stands, whatever order they come in."""
        days = self._reports.setdefault(record.who, {})
        self._cells[record.who] = record.cell
        known = days.get(record.subject)
        if known is None:
            made = DayReport(record.cell, record.ts_ms, record.order, record.state)
            days[record.subject] = made
        else:
            known.first_ms = min(known.first_ms, record.ts_ms)
            is_same = known.figures == record.state
            known.resent += is_same
            known.corrected += not is_same
            if record.order > known.order:
                known.order, known.figures = record.order, record.state
        self._changed.add((record.who, record.subject))
        return None

    def as_sent(self, record: MatterRecord) -> Mapping[str, object]:
        """Give the fields of a raw message that are particular to the kind."""
        figures = figures_of(record.state)
        return {"unit": record.who, "day": record.subject, "figures": figures}

    def advance(self, now_ms: int) -> None:
        """Note the time, and let old reports go."""
        self._now_ms = now_ms
        if not now_ms:
            return
        oldest = (self._today(now_ms) - timedelta(days=KEPT_DAYS)).isoformat()
        for unit, days in self._reports.items():
            for day in [day for day in days if day < oldest]:
                del days[day]
                self._changed.add((unit, day))
        self._forget_units()

    def _forget_units(self) -> None:
        """Let the units go of which no report is left."""
        for unit in [unit for unit, days in self._reports.items() if not days]:
            del self._reports[unit], self._cells[unit]

    def gauges(self, cell: int) -> Mapping[str, float]:
        """Give nothing: what is missing grows with time alone."""
        del cell
        return {}

    def aging(self, end_ms: int) -> Iterable[tuple[str, int, float]]:
        """Give the days that a unit's cell owes, and its newest report's implausible figures."""
        found: dict[int, list[float]] = {}
        for unit, cell in self._cells.items():
            sums = found.setdefault(int(cell), [0.0, 0.0])
            sums[0] += len(self._missing(unit, end_ms))
            sums[1] += len(self.odd(unit, max(self._reports[unit], default="")))
        for code, (missing, odd) in found.items():
            yield "missing", code, missing
            yield "implausible", code, odd

    def _today(self, at_ms: int) -> date:
        return date_of(number_of(at_ms, self._zone)[0])

    def report(self, unit: str, day: str) -> DayReport | None:
        """Give the report of a unit of a day, ISO 8601; None where none came."""
        return self._reports.get(unit, {}).get(day)

    @property
    def first_day(self) -> date | None:
        """The first day of which any unit has reported; None before the first report."""
        first = min((day for days in self._reports.values() for day in days), default=None)
        return None if first is None else date.fromisoformat(first)

    def due_ms(self, day: date) -> int:
        """Give the moment until which the report of a day is in time, epoch milliseconds."""
        end_ms = moment_of((day - date(1970, 1, 1)).days, 24, self._zone)
        return round(end_ms + self._feed.due_h * HOUR_MS)

    def _owed(self, at_ms: int) -> Iterator[date]:
        """Give the days of the last month whose report is due by a moment."""
        today = self._today(at_ms)
        for back in range(1, LOOKED_DAYS + 1):
            day = today - timedelta(days=back)
            if day >= self._feed.starts and self.due_ms(day) <= at_ms:
                yield day

    def _missing(self, unit: str, at_ms: int) -> list[date]:
        """Days since its first report that a unit has sent none of."""
        days = self._reports[unit]
        first = min(days, default="")
        return [
            day
            for day in self._owed(at_ms)
            if day.isoformat() not in days and day.isoformat() > first
        ]

    def odd(self, unit: str, day: str) -> list[str]:
        """Give the figures of a report that its own past does not explain (median and MAD)."""
        days = self._reports.get(unit, {})
        if day not in days:
            return []
        oldest = (date.fromisoformat(day) - timedelta(days=KEPT_DAYS)).isoformat()
        past = [figures_of(one.figures) for at, one in days.items() if oldest <= at < day]
        now = figures_of(days[day].figures)
        return [
            code
            for code, value in now.items()
            if _is_odd(value, [one[code] for one in past], self._feed.implausible_z)
        ]

    @property
    def recounted(self) -> int:
        """Objects that every summary counts anew."""
        return sum(map(len, self._reports.values()))

    def counts(self) -> list[MatterCount]:
        """Count what came, late, corrected, again, and what is implausible, of the last month."""
        found, owed = GroupCounts(), {day.isoformat() for day in self._owed(self._now_ms)}
        oldest = (self._today(self._now_ms) - timedelta(days=LOOKED_DAYS)).isoformat()
        for unit, days in self._reports.items():
            groups = [*self._areas(self._cells[unit]), ("unit", unit)]
            for day, one in days.items():
                if day >= oldest:
                    for code, value in self._values(unit, day, one, is_owed=day in owed).items():
                        found.add([(*group, code) for group in groups], value)
        return found.rows()

    def _values(self, unit: str, day: str, one: DayReport, *, is_owed: bool) -> dict[str, float]:
        return {
            "came": float(is_owed),
            "late": float(one.first_ms > self.due_ms(date.fromisoformat(day))),
            "corrected": float(one.corrected > 0),
            "resent": float(one.resent > 0),
            "implausible": float(len(self.odd(unit, day)) > 0),
        }

    def watched(self, now_ms: int) -> list[WatchedObject]:
        """Give the units that owe reports, then those with implausible figures."""
        found: list[WatchedObject] = []
        for unit, cell in self._cells.items():
            missing = self._missing(unit, now_ms) if now_ms else []
            newest = max(self._reports[unit], default="")
            odd = self.odd(unit, newest)
            if missing:
                state = ", ".join(day.isoformat() for day in missing[:3])
                found.append(_watched(unit, cell, "missing", len(missing), state))
            elif odd:
                found.append(_watched(unit, cell, "implausible", len(odd), ", ".join(odd)))
        return sorted(found, key=lambda w: (-w.value, w.subject))[:MOST_WATCHED]

    def rewind(self, last_ms: int) -> None:
        """Forget the reports that cannot have come."""
        for unit, days in self._reports.items():
            for day in [d for d, one in days.items() if one.order[0] > last_ms]:
                del days[day]
                self._changed.add((unit, day))
        self._forget_units()

    def changes(self) -> Mapping[bytes, bytes | None]:
        """Give the reports that changed since the last call."""
        fields: dict[bytes, bytes | None] = {}
        for unit, day in sorted(self._changed):
            one = self._reports.get(unit, {}).get(day)
            data = None if one is None else msgspec.msgpack.encode(one)
            fields[_REPORT + f"{day}/{unit}".encode()] = data
        self._changed.clear()
        return fields

    def restore(self, fields: Mapping[bytes, bytes]) -> None:
        """Load all fields that `changes` ever gave and did not delete."""
        decode = msgspec.msgpack.Decoder(DayReport).decode
        for name, data in fields.items():
            day, _, unit = name[len(_REPORT) :].decode().partition("/")
            one = decode(data)
            self._reports.setdefault(unit, {})[day] = one
            self._cells[unit] = one.cell


def _is_odd(value: float, past: list[float], z: float) -> bool:
    if len(past) < LEAST_PAST:
        return False
    middle = median(past)
    spread = _MAD_TO_SD * median([abs(each - middle) for each in past])
    return abs(value - middle) > z * max(spread, 0.05 * abs(middle), 1.0)


def _watched(unit: str, cell: str, why: str, value: int, state: str) -> WatchedObject:
    return WatchedObject(
        subject=unit, cell=cell, why=why, value=float(value), state=state, who=unit
    )
