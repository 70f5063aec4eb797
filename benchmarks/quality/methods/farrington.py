"""Farrington Flexible: this week against the same season of earlier years, many series at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.detect.counts.glm import fit
from models.detect.stats.tail import quantile, upper_tail

Floats = NDArray[np.float64]

_YEARS = 5
_HALF_WINDOW = 3  # reference weeks on either side of the season
_LEFT_OUT = 26  # newest weeks, which an outbreak may be in
_LEVELS = 10  # of the seasonal factor: the reference window and nine more
_SPARSE_CASES, _SPARSE_WEEKS = 5, 4
_WEAK = 1e-2  # precision of the priors: enough for an empty level, too little to be felt


@dataclass(frozen=True, kw_only=True)
class FarringtonWeek:
    """Verdict on one week of n series; every array has shape (n,)."""

    expected: Floats
    upper: Floats
    p_value: Floats
    alarm: NDArray[np.bool_]


def farrington(
    counts: Floats, week: int, *, season: int = 52, alpha: float = 0.01
) -> FarringtonWeek:
    """Judge one week from up to five years before it.

    Parameters
    ----------
    counts : ndarray, shape (n, weeks)
        NaN where a week is unknown; an unknown week has p-value 1 and no alarm.
    week : int
        Index of the week to judge; at least one season and half a year must stand before it.
    season : int
        Weeks a year.
    alpha : float
        False alarms a week and series that are accepted.

    Raises
    ------
    ValueError
        There is too little history.

    References
    ----------
    Noufaily et al. 2013, Statistics in Medicine 32:1206.
    """
    end = week - _LEFT_OUT
    begin = max(0, week - _YEARS * season - _HALF_WINDOW)
    if end - begin < season:
        msg = f"week {week} has {max(end - begin, 0)} usable weeks before it, needs {season}"
        raise ValueError(msg)
    rows = np.arange(begin, end)
    level = _seasonal_level(np.append(rows, week), week, season)
    trend = (np.append(rows, week) - rows.mean()) / season
    design = np.column_stack([np.ones(len(level)), trend, np.eye(_LEVELS)[level][:, 1:]])
    precision = np.full(design.shape[1], _WEAK)
    past = counts[:, begin:end]
    weights = np.isfinite(past).astype(np.float64)
    known = fit(np.nan_to_num(past), weights, design[:-1], precision)
    mean = known.mean(design[-1:])[:, 0]
    phi = known.phi + mean * known.log_variance(design[-1:])[:, 0]
    return _verdict(counts[:, max(0, week - _SPARSE_WEEKS + 1) : week + 1], mean, phi, alpha)


def _verdict(recent: Floats, mean: Floats, phi: Floats, alpha: float) -> FarringtonWeek:
    """Judge the last of the recent weeks by its mean and dispersion."""
    is_known, value = np.isfinite(recent[:, -1]), np.nan_to_num(recent[:, -1])
    p_value = np.where(is_known, upper_tail(value, mean, phi), 1.0)
    upper = quantile(1 - alpha, mean, phi)
    is_busy = np.nansum(recent, axis=1) >= _SPARSE_CASES
    alarm = is_known & is_busy & (value > upper)
    return FarringtonWeek(expected=mean, upper=upper, p_value=p_value, alarm=alarm)


def _seasonal_level(rows: NDArray[np.int64], week: int, season: int) -> NDArray[np.int64]:
    """Level of each week: 0 within the reference window of the season, 1 to 9 around the year."""
    phase = (rows - week + _HALF_WINDOW) % season
    reference = 2 * _HALF_WINDOW + 1
    rest = (phase - reference) * (_LEVELS - 1) // (season - reference)
    level: NDArray[np.int64] = np.where(phase < reference, 0, 1 + rest)
    return level
