"""What each series of counts should be on a day, from a fit made once a week for all its rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from models.detect.contract import Floats
from models.detect.counts.expectation import season_design
from models.detect.counts.glm import Fit, fit
from models.detect.state import pack, unpack
from models.monitors.case_history import CaseHistory
from models.monitors.counts.table import Series, Table
from models.timing.days import weekday_of
from models.timing.holidays import Holidays

YEAR_DAYS: Final = 365.25
GUARD_DAYS: Final = 14  # the newest days are left out: an outbreak must not hide itself
LEAST_DAYS: Final = 56 + GUARD_DAYS  # eight weeks of history before the first judgement
MOST_DAYS: Final = 3 * 366
HALF_LIFE_DAYS: Final = 2 * YEAR_DAYS
LEAST_YEARLY: Final = {6: 26.0, 9: 26.0, 12: 180.0}  # cases a year from which a series is judged
_HOURS_DAYS: Final = 91  # days that the usual course of a day is taken from


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What all series of a baseline should show on a day; arrays of shape (series,)."""

    mean: Floats
    phi: Floats  # variance = phi × mean, the doubt about the mean included


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """Fitted series.

    Attributes
    ----------
    series : list of (area, group)
    first, fitted : int
        Day of the first observation, and the day before which it was fitted.
    since : ndarray, shape (series,), int64
        Day of the first case of each series: before, no case of it was no news.
    hours : ndarray, shape (25,)
        Share of a day's cases that has happened before each full hour.
    """

    series: list[Series]
    first: int
    fitted: int
    since: NDArray[np.int64]
    hours: Floats
    fit: Fit

    @property
    def until(self) -> int:
        """Day before which all observations were."""
        return self.fitted - GUARD_DAYS

    @property
    def days(self) -> NDArray[np.int64]:
        """Give how many days each series was fitted to."""
        return self.until - self.since

    def expected(self, day: int, holidays: Holidays) -> Expected:
        """Tell what is expected of a whole day after the fit."""
        design, _ = _design(self.first, day + 1, holidays)
        mean = self.fit.mean(design[-1:])[:, 0]
        return Expected(
            mean=mean, phi=self.fit.phi + mean * self.fit.log_variance(design[-1:])[:, 0]
        )

    def fits(self, holidays: Holidays) -> bool:
        """Tell whether it has the coefficients of this model: an older release may have fewer."""
        design, _ = _design(self.first, self.first + 1, holidays)
        return bool(self.fit.beta.shape[1] == design.shape[1])

    def to_bytes(self) -> bytes:
        """Pack for a checkpoint."""
        arrays = {"beta": self.fit.beta, "phi": self.fit.phi, "covariance": self.fit.covariance}
        values = {"series": self.series, "first": self.first, "fitted": self.fitted}
        return pack(values, {**arrays, "hours": self.hours, "since": self.since})

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Unpack what `to_bytes` gave."""
        values, arrays = unpack(data)
        hours = arrays.pop("hours")
        series = [(area, group) for area, group in values.pop("series")]
        # One that does not say since when is fitted anew within the week; until then it is young.
        since = arrays.pop("since", np.full(len(series), values["fitted"] - LEAST_DAYS))
        return cls(series=series, since=since, hours=hours, fit=Fit(**arrays), **_whole(values))


def fit_baseline(table: Table, hours: Floats, day: int, holidays: Holidays) -> Baseline | None:
    """Fit the series that are dense enough to all days before the guard; None with little history.

    A series begins with its first case: before a class came into use, no case of it was no news.

    Parameters
    ----------
    table : Table
    hours : ndarray, shape (25,)
        As in `Baseline`.
    day : int
        Nothing of it or later is looked at.
    holidays : Holidays
        Of the city; their effect is learned.

    References
    ----------
    Noufaily et al. 2013, Statistics in Medicine 32:1206 (regression, down-weighting); UKHSA 2025
    (daily, from eight weeks of history on).
    """
    counts, first = table.until(day - GUARD_DAYS, MOST_DAYS)
    if counts.shape[1] < LEAST_DAYS - GUARD_DAYS:
        return None
    recent = counts[:, -365:]
    yearly = recent.sum(axis=1) * 365 / recent.shape[1]
    has_begun = _has_begun(counts)
    is_known = has_begun.sum(axis=1) >= LEAST_DAYS - GUARD_DAYS
    chosen = [
        (series, row)
        for series, row in sorted(table.rows.items())
        if is_known[row] and yearly[row] >= LEAST_YEARLY[len(series[0])]
    ]
    design, precision = _design(first, first + counts.shape[1], holidays)
    age = np.arange(counts.shape[1])[::-1]
    weights = 0.5 ** (age / HALF_LIFE_DAYS)
    rows = np.array([row for _, row in chosen], dtype=np.int64)
    known = fit(counts[rows], weights * has_begun[rows], design, precision)
    series = [series for series, _ in chosen]
    since = first + np.argmax(counts[rows] > 0, axis=1) if rows.size else rows
    return Baseline(series=series, first=first, fitted=day, since=since, hours=hours, fit=known)


def _has_begun(counts: Floats) -> NDArray[np.bool_]:
    """Mark the days after the first case of each series, that day itself left out."""
    before: NDArray[np.bool_] = np.cumsum(counts, axis=1) - counts > 0
    return before


def _design(first: int, end: int, holidays: Holidays) -> tuple[Floats, Floats]:
    holiday = holidays.shares(first, end)
    return season_design(end - first, YEAR_DAYS, weekday_of(first), holiday=holiday)


def _whole(values: dict[str, Any]) -> dict[str, int]:
    return {name: int(value) for name, value in values.items()}


class BaselineCache:
    """Baselines of one ledger, as far as they were asked for since it last changed.

    A rise and a drop are two rules over the same counts, and a fit takes seconds.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[frozenset[tuple[str, str]], int], Baseline | None] = {}

    def until(
        self, day: int, table: Table, history: CaseHistory, holidays: Holidays
    ) -> Baseline | None:
        """Give the baseline of the days before `day`; see `fit_baseline`.

        Parameters
        ----------
        day : int
        table : Table
            Of this ledger, up to date.
        history : CaseHistory
        holidays : Holidays
            Of the city.
        """
        key = table.groups.key, day
        if key not in self._known:
            self._known[key] = fit_baseline(table, _hours(history, day), day, holidays)
        return self._known[key]

    def forget(self) -> None:
        """Drop all baselines: the history has changed."""
        self._known.clear()


def _hours(history: CaseHistory, day: int) -> Floats:
    """Share of the newest days' cases that had happened before each full hour, shape (25,)."""
    totals = np.ones(24)  # one case an hour: without any history a day fills evenly
    for each in range(day - _HOURS_DAYS, day):
        totals += np.diff(history.day(each).before)
    return np.concatenate([[0.0], np.cumsum(totals) / totals.sum()])
