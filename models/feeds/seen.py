"""Which CloudEvents were seen before: the question ingest asks, and an answer in memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class Seen(Protocol):
    """Remembers where each event was first accepted."""

    def claim(self, places: Mapping[str, str]) -> set[str]:
        """Remember events that are new, and tell which are duplicates.

        Parameters
        ----------
        places : mapping of str to str
            Event identity → where it stands now (topic identity, partition, offset).

        Returns
        -------
        set of str
            The events that were first claimed at another place. One that was claimed at the same
            place is no duplicate: it is read again after a crash.
        """
        ...


class MemorySeen:
    """Remembers in this process, without end: for backtests and tests."""

    def __init__(self) -> None:
        self._places: dict[str, str] = {}

    def claim(self, places: Mapping[str, str]) -> set[str]:
        """See `Seen.claim`."""
        return {
            event
            for event, place in places.items()
            if self._places.setdefault(event, place) != place
        }
