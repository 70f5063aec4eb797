"""What a headline number is compared with: the same hour yesterday, or the days before. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from dashboards.common.wording import number
from models.situation.snapshot import Headline, Snapshot, Trend
from models.timing.units import DAY_MS

WITH: Final = ("yesterday", "week", "last_week")
WEEK_DAYS: Final = 7
_EVEN: Final = 0.005  # nearer than this share, two numbers are the same


@dataclass(frozen=True)
class Compared:
    """What a number is compared with.

    Attributes
    ----------
    with_what : str
        One of `WITH`.
    value : str
        The other number.
    is_higher : bool or None
        Whether the number of today is above it; None where they are the same.
    is_better : bool or None
        Whether that is good; None where it is neither.
    """

    with_what: str
    value: str
    is_higher: bool | None
    is_better: bool | None = None


def compared_of(headline: Headline, snapshot: Snapshot) -> Compared | None:
    """Find what a number is compared with; None where nothing comparable is known."""
    if headline.value is None:
        return None
    if headline.id == "closed_of_filed":
        return _closed_this_week(headline.value, snapshot)
    if headline.id == "filed_today":
        return _filed_a_day(snapshot)
    if headline.id == "pm10_now":
        trend = next((one for one in snapshot.trends if one.id == "pm10"), None)
        then = None if trend is None else a_day_before(trend, headline.event_ms)
        if then is None:
            return None
        higher = _is_higher(headline.value, then)
        better = None if higher is None else not higher
        return Compared("yesterday", number(then, headline.decimals), higher, better)
    return None


def a_day_before(trend: Trend, at_ms: int) -> float | None:
    """Value of a line 24 hours before a moment; None where it does not reach so far.

    Examples
    --------
    >>> line = Trend(id="x", title={}, unit="", start_ms=0, step_s=3600, values=[5.0, None])
    >>> a_day_before(line, DAY_MS), a_day_before(line, DAY_MS + 3_600_000), a_day_before(line, 0)
    (5.0, None, None)
    """
    at = (at_ms - DAY_MS - trend.start_ms) // (trend.step_s * 1000)
    return trend.values[at] if 0 <= at < len(trend.values) else None


def _closed_this_week(value: float, snapshot: Snapshot) -> Compared | None:
    """Compare the month's share with that of the last seven days: whether it is getting better."""
    week = _indicator(snapshot, "7d", "closed_of_filed")
    if week is None or not week[1]:
        return None
    now = 100 * week[0] / week[1]
    higher = _is_higher(now, value)
    return Compared("last_week", f"{number(now, 1)} %", higher, higher)


def _filed_a_day(snapshot: Snapshot) -> Compared | None:
    week = _indicator(snapshot, "7d", "filed")
    return Compared("week", number(week[0] / WEEK_DAYS), None) if week else None


def _indicator(snapshot: Snapshot, window: str, code: str) -> tuple[float, int | None] | None:
    """Numerator and denominator of an indicator of the whole district."""
    wanted = (window, "all", code)
    found = (i for i in snapshot.indicators if (i.window, i.by, i.indicator) == wanted)
    return next(((one.numerator, one.denominator) for one in found), None)


def _is_higher(value: float, other: float) -> bool | None:
    if abs(value - other) <= _EVEN * max(abs(value), abs(other)):
        return None
    return value > other
