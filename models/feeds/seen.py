"""Which CloudEvents were seen before: the question ingest asks, and an answer in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from models.feeds.decode import Decoded


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


def repeated(
    decoded: Decoded[Any],
    good: NDArray[np.bool_],
    offsets: Sequence[int],
    source: str,
    seen: Seen,
) -> NDArray[np.bool_]:
    """Find the rows whose event was accepted before, from another place.

    Parameters
    ----------
    decoded : Decoded
        A batch of n rows.
    good : ndarray, shape (n,), bool
        The rows that passed all checks. Only they claim: an event that was rejected may be mended
        and sent again under its own identity.
    offsets : sequence of int
        Raw offset of each raw message.
    source : str
        Identity of the raw topic and partition.
    seen : Seen

    Returns
    -------
    ndarray, shape (n,), bool
    """
    twice = np.zeros(good.size, np.bool_)
    claims: list[tuple[int, str, str]] = []
    first: dict[str, str] = {}
    for row, event in decoded.events.items():
        if good[row]:
            place = f"{source}:{offsets[decoded.records[row]]}:{event.number}"
            claims.append((row, event.identity, place))
            first.setdefault(event.identity, place)
    if first:
        elsewhere = seen.claim(first)
        for row, identity, place in claims:
            twice[row] = identity in elsewhere or first[identity] != place
    return twice
