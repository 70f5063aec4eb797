"""How matters stand: the newest summary of each feed and street partition, and their sums."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Final

from models.messages.matters import MatterSummary, WatchedObject

MOST_WATCHED: Final = 20
MOST_GROUPS: Final = 60  # of one dimension in a snapshot
TODAY: Final = "today"  # a code that a partition whose day is over has not counted yet


class MatterSums:
    """Sums of one matter over the street partitions.

    Attributes
    ----------
    now_ms : int
        Event time up to which all partitions that have data have told.
    today, hour : str, float
        Its local date, as YYYY-MM-DD, and the hour of that day.
    watched : list of WatchedObject
        The worst, the largest value first.
    refused : dict of str to int
        Records refused, by reason.
    """

    def __init__(self, parts: list[MatterSummary]) -> None:
        self._counts: dict[tuple[str, str, str], float] = defaultdict(float)
        newest = max(parts, key=lambda part: part.now_ms)
        for part in parts:
            for count in part.counts:
                if part.today == newest.today or count.code != TODAY:
                    self._counts[count.by, count.group, count.code] += count.value
        self.today, self.hour = newest.today, newest.hour
        self.now_ms = max((part.now_ms for part in parts), default=0)
        every = [one for part in parts for one in part.watched]
        every.sort(key=lambda one: (-one.value, one.subject))
        self.watched: list[WatchedObject] = every[:MOST_WATCHED]
        refused: Counter[str] = Counter()
        for part in parts:
            refused.update(part.refused)
        self.refused = dict(refused)

    def value(self, code: str, by: str = "all", group: str = "") -> float:
        """Give a count; 0 where nothing was counted."""
        return float(self._counts.get((by, group, code), 0.0))

    def groups(self, by: str) -> list[str]:
        """Give the members of a dimension in their order; the largest where there are many."""
        sizes: dict[str, float] = defaultdict(float)
        for (dimension, group, _), value in self._counts.items():
            if dimension == by:
                sizes[group] += abs(value)
        return sorted(sorted(sizes, key=lambda group: (-sizes[group], group))[:MOST_GROUPS])

    def dimensions(self) -> list[str]:
        """Give the dimensions, the whole first."""
        found = {by for by, _, _ in self._counts}
        return ["all", *sorted(found - {"all"})]

    def codes(self, by: str, group: str) -> list[str]:
        """Give what was counted of a group."""
        return sorted(code for at, name, code in self._counts if (at, name) == (by, group))


class MatterView:
    """Newest summary of each (feed, street partition)."""

    def __init__(self) -> None:
        self._newest: dict[tuple[str, int], MatterSummary] = {}

    def apply(self, summary: MatterSummary) -> None:
        """Replace the older summary of the same source."""
        self._newest[summary.feed, summary.partition] = summary

    def sums(self, feed: str) -> MatterSums | None:
        """Add a feed up over its partitions; None where none has had a record."""
        parts = [each for (name, _), each in sorted(self._newest.items()) if name == feed]
        if not any(part.now_ms for part in parts):
            return None
        return MatterSums(parts)
