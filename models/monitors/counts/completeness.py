"""How many of a day's cases are known at each evaluation, learned from earlier days."""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np

from models.detect.contract import Floats
from models.monitors.case_history import OPEN_DAYS, CaseHistory
from models.timing.evaluation_schedule import EVALUATION_HOURS

LEARNED_DAYS: Final = 91
TRUST: Final = 50.0  # cases that weigh as much as the assumption that all are known in time
_EVALUATIONS: Final = len(EVALUATION_HOURS)
# Hour of a day up to which each evaluation counts: those of the day after count all of it.
_UNTIL: Final = np.array([*EVALUATION_HOURS, *[EVALUATION_HOURS[-1]] * _EVALUATIONS])


class ReportingCompleteness(msgspec.Struct, array_like=True):
    """Cases known at the evaluations of a day and of the day after, for each of the newest days.

    A day whose cases are corrected no more shows how many were missing at each of its evaluations.
    Where every case is known in time nothing is ever missing, and the shares are 1.

    Attributes
    ----------
    seen : dict of int to list of int
        By day: cases known at each evaluation of the day itself, then at each of the day after.
    """

    seen: dict[int, list[int]] = {}

    def apply(self, day: int, hour: int, history: CaseHistory) -> None:
        """Note what an evaluation sees, and forget what is too old to teach."""
        place = EVALUATION_HOURS.index(hour)
        for each, at in ((day, place), (day - 1, _EVALUATIONS + place)):
            known = self.seen.setdefault(each, [])
            known += [-1] * (at + 1 - len(known))
            known[at] = int(history.day(each).before[_UNTIL[at]])
        for each in [each for each in self.seen if each < day - LEARNED_DAYS]:
            del self.seen[each]

    def shares(self, day: int, history: CaseHistory) -> tuple[Floats, Floats]:
        """Share of the cases that is known at each evaluation, and how far it varies.

        Where a day is sometimes known late, few cases are not a drop.

        Returns
        -------
        shares : ndarray, shape (2 × evaluations,), float64
            Over 0 and up to 1, in the order of `seen`.
        variances : ndarray, shape (2 × evaluations,), float64
            From day to day, beyond the scatter of counts; 0 where all days are alike.
        """
        known, whole = self._learned(day, history)
        total = whole.sum(axis=0)
        shares: Floats = np.minimum((TRUST + known.sum(axis=0)) / (TRUST + total), 1.0)
        apart = np.maximum(whole, 1.0) * (known / np.maximum(whole, 1.0) - shares) ** 2
        scatter = shares * (1 - shares)
        excess: Floats = ((apart - scatter) * (whole > 0)).sum(axis=0) / np.maximum(total, 1.0)
        return shares, np.maximum(excess, 0.0)

    def _learned(self, day: int, history: CaseHistory) -> tuple[Floats, Floats]:
        """Cases known at each evaluation of earlier days, and how many there were in the end.

        Returns
        -------
        known, whole : ndarray, shape (days, 2 × evaluations)
            0 where it was not evaluated.
        """
        # The newest days teach nothing: more of their cases may still arrive.
        taught = {each: seen for each, seen in self.seen.items() if each < day - OPEN_DAYS}
        if not taught:
            return np.zeros((0, 2 * _EVALUATIONS)), np.zeros((0, 2 * _EVALUATIONS))
        noted = np.array([seen + [-1] * (2 * _EVALUATIONS - len(seen)) for seen in taught.values()])
        whole = np.array([history.day(each).before[_UNTIL] for each in taught])
        return np.maximum(noted, 0.0), np.where(noted >= 0, whole, 0.0)
