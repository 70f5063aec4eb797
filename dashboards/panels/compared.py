"""What a headline number is compared with: a day ago, a year ago, its target. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Final

from config.place import HeadlineTarget
from dashboards.common.wording import number
from models.situation.snapshot import Headline, Snapshot, Trend
from models.timing.units import DAY_MS

WITH: Final = ("yesterday", "last_year", "week", "last_week")
WEEK_DAYS: Final = 7
_EVEN: Final = 0.005  # nearer than this share, two numbers are the same
_LESS_IS_BETTER: Final = frozenset({"open_cases", "open_warnings", "pm10_now"})
_MORE_IS_BETTER: Final = frozenset({"closed_of_filed", "sensors_online"})


@dataclass(frozen=True)
class Past:
    """What was shown at the same time of day earlier; None where the archive does not know."""

    yesterday: Snapshot | None = None
    last_year: Snapshot | None = None


NO_PAST: Final = Past()


@dataclass(frozen=True)
class Compared:
    """What a number is compared with.

    Attributes
    ----------
    with_what : str
        One of `WITH`.
    value : str
        The other number; empty where it is not known.
    is_higher : bool or None
        Whether the number of today is above it; None where they are the same.
    is_better : bool or None
        Whether that is good; None where it is neither.
    """

    with_what: str
    value: str = ""
    is_higher: bool | None = None
    is_better: bool | None = None


def a_year_before(at_ms: int, zone: tzinfo) -> int:
    """Give the same local date and time a year before; of a 29 February the 28th.

    Examples
    --------
    >>> then = a_year_before(1_709_208_000_000, UTC)  # 2024-02-29 12:00
    >>> f"{datetime.fromtimestamp(then / 1000, UTC):%Y-%m-%d %H}"
    '2023-02-28 12'
    """
    then = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(zone)
    day = 28 if (then.month, then.day) == (2, 29) else then.day
    return int(then.replace(year=then.year - 1, day=day).timestamp() * 1000)


def compared_of(headline: Headline, snapshot: Snapshot, past: Past = NO_PAST) -> Iterator[Compared]:
    """Compare a number with a day and a year ago; what is not known is said, never left out."""
    if headline.value is None:
        return
    then = value_then(headline, past.yesterday)
    known = _in_snapshot(headline, snapshot) if then is None else None
    yield known or _judged(headline, "yesterday", then)
    yield _judged(headline, "last_year", value_then(headline, past.last_year))


def value_then(headline: Headline, then: Snapshot | None) -> float | None:
    """Give a number as a moment of the past had it; None where it did not know it then."""
    if then is None:
        return None
    found = next((one for one in then.headlines if one.id == headline.id), None)
    if found is None or not then.stale_feeds().isdisjoint(found.feeds):
        return None
    return found.value


def meets(headline: Headline, target: HeadlineTarget) -> bool | None:
    """Tell whether a number meets its target; None where that is not known.

    Examples
    --------
    >>> online = Headline(id="sensors_online", value=41, numerator=41, denominator=44)
    >>> meets(online, HeadlineTarget(at_least=95, percent=True))
    False
    >>> meets(online, HeadlineTarget(at_most=50))
    True
    """
    value = headline.value
    if target.percent:
        made = headline.numerator, headline.denominator
        value = 100 * made[0] / made[1] if made[0] is not None and made[1] else None
    if value is None:
        return None
    low, high = target.at_least, target.at_most
    return (low is None or value >= low) and (high is None or value <= high)


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


def _judged(headline: Headline, with_what: str, then: float | None) -> Compared:
    if headline.value is None or then is None:
        return Compared(with_what)
    higher = _is_higher(headline.value, then)
    return Compared(
        with_what, number(then, headline.decimals), higher, _is_better(headline.id, higher)
    )


def _is_better(name: str, is_higher: bool | None) -> bool | None:
    if is_higher is None or name not in _LESS_IS_BETTER | _MORE_IS_BETTER:
        return None
    return is_higher == (name in _MORE_IS_BETTER)


def _in_snapshot(headline: Headline, snapshot: Snapshot) -> Compared | None:
    """Compare with what the snapshot itself knows of the days before."""
    if headline.id == "closed_of_filed":
        return _closed_this_week(headline, snapshot)
    if headline.id == "filed_today":
        return _filed_a_day(snapshot)
    if headline.id == "pm10_now":
        trend = next((one for one in snapshot.trends if one.id == "pm10"), None)
        then = None if trend is None else a_day_before(trend, headline.event_ms)
        return None if then is None else _judged(headline, "yesterday", then)
    return None


def _closed_this_week(headline: Headline, snapshot: Snapshot) -> Compared | None:
    """Compare the month's share with that of the last seven days: whether it is getting better."""
    week = _indicator(snapshot, "7d", "closed_of_filed")
    if week is None or not week[1] or headline.value is None:
        return None
    now = 100 * week[0] / week[1]
    higher = _is_higher(now, headline.value)
    return Compared("last_week", f"{number(now, 1)} %", higher, higher)


def _filed_a_day(snapshot: Snapshot) -> Compared | None:
    week = _indicator(snapshot, "7d", "filed")
    return Compared("week", number(week[0] / WEEK_DAYS)) if week else None


def _indicator(snapshot: Snapshot, window: str, code: str) -> tuple[float, int | None] | None:
    """Numerator and denominator of an indicator of the whole district."""
    wanted = (window, "all", code)
    found = (i for i in snapshot.indicators if (i.window, i.by, i.indicator) == wanted)
    return next(((one.numerator, one.denominator) for one in found), None)


def _is_higher(value: float, other: float) -> bool | None:
    if abs(value - other) <= _EVEN * max(abs(value), abs(other)):
        return None
    return value > other
