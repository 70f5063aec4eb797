"""Which rows were applied before: the rule that makes replays harmless.

The messages of one raw partition reach a street in the order of their raw offsets, and all that one
raw message gave to a street stands in one message. So the highest offset applied per (street, feed,
raw topic, raw partition) tells every row of a replay from a new one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.messages.origin import Origin


class AppliedOffsets:
    """Highest raw offset applied of each (street, feed), raw partition by raw partition.

    Another `topic_id` is a raw topic made anew, whose offsets begin again: what was known of the
    old one is dropped.

    Examples
    --------
    >>> applied = AppliedOffsets()
    >>> where = {"street": "110101001", "feed": "dust", "origin": Origin(7, 0, 1, 0, 0)}
    >>> applied.take(**where, offsets=np.array([4, 4, 6])).tolist()
    [True, True, True]
    >>> applied.take(**where, offsets=np.array([6, 9])).tolist()
    [False, True]
    """

    def __init__(self) -> None:
        self._origins: dict[tuple[str, str], int] = {}
        self._highest: dict[tuple[str, str], dict[int, int]] = {}

    def take(
        self,
        *,
        street: str,
        feed: str,
        origin: Origin,
        offsets: NDArray[np.int64],
    ) -> NDArray[np.bool_]:
        """Mark the rows that are new, and remember them as applied.

        Parameters
        ----------
        offsets : ndarray, shape (n,), int64
            Raw offset of each row of one message.

        Returns
        -------
        ndarray, shape (n,), bool
            True where the row was not applied before.
        """
        of = np.zeros(offsets.size, np.intp)
        return self.take_all(streets=(street,), of=of, feed=feed, origin=origin, offsets=offsets)

    def take_all(
        self,
        *,
        streets: Sequence[str],
        of: NDArray[np.intp],
        feed: str,
        origin: Origin,
        offsets: NDArray[np.int64],
    ) -> NDArray[np.bool_]:
        """Do the same for a message of several streets; `of` gives the street of each row."""
        known = [self._of(street, feed, origin.topic_id) for street in streets]
        highest = np.array([one.get(origin.partition, -1) for one in known], np.int64)
        is_new: NDArray[np.bool_] = offsets > highest[of]
        np.maximum.at(highest, of, offsets)
        for one, offset in zip(known, highest.tolist(), strict=True):
            if offset >= 0:
                one[origin.partition] = offset
        return is_new

    def _of(self, street: str, feed: str, topic_id: int) -> dict[int, int]:
        """Highest offsets of a street; empty ones where its raw topic is another than before."""
        place = (street, feed)
        if self._origins.get(place) != topic_id:
            self._origins[place], self._highest[place] = topic_id, {}
        return self._highest[place]

    def dump(self) -> list[Any]:
        """Everything as plain values, in a fixed order, for `restore`."""
        return [
            [street, feed, self._origins[street, feed], sorted(partitions.items())]
            for (street, feed), partitions in sorted(self._highest.items())
        ]

    def restore(self, dumped: list[Any]) -> None:
        """Become what `dump` described."""
        self._origins = {(street, feed): origin for street, feed, origin, _ in dumped}
        self._highest = {
            (street, feed): {int(raw): int(offset) for raw, offset in partitions}
            for street, feed, _, partitions in dumped
        }
