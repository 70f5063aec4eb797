"""Which CloudEvents were seen before: the question ingest asks, and an answer in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.feeds.decode import Decoded

_APART: Final = "#"  # between a place and the digest of what stands there
_ENCODE = msgspec.json.Encoder().encode


class Seen(Protocol):
    """Remembers where each event was first accepted."""

    def claim(self, places: Mapping[str, str]) -> Mapping[str, str]:
        """Remember events that are new, and tell which are duplicates.

        Parameters
        ----------
        places : mapping of str to str
            Event identity → where it stands now (topic identity, partition, offset) and, after a
            `#`, a digest of its content.

        Returns
        -------
        mapping of str to str
            For the events that were first claimed at another place: that place with its digest. One
            that was claimed at the same place is not a duplicate: it is read again after a crash.
        """
        ...


def same_place(one: str, other: str) -> bool:
    """Tell whether two claims name one place, whatever their content.

    Examples
    --------
    >>> same_place("7:0:12:0#ab", "7:0:12:0#cd"), same_place("7:0:12:0#ab", "7:0:13:0#ab")
    (True, False)
    """
    return one.partition(_APART)[0] == other.partition(_APART)[0]


def _same_content(one: str, other: str) -> bool:
    """Tell whether two claims are of one content; one that does not say is taken for the same."""
    first, second = one.partition(_APART)[2], other.partition(_APART)[2]
    return not first or not second or first == second


class MemorySeen:
    """Remembers in this process, without end: for backtests and tests."""

    def __init__(self) -> None:
        self._places: dict[str, str] = {}

    def claim(self, places: Mapping[str, str]) -> Mapping[str, str]:
        """See `Seen.claim`."""
        found: dict[str, str] = {}
        for event, place in places.items():
            first = self._places.setdefault(event, place)
            if not same_place(first, place):
                found[event] = first
        return found


@dataclass(slots=True)
class Repeats:
    """The events of a batch that came before.

    Attributes
    ----------
    twice : ndarray, shape (n,), bool
        Rows of an event that was accepted before, from another place.
    taken : dict of int to str
        Of these, the rows whose event had other content then, and where that stands.
    sources : dict of int to str
        Of the others, the source of each.
    claimed, unclaimed : int
        Events that were looked up, and those that were too many to be.
    """

    twice: NDArray[np.bool_]
    taken: dict[int, str] = field(default_factory=dict)
    sources: dict[int, str] = field(default_factory=dict)
    claimed: int = 0
    unclaimed: int = 0


class _Claim(NamedTuple):
    row: int
    identity: str
    place: str
    source: str


def repeated(
    decoded: Decoded[Any],
    good: NDArray[np.bool_],
    offsets: Sequence[int],
    source: str,
    seen: Seen,
    most: int,
) -> Repeats:
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
    most : int
        Events that may be remembered.
    """
    repeats = Repeats(np.zeros(good.size, np.bool_))
    if not decoded.events:
        return repeats
    claims = _claims(decoded, good, offsets, source)
    first: dict[str, str] = {}
    for claim in claims:
        if claim.identity in first or len(first) < most:
            first.setdefault(claim.identity, claim.place)
    repeats.claimed = len(first)
    elsewhere = seen.claim(first) if first else {}
    for claim in claims:
        _judge(claim, elsewhere.get(claim.identity, first.get(claim.identity)), repeats)
    return repeats


def _claims(
    decoded: Decoded[Any], good: NDArray[np.bool_], offsets: Sequence[int], source: str
) -> list[_Claim]:
    """Where each row of an event stands, with a digest of all good rows of its event."""
    places = {
        row: f"{source}:{offsets[decoded.records[row]]}:{event.number}"
        for row, event in decoded.events.items()
        if good[row]
    }
    contents: dict[str, Any] = {}
    for row, place in places.items():
        if place not in contents:
            contents[place] = hashlib.blake2b(digest_size=8)
        contents[place].update(_ENCODE(decoded.rows[row]))
    return [
        _Claim(
            row,
            decoded.events[row].identity,
            f"{place}{_APART}{contents[place].hexdigest()}",
            decoded.events[row].source,
        )
        for row, place in places.items()
    ]


def _judge(claim: _Claim, first: str | None, repeats: Repeats) -> None:
    """Take note of a row whose event was claimed first at a place."""
    if first is None:
        repeats.unclaimed += 1
    elif not same_place(first, claim.place):
        repeats.twice[claim.row] = True
        if _same_content(first, claim.place):
            repeats.sources[claim.row] = claim.source
        else:
            repeats.taken[claim.row] = first.partition(_APART)[0]
