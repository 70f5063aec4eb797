"""What a feed of the kind `campaign` is configured by."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import Field

from config.catalog import Feed
from config.place import Strict, Text

Round = Literal["once", "month", "quarter", "year"]
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
Share = Annotated[float, Field(gt=0, lt=1)]


class CampaignState(Strict):
    """A state of an object, and which may follow it."""

    title: Text  # name on the wall
    severity: Annotated[int, Field(ge=0, le=9)] = 0  # how bad it is: a rise is told
    to: tuple[str, ...] | None = None  # states that may follow; nothing: any
    is_goal: bool = False  # what the campaign wants to reach, such as registered


class Recheck(Strict):
    """How sure the recheck of what was covered has to be."""

    error_limit: Share = 0.05  # share of wrong objects that must not stay unseen
    confidence: Share = 0.95  # with which a sample shows it


class CampaignFeed(Feed):
    """A campaign: how many objects are covered by when, and in which states they may be."""

    kind: Literal["campaign"]  # objects to be covered by a date
    starts: date  # first day
    due: date  # last day; of a campaign in rounds that of the last round
    every: Round = "once"  # all objects are covered anew in each round
    objects: Annotated[int, Field(ge=1, le=1_000_000)]  # how many have to be covered
    states: Annotated[dict[str, CampaignState], Field(min_length=1)]  # by code
    # share of the objects that should be covered by the end of a day; nothing: evenly
    plan: dict[date, Annotated[float, Field(gt=0, le=1)]] = Field(default_factory=dict)
    teams: dict[str, Text] = Field(default_factory=dict)  # who may visit; nothing: any name
    recheck: Recheck = Recheck()  # the sampling plan
    unplanned: bool = False  # objects that nobody planned may be found, and count

    def round_at(self, day: date) -> tuple[date, date]:
        """Give the first and the last day of the round that a day lies in."""
        if self.every == "once":
            return self.starts, self.due
        months = _MONTHS[self.every]
        month = (day.month - 1) // months * months + 1
        first = date(day.year, month, 1)
        year, after = (day.year + 1, 1) if month + months > 12 else (day.year, month + months)
        return max(first, self.starts), min(date(year, after, 1) - timedelta(days=1), self.due)

    def planned_share(self, day: date) -> float:
        """Give the share of the objects that should be covered by the end of a day of a round."""
        first, last = self.round_at(day)
        if day < first:
            return 0.0
        if not self.plan:
            return min(((day - first).days + 1) / ((last - first).days + 1), 1.0)
        stops = [(first - timedelta(days=1), 0.0), *sorted(self.plan.items())]
        before = max((stop for stop in stops if stop[0] <= day), default=stops[0])
        after = min((stop for stop in stops if stop[0] > day), default=before)
        gap = (after[0] - before[0]).days
        return before[1] + (after[1] - before[1]) * ((day - before[0]).days / gap if gap else 0)
