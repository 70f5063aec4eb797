"""`maintenance.yaml`: announced work, during which what it disturbs is kept back."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from config.events import LocalTime
from config.place import Strict, Text
from config.rule_scope import AreaCode


class MaintenanceWindow(Strict):
    """Announced work: what it names is kept back between two times, but for red."""

    title: Text  # what is done, and by which department
    begins: LocalTime  # local date or time
    ends: LocalTime  # local date or time, exclusive
    feeds: tuple[str, ...] = ()  # feeds that it disturbs; empty: all
    rules: tuple[str, ...] = ()  # rules that it disturbs; empty: all
    areas: tuple[AreaCode, ...] = ()  # streets that it disturbs; empty: all

    @model_validator(mode="after")
    def _bounded(self) -> MaintenanceWindow:
        if self.ends <= self.begins:
            msg = f"expected ends after begins {self.begins}"
            raise ValueError(msg)
        if not (self.feeds or self.rules or self.areas):
            msg = "expected feeds, rules or areas: work disturbs something, not everything"
            raise ValueError(msg)
        return self

    def covers(self, feed: str, rule: str, area: str, local: datetime) -> bool:
        """Tell whether a warning of a rule at a street or the district is disturbed."""
        return (
            self.begins <= local < self.ends
            and (not self.feeds or feed in self.feeds)
            and (not self.rules or rule in self.rules)
            and (not self.areas or any(area.startswith(each) for each in self.areas))
        )


class Maintenance(Strict):
    """`maintenance.yaml`: windows by name. May be missing."""

    windows: dict[str, MaintenanceWindow] = Field(default_factory=dict)  # by a name of its own

    def window_of(self, feed: str, rule: str, area: str, at_ms: int, zone: ZoneInfo) -> str:
        """Name the window that a warning falls into at an event time; empty for none."""
        local = datetime.fromtimestamp(at_ms / 1000, zone).replace(tzinfo=None)
        found = (n for n, each in self.windows.items() if each.covers(feed, rule, area, local))
        return next(found, "")
