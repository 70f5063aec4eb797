"""What a count should be for this season, weekday and trend, and how unusual the observed one is.

The expected count follows a log-linear model with trend, yearly harmonics and, for daily series,
weekdays, fitted to the earlier periods only. Unusual is what the newest period, or the newest two
together, show above or below it: an outbreak seldom ends within one period.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from models.detect.counts.glm import Fit, fit, products_of
from models.detect.stats.tail import cauchy_combination, lower_tail, quantile, upper_tail

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Tail = Callable[[Floats, Floats, Floats], Floats]

ALPHA = 0.01  # an alarm at a p-value up to this
_GUARD = 8  # newest periods left out of the fit: an outbreak must not hide itself
_LEAST_HISTORY = 8  # observed periods before the first judgement
_HARMONICS = 2
_HALF_LIFE = 5.0  # seasons after which an observation counts half
_PRIOR_SD = {
    "level": 10.0,
    "trend": 0.15,
    "harmonic": 0.5,
    "weekday": 0.3,
    "hour": 1.0,
    "holiday": 0.5,
}
_LEAST_CASES, _LEAST_WINDOW = 3, 4  # no alarm on fewer cases in so many periods; no drop by fewer
_DAY = 24  # parts of a day between the fits of the first while
_BLOCK = 512  # series fitted at once, to bound memory


@dataclass(frozen=True, kw_only=True)
class CountJudgement:
    """Verdict for each series and period; every array has the shape of the counts.

    Attributes
    ----------
    expected, lower, upper : float64
        Expected count, and the least and the largest that are still usual (ALPHA on either side);
        NaN without history.
    phi : float64
        Dispersion of the prediction: variance = phi × expected; NaN without history.
    p_value, p_drop : float64
        One-sided for an excess and for a drop; 1 without history or without a count.
    alarm, drop : bool
        Too many and too few. Where no case at all would be usual nothing is too few.
    """

    expected: Floats
    lower: Floats
    upper: Floats
    phi: Floats
    p_value: Floats
    p_drop: Floats
    alarm: NDArray[np.bool_]
    drop: NDArray[np.bool_]

    @classmethod
    def joined(cls, parts: Sequence[CountJudgement]) -> CountJudgement:
        """Put the verdicts of several blocks of series under each other."""
        names = (field.name for field in fields(cls))
        return cls(
            **{name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
        )


def judge_counts(
    counts: Floats,
    *,
    season: float,
    weekday: int | Ints | None = None,
    hour: Ints | None = None,
    holiday: Floats | None = None,
    completeness: Floats | None = None,
) -> CountJudgement:
    """Judge every period of many series, each from its earlier periods only.

    Parameters
    ----------
    counts : ndarray, shape (n, periods)
        NaN where a series has no count.
    season : float
        Periods in a year.
    weekday : int or ndarray, shape (periods,), optional
        Day of the week (0 to 6) of the first period where periods are days, or of each period.
    hour : ndarray, shape (periods,), optional
        Hour of the day (0 to 23) of each period, where periods are parts of days.
    holiday : ndarray, shape (periods, kinds), optional
        Share of each period that is a holiday, by its kind (`Holidays.shares`); the effect of each
        kind is learned from the past.
    completeness : ndarray, shape (periods,), optional
        Share of each period's count that has been reported so far, over 0 and up to 1 (see
        `models.detect.counts.reporting_delay`). What is expected is what should be known by now.

    Raises
    ------
    ValueError
        A shape or a value is out of these bounds.

    References
    ----------
    Noufaily et al. 2013, Statistics in Medicine 32:1206 (regression, down-weighting, quantile);
    the combination over windows is our own.
    """
    if counts.ndim != 2 or season < 1:
        msg = f"expected counts of shape (n, periods) and a season of at least 1, got {season}"
        raise ValueError(msg)
    periods = counts.shape[1]
    design, precision = season_design(periods, season, weekday, hour=hour, holiday=holiday)
    known = np.ones(periods) if completeness is None else completeness
    if known.shape != (periods,) or not ((known > 0) & (known <= 1)).all():
        msg = f"completeness should be {periods} shares over 0 and up to 1"
        raise ValueError(msg)
    early = _DAY if hour is not None else 0
    blocks = [
        _judge_block(counts[first : first + _BLOCK], design, precision, season, known, early)
        for first in range(0, max(len(counts), 1), _BLOCK)
    ]
    return CountJudgement.joined(blocks)


def _judge_block(
    counts: Floats,
    design: Floats,
    precision: Floats,
    season: float,
    completeness: Floats,
    early: int,
) -> CountJudgement:
    """Judge one block; `early` periods part the fits of the first while, 0 for none more."""
    expected = np.full(counts.shape, np.nan)
    spread = np.full(counts.shape, np.nan)
    every = max(1, round(season / 26))
    known: Fit | None = None
    products = products_of(design)  # half of the time, if every fit made them anew
    for now in range(_GUARD // 2 + 1, counts.shape[1]):
        is_early = early > 0 and now < every and now % early == 0
        if known is None or is_early or now % every == 0:
            known = _refit(
                counts,
                now,
                design=design,
                products=products,
                precision=precision,
                season=season,
                known=known,
            )
        here = design[now : now + 1]
        mean = known.mean(here)
        expected[:, now] = mean[:, 0]
        spread[:, now] = known.phi + mean[:, 0] * known.log_variance(here)[:, 0]
    # A share c of a count with variance φμ has the mean cμ and the dispersion 1 + c (φ − 1).
    return _verdict(counts, expected * completeness, 1 + completeness * (spread - 1))


def season_design(
    periods: int,
    season: float,
    weekday: int | Ints | None,
    *,
    hour: Ints | None = None,
    holiday: Floats | None = None,
) -> tuple[Floats, Floats]:
    """Design matrix of level, trend, seasons, weekdays, hours and holidays, and prior precisions.

    Returns
    -------
    design : ndarray, shape (periods, p)
    precision : ndarray, shape (p,)

    Raises
    ------
    ValueError
        The holidays are of another length.
    """
    time = np.arange(periods, dtype=np.float64)
    columns = [np.ones(periods), time / season]
    sd = [_PRIOR_SD["level"], _PRIOR_SD["trend"]]
    for order in range(1, _HARMONICS + 1):
        if season < 4 * order:  # too coarse to tell this harmonic
            break
        angle = 2 * np.pi * order * time / season
        columns += [np.cos(angle), np.sin(angle)]
        sd += [_PRIOR_SD["harmonic"]] * 2
    if weekday is not None:
        first = isinstance(weekday, int)
        day = (weekday + time.astype(np.int64)) % 7 if first else np.asarray(weekday)
        columns += [(day == each) - 1 / 7 for each in range(7)]
        sd += [_PRIOR_SD["weekday"]] * 7
    if hour is not None:
        columns += [(hour == each) - 1 / 24 for each in range(24)]
        sd += [_PRIOR_SD["hour"]] * 24
    if holiday is not None:
        if holiday.ndim != 2 or len(holiday) != periods:
            msg = f"holidays of shape {holiday.shape} for {periods} periods"
            raise ValueError(msg)
        columns += list(holiday.T)
        sd += [_PRIOR_SD["holiday"]] * holiday.shape[1]
    return np.stack(columns, axis=1), np.array(sd) ** -2.0


def _refit(
    counts: Floats,
    now: int,
    *,
    design: Floats,
    products: Floats,
    precision: Floats,
    season: float,
    known: Fit | None,
) -> Fit:
    """Fit to the periods before `now` less the guard; with little history, less guard."""
    end = max(now - _GUARD, min(now, _GUARD))
    past = counts[:, :end]
    age = now - np.arange(end)
    weights = 0.5 ** (age / (_HALF_LIFE * season)) * np.isfinite(past)
    return fit(
        np.nan_to_num(past),
        weights,
        design[:end],
        precision,
        products=products[:end],
        start=None if known is None else known.beta,
        steps=6 if known is None or now < 2 * season else 3,
    )


def _verdict(counts: Floats, expected: Floats, spread: Floats) -> CountJudgement:
    history = np.cumsum(np.isfinite(counts), axis=1) - np.isfinite(counts)
    judged = np.isfinite(counts) & np.isfinite(expected) & (history >= _LEAST_HISTORY)
    value, mean = np.where(judged, counts, 0.0), np.where(judged, expected, 1.0)
    phi = np.where(judged, spread, 1.0)
    lower, upper = (quantile(level, mean, phi) for level in (ALPHA, 1 - ALPHA))
    p_value, p_drop = (
        np.where(judged, _with_two(tail, value, mean, phi), 1.0)
        for tail in (upper_tail, lower_tail)
    )
    recent = np.nan_to_num(counts).cumsum(axis=1)
    recent[:, _LEAST_WINDOW:] -= recent[:, :-_LEAST_WINDOW].copy()
    alarm = judged & (p_value <= ALPHA) & (value > mean) & (recent >= _LEAST_CASES)
    drop = judged & (p_drop <= ALPHA) & (mean - value >= _LEAST_CASES) & (lower >= 1)
    return CountJudgement(
        expected=np.where(judged, expected, np.nan),
        lower=np.where(judged, lower, np.nan),
        upper=np.where(judged, upper, np.nan),
        phi=np.where(judged, spread, np.nan),
        p_value=p_value,
        p_drop=p_drop,
        alarm=alarm,
        drop=drop,
    )


def _with_two(tail: Tail, value: Floats, mean: Floats, phi: Floats) -> Floats:
    """Give the p-value of each period by itself and together with the one before."""
    double = tail(_with_previous(value), _with_previous(mean), phi)
    return cauchy_combination([tail(value, mean, phi), double])


def _with_previous(values: Floats) -> Floats:
    both = values.copy()
    both[:, 1:] += values[:, :-1]
    return both
