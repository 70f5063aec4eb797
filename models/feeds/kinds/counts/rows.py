"""The checks of a feed of counts.

A row: `{"unit": code, "class": code, "n": whole number, "ts": …}`, for one place and time; with
`"step": "finished"` and `"hours"` (the mean of the n) it tells of requests that came to their end.
In a `MatterRecord`: `who` is the unit, `state` the class, `what` the step, `amount` the number,
`measure` the hours.
"""

from __future__ import annotations

import math
from typing import Any, Final, Literal

from models.feeds.decode import Label
from models.feeds.kinds.counts.config import CountsFeed
from models.feeds.place import Gazetteer
from models.feeds.private import PrivateDecoder
from models.matters.rows import MatterRows, Place, WireMatter
from models.messages.dead_letters import Reason

Step = Literal["opened", "finished"]
OPENED: Final = "opened"
FINISHED: Final = "finished"
_LONGEST_H: Final = 10 * 366 * 24.0


class WireCount(WireMatter, gc=False, rename={"category": "class"}):
    """A count as sent."""

    unit: Label = ""
    category: Label = ""
    n: int = 1
    step: Step = "opened"
    hours: float | None = None


class CountRows(MatterRows[WireCount, CountsFeed]):
    """What ingest does with a feed of the kind `counts`.

    Parameters
    ----------
    feed : CountsFeed
    gazetteer : Gazetteer
    """

    def __init__(self, feed: CountsFeed, gazetteer: Gazetteer) -> None:
        super().__init__(feed, gazetteer, WireCount)
        self.decoder = PrivateDecoder(WireCount, {*feed.units, *feed.categories})

    def judge(self, row: WireCount) -> tuple[Reason, str] | None:
        """Say why a count cannot be; the text never repeats what was sent as a code."""
        feed = self.feed
        if row.unit not in feed.units:
            return Reason.UNKNOWN_UNIT, f"unit is not among the {len(feed.units)} of the feed"
        if row.category not in feed.categories:
            known = ", ".join(feed.categories)
            return Reason.UNKNOWN_CATEGORY, f"class is none of the feed's: {known}"
        if not 1 <= row.n <= feed.most:
            return Reason.OUT_OF_RANGE, f"n is {row.n}, expected 1 to {feed.most}"
        return self._judge_end(row)

    def _judge_end(self, row: WireCount) -> tuple[Reason, str] | None:
        hours = row.hours
        if row.step == FINISHED and not self.feed.ends:
            return Reason.STEP_NOT_ALLOWED, "step is finished, but what the feed counts has no end"
        if row.step == FINISHED and hours is None:
            return Reason.OUT_OF_RANGE, "hours is missing: how long the finished ones took"
        if hours is not None and not (math.isfinite(hours) and 0 <= hours <= _LONGEST_H):
            return Reason.OUT_OF_RANGE, f"hours is {hours}, expected 0 to {_LONGEST_H:.0f}"
        return None

    def packed(self, row: WireCount) -> dict[str, Any]:
        """Give the fields of the record."""
        return {
            "who": row.unit,
            "state": row.category,
            "what": row.step,
            "amount": float(row.n),
            "measure": row.hours or 0.0,
        }

    def place_of(self, row: WireCount) -> Place | None:
        """Give the place of the unit."""
        return self.feed.units.get(row.unit)
