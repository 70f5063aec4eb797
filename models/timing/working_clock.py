"""The working-time clock (工作时): how long a case has run, and when its limit ends.

Time is looked up, not walked through: the working time from the beginning of the table to each
midnight is summed up once, and inside a day a table of 1,440 minutes tells the rest. Both
directions are then one search and one lookup for a whole array. All results are exact to the
millisecond of their input.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.timing.calendar import EPOCH, FIRST_DAY, DayTable
from models.timing.units import DAY_MS, MINUTE_MS
from models.timing.zone import Times, Zone

DAY_MINUTES: Final = 1440
_FIRST: Final = (FIRST_DAY - EPOCH).days

Shifts = Sequence[tuple[int, int]]  # minutes of the day, half-open, ascending


class Basis(StrEnum):
    """What counts as time."""

    CALENDAR = "calendar"  # every minute
    WORKING_HOURS = "working-hours"  # 工作时: the shifts of working days
    WORKING_DAYS = "working-days"  # 工作日: all of a working day, so one day is 1,440 minutes
    URGENT_HOURS = "urgent-hours"  # 紧急工作时: the shifts of urgent work, on every day


@dataclass(frozen=True)
class _Table:
    """Working time of one basis.

    Attributes
    ----------
    kind : ndarray, shape (days,), int64
        Index of each day's row in the tables of a day.
    before_ms : ndarray, shape (days + 1,), int64
        Working time from the first day to each midnight.
    within : ndarray, shape (kinds, 1441), int64
        Working minutes from midnight to each minute of the day.
    minute : ndarray, shape (kinds, 1440), int64
        Minute of the day of the k-th working minute.
    """

    kind: NDArray[np.int64]
    before_ms: Times
    within: NDArray[np.int64]
    minute: NDArray[np.int64]

    def elapsed(self, local_ms: Times) -> Times:
        """Working milliseconds from the beginning of the table to each local time."""
        row = np.clip(local_ms // DAY_MS - _FIRST, 0, len(self.kind) - 1)
        in_day = np.clip(local_ms - (row + _FIRST) * DAY_MS, 0, DAY_MS)
        minute, rest = in_day // MINUTE_MS, in_day % MINUTE_MS
        kind = self.kind[row]
        done = self.within[kind, minute]
        is_work = self.within[kind, np.minimum(minute + 1, DAY_MINUTES)] - done
        result: Times = self.before_ms[row] + done * MINUTE_MS + is_work * rest
        return result

    def reached(self, target_ms: Times) -> Times:
        """Earliest local time at which so much working time has elapsed."""
        row = np.searchsorted(self.before_ms, target_ms, side="left") - 1
        row = np.clip(row, 0, len(self.kind) - 1)
        rest = np.clip(target_ms - self.before_ms[row], 1, DAY_MS)
        nth = (rest - 1) // MINUTE_MS
        minute = self.minute[self.kind[row], nth]
        result: Times = (row + _FIRST) * DAY_MS + minute * MINUTE_MS + rest - nth * MINUTE_MS
        return result


def _table(day: DayTable, on_working: Shifts, on_free: Shifts) -> _Table:
    """Sum up the shifts of working and free days."""
    is_work = np.zeros((2, DAY_MINUTES), dtype=np.int64)
    for kind, shifts in enumerate((on_free, on_working)):
        for start, end in shifts:
            is_work[kind, start:end] = 1
    within = np.concatenate([np.zeros((2, 1), dtype=np.int64), np.cumsum(is_work, axis=1)], axis=1)
    minute = np.full((2, DAY_MINUTES), DAY_MINUTES - 1, dtype=np.int64)
    for kind in range(2):
        found = np.flatnonzero(is_work[kind])
        minute[kind, : len(found)] = found
    kinds = day.working.astype(np.int64)
    daily = within[kinds, -1] * MINUTE_MS
    before = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(daily)])
    return _Table(kinds, before, within, minute)


class WorkingClock:
    """Working time of a city.

    Parameters
    ----------
    zone : Zone
        Its local time.
    days : DayTable
        Its working days.
    shifts, urgent_shifts : sequence of (int, int)
        Minutes of the day at which shifts begin and end: of working days, and of urgent work on
        every day.

    Raises
    ------
    ValueError
        No shift has any length.

    Examples
    --------
    >>> from datetime import datetime
    >>> from models.timing.calendar import day_table
    >>> from models.timing.zone import zone_of
    >>> clock = WorkingClock(zone_of("Asia/Shanghai"), day_table("china"), [(540, 1020)])
    >>> def ms(text): return np.array([int(datetime.fromisoformat(text).timestamp() * 1000)])
    >>> friday = ms("2024-09-27T16:00+08:00")  # Sunday after it is worked: National Day follows
    >>> end = clock.deadline(friday, np.array([120]), Basis.WORKING_HOURS)
    >>> bool(end == ms("2024-09-29T10:00+08:00"))
    True
    """

    def __init__(
        self, zone: Zone, days: DayTable, shifts: Shifts, urgent_shifts: Shifts = ((0, 1440),)
    ) -> None:
        for some in (shifts, urgent_shifts):
            if not any(end > start for start, end in some):
                msg = f"expected shifts of some length, got {list(some)}"
                raise ValueError(msg)
        self._zone = zone
        self._days = days
        self._tables = {
            Basis.WORKING_HOURS: _table(days, shifts, ()),
            Basis.WORKING_DAYS: _table(days, ((0, DAY_MINUTES),), ()),
            Basis.URGENT_HOURS: _table(days, urgent_shifts, urgent_shifts),
        }

    def working_ms_between(self, start_ms: Times, end_ms: Times, basis: Basis) -> Times:
        """Working milliseconds from start to end; negative where the end is before the start."""
        if basis is Basis.CALENDAR:
            return end_ms - start_ms
        table = self._tables[basis]
        local = self._zone.local
        return table.elapsed(local(end_ms)) - table.elapsed(local(start_ms))

    def working_minutes_between(self, start_ms: Times, end_ms: Times, basis: Basis) -> Times:
        """Full working minutes from start to end.

        Parameters
        ----------
        start_ms, end_ms : ndarray, shape (n,), int64, epoch milliseconds
        basis : Basis
        """
        spent = self.working_ms_between(start_ms, end_ms, basis)
        result: Times = np.sign(spent) * (np.abs(spent) // MINUTE_MS)
        return result

    def deadline(self, start_ms: Times, minutes: Times, basis: Basis) -> Times:
        """Earliest instant at which so many working minutes have passed since the start.

        Parameters
        ----------
        start_ms : ndarray, shape (n,), int64, epoch milliseconds
        minutes : ndarray, shape (n,), int64
            Zero or negative gives the start itself.
        """
        return self._later(start_ms, minutes * MINUTE_MS, basis)

    def _later(self, start_ms: Times, spent_ms: Times, basis: Basis) -> Times:
        if basis is Basis.CALENDAR:
            return start_ms + np.maximum(spent_ms, 0)
        table = self._tables[basis]
        target = table.elapsed(self._zone.local(start_ms)) + spent_ms
        end = self._zone.utc(table.reached(target))
        result: Times = np.where(spent_ms > 0, np.maximum(end, start_ms), start_ms)
        return result

    def deadline_held(
        self,
        start_ms: int,
        minutes: int,
        basis: Basis,
        holds: Sequence[tuple[int, int | None]],
        now_ms: int,
    ) -> int:
        """Deadline of one case whose clock stood still during `holds`; an open one lasts to now.

        A hold that begins after the deadline saves nothing.
        """
        due = self.deadline(np.array([start_ms]), np.array([minutes]), basis)
        for since, until in holds:
            since_ms = np.array([max(since, start_ms)])
            if since_ms[0] >= due[0]:
                break
            until_ms = np.array([now_ms if until is None else until])
            stood = np.maximum(self.working_ms_between(since_ms, until_ms, basis), 0)
            due = self._later(due, stood, basis)
        return int(due[0])

    def is_official(self, start_ms: Times, end_ms: Times) -> NDArray[np.bool_]:
        """Tell whether the holidays of both days are published, not only their weekends."""
        last = len(self._days.official) - 1
        known: NDArray[np.bool_] = np.ones(len(start_ms), dtype=np.bool_)
        for instants in (start_ms, end_ms):
            row = self._zone.day(instants) - _FIRST
            known &= (row >= 0) & (row <= last) & self._days.official[np.clip(row, 0, last)]
        return known
