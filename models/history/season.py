"""The band of a season: what the same hours of the same days were in earlier years.

For each hour of a time it takes, of each earlier year, the same hour of the day on the same date
and on the three days before and after it: a week around the date. Days on which nothing was
measured are not there at all, so an outage lowers nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.detect.contract import Floats
from models.timing.calendar import EPOCH
from models.timing.units import DAY_MS, HOUR_MS
from models.timing.zone import Times, Zone

MOST_YEARS: Final = 5
BESIDE_DAYS: Final = 3
LEAST: Final = 5  # values of an hour below which no band is drawn: of one year five days of seven
_HOURS: Final = 24
_AROUND: Final = range(-BESIDE_DAYS, BESIDE_DAYS + 1)


@dataclass(frozen=True, kw_only=True)
class SeasonBand:
    """What was usual at each of n hours, and how much of it is known.

    Attributes
    ----------
    median, low, high : ndarray, shape (n,), float64
        Of the values of earlier years: the middle one, the least and the greatest; NaN where there
        are fewer than `LEAST`.
    count : ndarray, shape (n,), int64
        So many values were found.
    years : tuple of int
        Earlier years that have at least one of them, the newest first.
    hours : int
        So many different hours of them were found in all.
    """

    median: Floats
    low: Floats
    high: Floats
    count: NDArray[np.int64]
    years: tuple[int, ...]
    hours: int

    @property
    def is_known(self) -> bool:
        """Whether there is a band at any hour."""
        return bool(np.isfinite(self.median).any())


def season_band(at_ms: Times, known_ms: Times, means: Floats, zone: Zone) -> SeasonBand:
    """Find the band of some hours.

    Parameters
    ----------
    at_ms : ndarray, shape (n,), int64
        Beginnings of the hours, epoch milliseconds.
    known_ms, means : ndarray, shape (k,)
        Beginnings of hours of earlier years and their means, in any order; NaN counts as unknown.
    zone : Zone
        By which days and hours of the day are counted.
    """
    usable = np.isfinite(means)
    keys = zone.local(known_ms[usable]) // HOUR_MS  # hours since 1970 in local time
    order = np.argsort(keys, kind="stable")
    wanted = _wanted(zone.local(at_ms))
    found = _values(wanted, keys[order], means[usable][order])
    hit = np.isfinite(found)
    count = hit.sum(axis=(1, 2))
    median, low, high = (np.full(len(count), np.nan) for _ in range(3))
    enough = count >= LEAST
    values = found.reshape(len(found), -1)[enough]
    if len(values):
        median[enough] = np.nanmedian(values, axis=1)
        low[enough], high[enough] = np.nanmin(values, axis=1), np.nanmax(values, axis=1)
    present = np.unique(wanted[hit])
    years = {_date(int(key) // _HOURS).year for key in present.tolist()}
    return SeasonBand(
        median=median,
        low=low,
        high=high,
        count=count.astype(np.int64),
        years=tuple(sorted(years, reverse=True)),
        hours=len(present),
    )


def season_days(since_ms: int, until_ms: int, zone: Zone) -> list[date]:
    """Give the local days of earlier years from which `season_band` takes, in their order."""
    days = range(zone.day_at(since_ms), zone.day_at(until_ms - 1) + 1)
    found = {each + around for day in days for each in _in_earlier_years(day) for around in _AROUND}
    return [_date(day) for day in sorted(found)]


def _wanted(local_ms: Times) -> NDArray[np.int64]:
    """Give the hours to look at: shape (n, years, days around), hours since 1970 in local time."""
    days, place = np.unique(local_ms // DAY_MS, return_inverse=True)
    earlier = np.array([list(_in_earlier_years(int(day))) for day in days], dtype=np.int64)
    around = np.array(_AROUND, dtype=np.int64)
    shape = (len(local_ms), MOST_YEARS, len(around))
    at_days = (earlier.reshape(-1, MOST_YEARS)[place.ravel(), :, None] + around).reshape(shape)
    hour = local_ms % DAY_MS // HOUR_MS
    wanted: NDArray[np.int64] = at_days * _HOURS + hour[:, None, None]
    return wanted


def _values(wanted: NDArray[np.int64], keys: Times, means: Floats) -> Floats:
    """Look values up; NaN where there is none."""
    if not len(keys):
        return np.full(wanted.shape, np.nan)
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[place] == wanted, means[place], np.nan)


def _in_earlier_years(day: int) -> Iterator[int]:
    """Give the same date of each earlier year, the newest first; of 29 February the 28th."""
    then = _date(day)
    for back in range(1, MOST_YEARS + 1):
        of_month = 28 if (then.month, then.day) == (2, 29) else then.day
        yield (date(then.year - back, then.month, of_month) - EPOCH).days


def _date(day: int) -> date:
    return EPOCH + timedelta(days=day)
