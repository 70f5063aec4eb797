"""How long cases take to close, from cases that closed and from those that are still open.

References
----------
Kaplan and Meier, Nonparametric estimation from incomplete observations, JASA 53 (1958).
"""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

Hours = NDArray[np.float64]
POINTS: Final = 200  # a curve keeps at most so many steps


class Curve(msgspec.Struct, frozen=True, kw_only=True):
    """Share of cases still open after so many hours, as a falling step function.

    Attributes
    ----------
    hours, open_share : list of float
        The share from each hour on; 1 before the first.
    cases : int
        Cases that it rests on.
    """

    hours: list[float]
    open_share: list[float]
    cases: int

    def still_open(self, hours: Hours) -> Hours:
        """Share still open after some hours, shape (n,)."""
        at = np.searchsorted(np.array(self.hours), hours, side="right")
        result: Hours = np.concatenate([[1.0], self.open_share])[at]
        return result

    def breach(self, age_h: Hours, limit_h: Hours) -> Hours:
        """Probability that a case open at its age is still open at its limit, shape (n,)."""
        now, then = self.still_open(age_h), self.still_open(np.maximum(age_h, limit_h))
        # Of a case older than all known ones nothing says that it will close at all.
        result: Hours = np.where(now > 0, then / np.where(now > 0, now, 1.0), 1.0)
        return result

    def expected_hours(self, age_h: Hours) -> Hours:
        """Age at which half of the cases open at this age will have closed; NaN where never."""
        target = self.still_open(age_h) / 2
        shares = np.array(self.open_share)
        at = np.searchsorted(-shares, -target, side="left")
        known = at < len(shares)
        hours = np.array([*self.hours, np.nan])[np.where(known, at, len(shares))]
        result: Hours = np.maximum(hours, age_h)
        return result


def kaplan_meier(hours: Hours, has_closed: NDArray[np.bool_]) -> Curve:
    """Estimate a curve.

    Parameters
    ----------
    hours : ndarray, shape (n,), float64
        Time to closing, or for cases that have not closed the time they have been open.
    has_closed : ndarray, shape (n,), bool

    Examples
    --------
    >>> curve = kaplan_meier(np.array([1.0, 2.0, 4.0, 9.0]), np.array([True, True, True, False]))
    >>> curve.still_open(np.array([0.5, 1.0, 3.0, 100.0])).tolist()
    [1.0, 0.75, 0.5, 0.25]
    """
    from scipy.stats import CensoredData, ecdf  # a second; who only reads curves need not wait

    if not has_closed.any():
        return Curve(hours=[], open_share=[], cases=len(hours))
    sample = CensoredData(uncensored=hours[has_closed], right=hours[~has_closed])
    curve = ecdf(sample).sf
    at, shares = curve.quantiles, curve.probabilities
    steps = np.flatnonzero(np.diff(shares, prepend=1.0) < 0)
    if len(steps) > POINTS:
        steps = steps[np.unique(np.linspace(0, len(steps) - 1, POINTS).astype(int))]
    return Curve(
        hours=[float(h) for h in at[steps]],
        open_share=[float(s) for s in shares[steps]],
        cases=len(hours),
    )
