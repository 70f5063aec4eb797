"""A value split into what its region does and what is its own, and the verdict over both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from models.detect.base import Floats, Scope
from models.detect.profile import Normal

NOTABLE: Final = 2.5  # scales from which on a departure is somebody's
OWN: Final = 4.0  # scales from which on a site's departure is its own whatever the region does
HIGH_SEASON: Final = 0.5  # scales above the year's usual from which on a season is a high one
LARGEST: Final = 1e3  # no score says more than this


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part of the values, what is normal for it, and how far it departs.

    Attributes
    ----------
    normal : Normal
        From the part's profile.
    score : float64, shape (n,)
        Departure in scales; NaN without a value or enough history.
    p_value : float64, shape (n,)
        By the part's own past scores.
    """

    normal: Normal
    score: Floats
    p_value: Floats


def score(normal: Normal, values: Floats, warm_up: float) -> Floats:
    """Departure of values from normal in scales; NaN before `warm_up` values were seen."""
    scores = np.clip((values - normal.level) / normal.scale, -LARGEST, LARGEST)
    return np.where(normal.n >= warm_up, scores, np.nan)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The part that speaks for each value, in the transformed unit; arrays of shape (n,)."""

    score: Floats
    p_value: Floats
    expected: Floats
    scale: Floats
    scope: Floats
    n: Floats


def compared(y: Floats, region: Floats, local: Part, whole: Part) -> Verdict:
    """Judge values that have a region to be compared with.

    The part that departs most speaks: a sandstorm is regional for every station that is not worse
    hit than the others, and one dusty site in it is local.

    Parameters
    ----------
    y, region : ndarray, shape (n,), float64
        Values and the median of the others, transformed.
    local : Part
        Of y − region.
    whole : Part
        Of the region, spread over the n series.
    """
    is_regional = np.abs(whole.score) > np.nan_to_num(np.abs(local.score))
    is_regional &= ~(np.abs(local.score) >= OWN) & np.isfinite(y) & np.isfinite(local.normal.level)
    by_region = whole.normal.level + local.normal.level
    scores = np.where(is_regional, whole.score, local.score)
    scores[~np.isfinite(y)] = np.nan
    p_value = np.minimum(2 * np.where(is_regional, whole.p_value, local.p_value), 1.0)
    scope = np.where(is_regional, float(Scope.REGIONAL), float(Scope.LOCAL))
    return Verdict(
        score=scores,
        p_value=np.where(np.isfinite(scores), p_value, np.nan),
        expected=np.where(is_regional, by_region, region + local.normal.level),
        scale=np.where(is_regional, whole.normal.scale, local.normal.scale),
        scope=_scope(scores, scope, _is_high_season(y, whole.normal, local.normal.level)),
        n=np.where(is_regional, whole.normal.n, local.normal.n),
    )


def alone(y: Floats, own: Part) -> Verdict:
    """Judge values that nobody can be compared with, by their own past."""
    scores = np.where(np.isfinite(y), own.score, np.nan)
    high = _is_high_season(y, own.normal, np.zeros(y.shape))
    return Verdict(
        score=scores,
        p_value=np.where(np.isfinite(scores), own.p_value, np.nan),
        expected=own.normal.level,
        scale=own.normal.scale,
        scope=_scope(scores, np.full(y.shape, float(Scope.LOCAL)), high),
        n=own.normal.n,
    )


def _is_high_season(y: Floats, normal: Normal, offset: Floats) -> Floats:
    """1 where the season is higher than the year, and the value with it."""
    rise = HIGH_SEASON * normal.scale
    is_high = (normal.level - normal.year >= rise) & (y - offset - normal.year >= rise)
    return is_high.astype(np.float64)


def _scope(scores: Floats, whose: Floats, is_high_season: Floats) -> Floats:
    calm = np.where(is_high_season > 0, float(Scope.SEASONAL), float(Scope.NONE))
    scope = np.where(np.abs(scores) >= NOTABLE, whose, calm)
    return np.where(np.isfinite(scores), scope, float(Scope.NONE))
