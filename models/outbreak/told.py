"""How many of a day's cases are known at each look, learned from what became of earlier days."""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np

from models.detect.base import Floats
from models.outbreak.days import LOOK_HOURS
from models.outbreak.ledger import OPEN_DAYS, Ledger

LEARNED_DAYS: Final = 91
TRUST: Final = 50.0  # cases that weigh as much as the assumption that all are told in time
_LOOKS: Final = len(LOOK_HOURS)


class Told(msgspec.Struct, array_like=True):
    """Cases known at the looks of a day and of the day after, for each of the newest days.

    A day whose cases are corrected no more shows how many were missing at each of its looks. Where
    every case is told in time nothing is ever missing, and the shares are 1.

    Attributes
    ----------
    seen : dict of int to list of int
        By day: cases known at each look of the day itself, then at each of the day after.
    """

    seen: dict[int, list[int]] = {}

    def take(self, day: int, hour: int, ledger: Ledger) -> None:
        """Note what a look sees, and forget what is too old to teach."""
        place = LOOK_HOURS.index(hour)
        for each, at in ((day, place), (day - 1, _LOOKS + place)):
            known = self.seen.setdefault(each, [])
            known += [-1] * (at + 1 - len(known))
            known[at] = _cases(ledger, each, LOOK_HOURS[at] if at < _LOOKS else LOOK_HOURS[-1])
        for each in [each for each in self.seen if each < day - LEARNED_DAYS]:
            del self.seen[each]

    def shares(self, day: int, ledger: Ledger) -> Floats:
        """Share of the cases that is known at each look.

        Returns
        -------
        ndarray, shape (2 × looks,), float64
            Over 0 and up to 1, in the order of `seen`.
        """
        known, whole = np.full(2 * _LOOKS, TRUST), np.full(2 * _LOOKS, TRUST)
        for each, seen in self.seen.items():
            if each >= day - OPEN_DAYS:
                continue  # more of its cases may still be told
            for at, count in enumerate(seen):
                if count >= 0:
                    hour = LOOK_HOURS[at] if at < _LOOKS else LOOK_HOURS[-1]
                    known[at] += count
                    whole[at] += _cases(ledger, each, hour)
        shares: Floats = np.minimum(known / np.maximum(whole, 1.0), 1.0)
        return shares


def _cases(ledger: Ledger, day: int, hour: int) -> int:
    """Cases of a day that happened before an hour of it, as far as they are known."""
    return int(ledger.day(day).until(hour).count.sum())
