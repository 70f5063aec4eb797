"""Judges the cases of a day, or of a day so far: how many of a group in an area are too many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.detect.base import Floats
from models.detect.calibration import adjusted, hierarchical
from models.detect.tail import cauchy_combination, quantile, upper_tail
from models.outbreak.baseline import Expected
from models.outbreak.days import spent
from models.outbreak.table import Series

USUAL: Final = 0.99  # share of days on which a count up to `high` is seen
REGION_P: Final = 0.01  # the others rose as well where they alone are this rare
DISTRICT_DIGITS: Final = 6
STREET_DIGITS: Final = 9


@dataclass(frozen=True, kw_only=True)
class Counted:
    """What was counted of all series of a baseline; arrays of shape (series,).

    Attributes
    ----------
    now : ndarray
        Cases of the day so far.
    before : ndarray
        Cases of the day before.
    share : float
        Share of a usual day's cases that is known by now; 1 for all of a whole day.
    share_before : float
        The same of the day before.
    is_closing : bool
        Whether the day is over.
    """

    now: Floats
    before: Floats
    share: float
    share_before: float = 1.0
    is_closing: bool


@dataclass(frozen=True, kw_only=True)
class Excess:
    """Verdict; arrays of shape (series,).

    Attributes
    ----------
    expected, high : ndarray
        Cases expected by now, and the most that is usual.
    once_in_days : ndarray
        By chance the district sees as much, in any series, once in so many days.
    found : ndarray of bool
        Passed the test of its street and of its own, at the rate asked for.
    regional : ndarray of bool
        The rest of the district rose as well, and explains it.
    """

    expected: Floats
    high: Floats
    once_in_days: Floats
    found: NDArray[np.bool_]
    regional: NDArray[np.bool_]


def judge(
    series: list[Series],
    counted: Counted,
    today: Expected,
    yesterday: Expected,
    *,
    minimum: float,
    rate: float,
) -> Excess:
    """Judge all series at once.

    An outbreak seldom ends within a day, so a day is judged alone and together with the one before.
    Areas are tested from the street down: first whether anything in it is unusual, then what.

    Parameters
    ----------
    series : list of (area, group)
    counted : Counted
    today, yesterday : Expected
        Of the whole days.
    minimum : float
        Fewer cases are no finding.
    rate : float
        False discovery rate of one day; also of the whole district when nothing happens.
    """
    expected = today.mean * counted.share
    phi = 1 + counted.share * (today.phi - 1)
    single = upper_tail(counted.now, expected, phi)
    both = expected + counted.share_before * yesterday.mean
    double = upper_tail(counted.now + counted.before, both, phi)
    p_value = spent(cauchy_combination([single, double]), is_closing=counted.is_closing)
    is_excess = (counted.now > expected) & (counted.now >= minimum)
    p_value = np.where(is_excess, p_value, 1.0)
    codes = ["/".join(each) for each in series]
    by_code = dict(zip(codes, p_value.tolist(), strict=True))
    chosen = hierarchical(by_code, (STREET_DIGITS,), rate) if codes else set()
    found = np.array([code in chosen for code in codes], dtype=np.bool_)
    regional = _regional(series, counted.now, expected, phi)
    least = np.maximum(adjusted(p_value), 1e-9)
    return Excess(
        expected=expected,
        high=quantile(USUAL, expected, phi),
        once_in_days=1 / least,
        found=found & ~_explained(series, counted.now, expected, phi, found & ~regional),
        regional=regional,
    )


def _explained(
    series: list[Series],
    now: Floats,
    expected: Floats,
    phi: Floats,
    local: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Tell which districts are as usual once the streets that were found alone are taken out."""
    explained = np.zeros(len(series), dtype=np.bool_)
    for row, (area, group) in enumerate(series):
        if len(area) != DISTRICT_DIGITS:
            continue
        streets = [
            at
            for at in np.flatnonzero(local)
            if len(series[at][0]) == STREET_DIGITS and series[at][1] == group
        ]
        rest = max(now[row] - now[streets].sum(), 0.0)
        usual = max(expected[row] - expected[streets].sum(), 1e-3)
        p_value = upper_tail(np.array(rest), np.array(usual), np.array(phi[row]))
        explained[row] = bool(streets) and float(p_value) > REGION_P
    return explained


def _regional(
    series: list[Series], now: Floats, expected: Floats, phi: Floats
) -> NDArray[np.bool_]:
    """Tell which series rose with the rest of the district; a district itself always does."""
    place = {each: row for row, each in enumerate(series)}
    in_district = (place.get((area[:DISTRICT_DIGITS], group), -1) for area, group in series)
    whole = np.fromiter(in_district, dtype=np.int64)
    regional = np.array([len(area) == DISTRICT_DIGITS for area, _ in series], dtype=np.bool_)
    rows = np.flatnonzero((whole >= 0) & ~regional)
    others, usual = (
        now[whole[rows]] - now[rows],
        np.maximum(expected[whole[rows]] - expected[rows], 1e-3),
    )
    rose = upper_tail(np.maximum(others, 0), usual, phi[whole[rows]]) <= REGION_P
    lifted = expected[rows] * np.maximum(others / usual, 1)
    regional[rows] = rose & (upper_tail(now[rows], lifted, phi[rows]) > REGION_P)
    return regional
