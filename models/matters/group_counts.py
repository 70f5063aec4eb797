"""Counts by group that follow each change: what an object was goes out, what it is goes in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from models.messages.matters import MatterCount

Key = tuple[str, str, str]  # dimension, group, code
OTHERS: Final = "(others)"


class GroupCounts:
    """Additive counts, sparse: a count that falls to nothing is let go.

    Examples
    --------
    >>> counts = GroupCounts()
    >>> counts.add([("street", "110101001", "covered"), ("all", "", "covered")])
    >>> counts.add([("street", "110101001", "covered")], -1)
    >>> counts.rows()
    [MatterCount(by='all', group='', code='covered', value=1.0)]
    """

    def __init__(self) -> None:
        self._counts: dict[Key, float] = {}

    def add(self, keys: Iterable[Key], by: float = 1.0) -> None:
        """Count up, or with a negative number down."""
        counts = self._counts
        for key in keys:
            value = counts.get(key, 0.0) + by
            if value:
                counts[key] = value
            else:
                counts.pop(key, None)

    def value(self, by: str, group: str, code: str) -> float:
        """Give one count; 0 where nothing was counted."""
        return self._counts.get((by, group, code), 0.0)

    def forget(self, by: str, below: str) -> list[Key]:
        """Let the groups of a dimension go that stand before a name, as old days do."""
        gone = [key for key in self._counts if key[0] == by and key[1] < below]
        for key in gone:
            del self._counts[key]
        return gone

    def rows(self) -> list[MatterCount]:
        """Give all counts in a fixed order."""
        return [MatterCount(*key, value) for key, value in sorted(self._counts.items())]

    def dump(self) -> list[tuple[str, str, str, float]]:
        """Give all counts as plain values, for `load`."""
        return [(*key, value) for key, value in sorted(self._counts.items())]

    def load(self, rows: Iterable[tuple[str, str, str, float]]) -> None:
        """Become what `dump` gave."""
        self._counts = {(by, group, code): value for by, group, code, value in rows}


class NameBound:
    """Names that a dimension tells apart, first come, first named; the rest counts together.

    Parameters
    ----------
    most : int
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self.known: dict[str, None] = {}

    def of(self, name: str) -> str:
        """Give the name under which something is counted."""
        if name not in self.known:
            if len(self.known) >= self._most:
                return OTHERS
            self.known[name] = None
        return name
