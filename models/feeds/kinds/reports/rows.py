"""The checks of a feed of reports.

A row: `{"unit": code, "day": "2009-03-01", "figures": {code: number, …}, "ts": …}`; the place is
that of the unit. In a `MatterRecord`: `subject` is the day, `who` the unit, `state` the figures as
`code=value` with semicolons.
"""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from typing import Any, Final

from models.feeds.decode import Label
from models.feeds.kinds.reports.config import ReportsFeed
from models.matters.rows import MatterRows, Place, WireMatter, not_among
from models.messages.dead_letters import Reason

MARGIN: Final = timedelta(days=1)  # a day is local, and `ts` may be of any zone


class WireReport(WireMatter, gc=False, kw_only=True):
    """A report as sent."""

    unit: Label
    day: date
    figures: dict[str, float]


class ReportRows(MatterRows[WireReport, ReportsFeed]):
    """What ingest does with a feed of the kind `reports`."""

    def judge(self, row: WireReport) -> tuple[Reason, str] | None:
        """Say why a report cannot be: its unit, its day, its figures."""
        feed = self.feed
        if row.unit not in feed.units:
            return Reason.UNKNOWN_UNIT, not_among("unit", row.unit, feed.units)
        if wrong := _wrong_day(row, feed):
            return Reason.WRONG_DAY, wrong
        missing = [code for code in feed.figures if code not in row.figures]
        more = [code for code in row.figures if code not in feed.figures]
        if missing or more:
            text = f"figures are {', '.join(row.figures)[:80] or 'none'}"
            return Reason.WRONG_SHAPE, f"{text}, expected {', '.join(feed.figures)}"
        for code, value in row.figures.items():
            owed = feed.figures[code]
            if not (math.isfinite(value) and owed.low <= value <= owed.high):
                text = f"{code} is {value}, expected {owed.low:g} to {owed.high:g}"
                return Reason.OUT_OF_RANGE, text
        return None

    def packed(self, row: WireReport) -> dict[str, Any]:
        """Give the fields of the record."""
        figures = ";".join(f"{code}={row.figures[code]:.10g}" for code in self.feed.figures)
        return {"subject": row.day.isoformat(), "who": row.unit, "state": figures}

    def place_of(self, row: WireReport) -> Place | None:
        """Give the place of the unit."""
        return self.feed.units.get(row.unit)


def figures_of(state: str) -> dict[str, float]:
    """Read the figures of a record.

    Examples
    --------
    >>> figures_of("filed=12;closed=11.5")
    {'filed': 12.0, 'closed': 11.5}
    """
    pairs = (part.split("=") for part in state.split(";"))
    return {code: float(value) for code, value in pairs}


def _wrong_day(row: WireReport, feed: ReportsFeed) -> str:
    """Say what is wrong with the day of a report; empty where nothing is."""
    if row.day < feed.starts:
        return f"day is {row.day}, but reports are owed from {feed.starts} on"
    if isinstance(row.ts, datetime):
        sent = row.ts.date()
    else:
        seconds = row.ts if abs(row.ts) < 1e11 else row.ts / 1000
        if not 0 <= seconds < 4e9:
            return ""  # the clock says so
        sent = date(1970, 1, 1) + timedelta(days=int(seconds // 86400))
    if row.day > sent + MARGIN:
        return f"day is {row.day}, after the report was sent"
    if row.day < sent - timedelta(days=feed.oldest_days) - MARGIN:
        return f"day is {row.day}, more than {feed.oldest_days} days before it was sent"
    return ""
