"""One object with a level: its changes of late, its inspection, and what its hours are like."""

from __future__ import annotations

from typing import Final

import msgspec

from models.timing.units import HOUR_MS

MOST_CHANGES: Final = 300  # of late that are told apart; beyond it the oldest count as long past
HOURS: Final = 48  # of a weekday, then of a day of the weekend
_LEARNING: Final = 0.2  # weight of the newest day in what an hour is like
_MEMORY: Final = 0.7  # share of a departure that is left an hour later

Change = tuple[int, float]  # event time, by how much


class StockObjectState(msgspec.Struct, array_like=True, gc=False):
    """One object.

    Attributes
    ----------
    cell : str
    capacity : float
        0 where it has none.
    base : float
        Level at `base_order`; the changes after it come on top.
    base_order : tuple of int
        Of the newest record that told the level.
    changes : list of (int, float)
        Of late, by event time.
    inspected_ms : int
        When somebody looked last; when it was listed, before the first time.
    hours : list of float
        Level that is usual in each hour, below 0 where none was seen; empty without forecasts.
    """

    cell: str
    capacity: float = 0.0
    base: float = 0.0
    base_order: tuple[int, int, int] = (0, 0, 0)
    changes: list[Change] = []
    inspected_ms: int = 0
    hours: list[float] = []

    @property
    def level(self) -> float:
        """How much there is."""
        return self.base + sum(by for at_ms, by in self.changes if at_ms > self.base_order[0])

    @property
    def saturation(self) -> float | None:
        """Level in percent of the capacity; None without one."""
        return 100 * self.level / self.capacity if self.capacity else None

    def change(self, at_ms: int, by: float) -> None:
        """Note a change; the oldest of very many become part of the base."""
        self.changes = sorted([*self.changes, (at_ms, by)])
        while len(self.changes) > MOST_CHANGES:
            first_ms, first = self.changes.pop(0)
            if first_ms > self.base_order[0]:
                self.base += first

    def set_level(self, order: tuple[int, int, int], level: float) -> None:
        """Note a level that was told; the difference to before counts as a change of that time."""
        before, is_first = self.level, self.base_order == (0, 0, 0)
        later = sum(by for at_ms, by in self.changes if at_ms > order[0])
        self.base, self.base_order = level, order
        if not is_first and level != before - later:
            self.changes = sorted([*self.changes, (order[0], level - (before - later))])
            self.changes = self.changes[-MOST_CHANGES:]

    def net(self, now_ms: int, window_h: int) -> float:
        """Give the net change within a window."""
        since_ms = now_ms - window_h * HOUR_MS
        return sum(by for at_ms, by in self.changes if since_ms < at_ms <= now_ms)

    def forget(self, before_ms: int) -> None:
        """Let changes go that no window reaches any more."""
        while self.changes and self.changes[0][0] <= before_ms:
            at_ms, by = self.changes.pop(0)
            if at_ms > self.base_order[0]:
                self.base += by

    def learn(self, hour: int) -> None:
        """Learn what an hour is like; 24 to 47 are those of the weekend."""
        if not self.hours:
            self.hours = [-1.0] * HOURS
        known = self.hours[hour]
        self.hours[hour] = self.level if known < 0 else known + _LEARNING * (self.level - known)

    def forecast(self, hour: int, later: int, then: int) -> float | None:
        """Give the level some hours later; None where such an hour was never seen.

        Parameters
        ----------
        hour, then : int
            The hour now, and that of the forecast.
        later : int
            How many hours lie between.
        """
        if not self.hours or self.hours[hour] < 0 or self.hours[then] < 0:
            return None
        found = self.hours[then] + (self.level - self.hours[hour]) * _MEMORY**later
        return min(max(found, 0.0), self.capacity or found)
