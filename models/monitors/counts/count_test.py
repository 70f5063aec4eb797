"""Judges the cases of a day, or of a day so far: how many of a group in an area are unusual."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.detect.contract import Floats
from models.detect.stats.calibration import adjusted, hierarchical
from models.detect.stats.tail import cauchy_combination, lower_tail, quantile, upper_tail
from models.grid.codes import DISTRICT_DIGITS, STREET_DIGITS
from models.monitors.counts.baseline import Expected
from models.monitors.counts.table import Series
from models.timing.evaluation_schedule import spent

USUAL: Final = 0.99  # share of days on which a count up to `high`, or from `low` on, is seen
REGION_P: Final = 0.01  # the others departed as well where they alone are this rare
_LEAST_MEAN: Final = 1e-3  # the distribution of a count has a mean over 0

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Side:
    """The side of the expected on which counts are judged.

    Attributes
    ----------
    tail : callable
        Counts, mean, phi → probability of a count at least as far out.
    """

    tail: Callable[[Floats, Floats, Floats], Floats]


RISE: Final = Side(upper_tail)
DROP: Final = Side(lower_tail)  # of whole days only: what is missing of a day so far may come


@dataclass(frozen=True, kw_only=True)
class ObservedCounts:
    """What was counted of all series of a baseline; arrays of shape (series,).

    Attributes
    ----------
    now : ndarray
        Cases of the day so far.
    before : ndarray
        Cases of the day before.
    share : float
        Share of a usual day's cases that is known by now; 1 for all of a whole day.
    share_variance : float
        How far that share varies from day to day, as its variance.
    share_before : float
        The share of the day before.
    is_closing : bool
        Whether the day is over.
    empty_areas : frozenset of str
        Codes of the district and its streets without any case on the day, where a rule of silence
        reports them.
    """

    now: Floats
    before: Floats
    share: float
    share_variance: float = 0.0
    share_before: float = 1.0
    is_closing: bool
    empty_areas: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Departure:
    """Verdict; arrays of shape (series,).

    Attributes
    ----------
    expected, low, high : ndarray
        Cases expected by now, and the least and the most that are usual.
    once_in_days : ndarray
        By chance the district sees as much, in any series, once in so many days, but no more than
        the history supports; 1 where nothing can be said.
    is_least : ndarray of bool
        It is the most that the history supports, and by the law of the tail it is rarer.
    is_judged : ndarray of bool
        Something can be said. A drop cannot where no case at all would be usual, nor in a street
        that is empty.
    found : ndarray of bool
        Passed the test of its street and of its own, at the rate asked for.
    regional : ndarray of bool
        The rest of the district departed as well, and explains it.
    """

    expected: Floats
    low: Floats
    high: Floats
    once_in_days: Floats
    is_least: Flags
    is_judged: Flags
    found: Flags
    regional: Flags


@dataclass(frozen=True)
class _Counts:
    """Counts beside what was expected, and the side on which they are judged."""

    series: list[Series]
    side: Side
    now: Floats
    expected: Floats
    phi: Floats


def judge(
    series: list[Series],
    counted: ObservedCounts,
    today: Expected,
    yesterday: Expected,
    *,
    side: Side = RISE,
    minimum: float,
    rate: float,
    most_days: Floats,
) -> Departure:
    """Judge all series at once.

    An outbreak seldom ends within a day, so a day is judged alone and together with the one before.
    Areas are tested from the street down: first whether anything in it is unusual, then what.

    Parameters
    ----------
    series : list of (area, group)
    counted : ObservedCounts
    today, yesterday : Expected
        Of the whole days.
    side : Side
    minimum : float
        Fewer cases, or fewer missing ones, are not a finding.
    rate : float
        False discovery rate of one day; also of the whole district when nothing happens.
    most_days : ndarray, shape (series,), float64
        The longest recurrence that the history behind each expectation supports.

    References
    ----------
    Tarone 1990, Biometrics 46:515: what could not come out significant does not count as a test.
    """
    expected = today.mean * counted.share
    known = _Counts(series, side, counted.now, expected, _dispersion(counted, today))
    low = quantile(1 - USUAL, expected, known.phi)
    can_tell = np.ones(len(series), dtype=np.bool_) if side is RISE else low >= 1
    is_empty = _is_empty(series, counted.empty_areas)
    is_judged = can_tell & ~is_empty
    p_value = _p_value(known, counted, yesterday)
    is_beyond = (
        (counted.now > expected) & (counted.now >= minimum)
        if side is RISE
        else (counted.now < low) & (expected - counted.now >= minimum)
    )
    p_value = np.where(is_judged, np.where(is_beyond, p_value, 1.0), np.nan)
    found, regional = _found(series, p_value, rate), _regional(known)
    least = np.maximum(np.nan_to_num(adjusted(p_value), nan=1.0), 1e-9)
    return Departure(
        expected=expected,
        low=low,
        high=quantile(USUAL, expected, known.phi),
        once_in_days=np.minimum(1 / least, np.maximum(most_days, 1.0)),
        is_least=1 / least > most_days,
        is_judged=is_judged,
        found=found
        & ~_explained(known, (found & ~regional) | (can_tell & is_empty), counted.empty_areas),
        regional=regional,
    )


def _dispersion(counted: ObservedCounts, today: Expected) -> Floats:
    """Of a share of the cases, which itself varies: both widen what is usual."""
    thinned = 1 + counted.share * (today.phi - 1)
    varied: Floats = counted.share_variance * today.mean / counted.share
    return thinned + varied


def _p_value(known: _Counts, counted: ObservedCounts, yesterday: Expected) -> Floats:
    """Of the day alone and together with the one before, corrected for the evaluations of a day."""
    single = known.side.tail(known.now, known.expected, known.phi)
    both = known.expected + counted.share_before * yesterday.mean
    double = known.side.tail(known.now + counted.before, both, known.phi)
    combined = cauchy_combination([single, double])
    return spent(combined, is_closing=counted.is_closing) if known.side is RISE else combined


def _found(series: list[Series], p_value: Floats, rate: float) -> Flags:
    """Tell which series to report."""
    codes = ["/".join(each) for each in series]
    tested = {codes[row]: float(p_value[row]) for row in np.flatnonzero(~np.isnan(p_value))}
    chosen = hierarchical(tested, (STREET_DIGITS,), rate) if tested else set()
    return np.array([code in chosen for code in codes], dtype=np.bool_)


def _is_empty(series: list[Series], empty_areas: frozenset[str]) -> Flags:
    """Tell which series lie in a street without a case; the district is judged, empty or not."""
    return np.array(
        [area[:STREET_DIGITS] in empty_areas for area, _ in series], dtype=np.bool_
    ) & ~(_is_district(series))


def _is_district(series: list[Series]) -> Flags:
    return np.array([len(area) == DISTRICT_DIGITS for area, _ in series], dtype=np.bool_)


def _explained(known: _Counts, alone: Flags, empty_areas: frozenset[str]) -> Flags:
    """Tell which districts are as usual once the streets that stand out alone are taken out.

    Those are the streets that were found and the empty ones of which a case was to be expected;
    where all are empty, the district itself is.
    """
    explained = np.zeros(len(known.series), dtype=np.bool_)
    for row, (area, group) in enumerate(known.series):
        if len(area) != DISTRICT_DIGITS or area in empty_areas:
            continue
        streets = [
            at
            for at in np.flatnonzero(alone)
            if len(known.series[at][0]) == STREET_DIGITS and known.series[at][1] == group
        ]
        rest = max(known.now[row] - known.now[streets].sum(), 0.0)
        usual = max(known.expected[row] - known.expected[streets].sum(), _LEAST_MEAN)
        p_value = known.side.tail(np.array(rest), np.array(usual), np.array(known.phi[row]))
        explained[row] = bool(streets) and float(p_value) > REGION_P
    return explained


def _regional(known: _Counts) -> Flags:
    """Tell which series departed with the rest of the district; a district itself always does."""
    series, now, expected, phi = known.series, known.now, known.expected, known.phi
    place = {each: row for row, each in enumerate(series)}
    in_district = (place.get((area[:DISTRICT_DIGITS], group), -1) for area, group in series)
    whole = np.fromiter(in_district, dtype=np.int64)
    regional = _is_district(series)
    rows = np.flatnonzero((whole >= 0) & ~regional)
    others = np.maximum(now[whole[rows]] - now[rows], 0)
    usual = np.maximum(expected[whole[rows]] - expected[rows], _LEAST_MEAN)
    departed = known.side.tail(others, usual, phi[whole[rows]]) <= REGION_P
    shared = np.maximum(others / usual, 1) if known.side is RISE else np.minimum(others / usual, 1)
    with_others = np.maximum(expected[rows] * shared, _LEAST_MEAN)
    regional[rows] = departed & (known.side.tail(now[rows], with_others, phi[rows]) > REGION_P)
    return regional
