"""Whose departure it is: the verdict over what a place and its region say of a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from models.detect.contract import DepartureScope, Floats
from models.detect.readings.component import ComponentScore

NOTABLE: Final = 2.5  # score from which on a departure is local or regional
NOTABLE_ALONE: Final = 1.5  # the same where nobody can be compared with: weather hides much there
OWN: Final = 4.0  # score from which on a site's departure is its own whatever the region does
HIGH_SEASON: Final = 0.5  # scales above the year's usual from which on a season is a high one


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The part that decides each value, in the transformed unit; arrays of shape (n,)."""

    score: Floats
    p_value: Floats
    expected: Floats
    scale: Floats
    scope: Floats
    n: Floats


def compared(
    y: Floats, region: Floats, local: ComponentScore, whole: ComponentScore, year: Floats
) -> Verdict:
    """Judge values that have a region to be compared with.

    The part that departs most decides: a sandstorm is regional for every station that is not worse
    hit than the others, and one dusty site in it is local.

    Parameters
    ----------
    y, region : ndarray, shape (n,), float64
        Values and the median of the others, transformed.
    local : ComponentScore
        Of y − region.
    whole : ComponentScore
        Of the region; arrays of shape (1,).
    year : ndarray, shape (1,), float64
        What is usual of the region over the whole year.
    """
    own = np.abs(local.score)
    is_regional = (np.abs(whole.score) > np.nan_to_num(own)) & ~(own >= OWN)
    is_regional &= np.isfinite(y) & np.isfinite(local.normal.level)
    scores = np.where(is_regional, whole.score, local.score)
    scores[~np.isfinite(y)] = np.nan
    p_value = np.where(is_regional, whole.p_value, local.p_value)
    whose = np.where(is_regional, float(DepartureScope.REGIONAL), float(DepartureScope.LOCAL))
    high = _is_high_season(y - local.normal.level, whole, year)
    shift = np.where(is_regional, local.normal.level, region)
    return Verdict(
        score=scores,
        p_value=np.where(np.isfinite(scores), p_value, np.nan),
        expected=shift + np.where(is_regional, whole.expected, local.expected),
        scale=np.where(is_regional, whole.scale, local.scale),
        scope=_scope(scores, whose, high, NOTABLE),
        n=np.where(is_regional, whole.normal.n, local.normal.n),
    )


def alone(y: Floats, own: ComponentScore, year: Floats) -> Verdict:
    """Judge values without others to compare with, by their own past."""
    scores = np.where(np.isfinite(y), own.score, np.nan)
    high = _is_high_season(y, own, year)
    return Verdict(
        score=scores,
        p_value=np.where(np.isfinite(scores), own.p_value, np.nan),
        expected=own.expected,
        scale=own.scale,
        scope=_scope(scores, np.full(y.shape, float(DepartureScope.LOCAL)), high, NOTABLE_ALONE),
        n=own.normal.n,
    )


def _is_high_season(y: Floats, judged: ComponentScore, year: Floats) -> Floats:
    """1 where the season is higher than the year, and the value with it."""
    rise = HIGH_SEASON * judged.normal.scale
    is_high = (judged.normal.level - year >= rise) & (y - year >= rise)
    return is_high.astype(np.float64)


def _scope(scores: Floats, whose: Floats, is_high_season: Floats, notable: float) -> Floats:
    calm = np.where(is_high_season > 0, float(DepartureScope.SEASONAL), float(DepartureScope.NONE))
    scope = np.where(np.abs(scores) >= notable, whose, calm)
    return np.where(np.isfinite(scores), scope, float(DepartureScope.NONE))
