"""Of which time a history is asked: the last day, week or month, or a time of one's own."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple

from models.timing.units import DAY_MS, HOUR_MS

RANGES: Final = {"24h": DAY_MS, "7d": 7 * DAY_MS, "30d": 30 * DAY_MS}
OWN: Final = "own"
MOST_DAYS: Final = 92  # a season


class SpanFault(StrEnum):
    """Why a time cannot be asked for."""

    MISSING = "missing"  # a time of one's own without a beginning or an end
    ORDER = "order"  # it ends before it begins
    LONG = "long"  # longer than `MOST_DAYS`
    EARLY = "early"  # it begins before 1970: nothing is counted by negative times
    FUTURE = "future"  # it begins after the present


class UnusableSpan(ValueError):
    """A time that cannot be asked for."""

    def __init__(self, fault: SpanFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


class HistorySpan(NamedTuple):
    """Whole hours from `since_ms` until before `until_ms`, epoch milliseconds."""

    since_ms: int
    until_ms: int

    @property
    def hours(self) -> int:
        """How many hours it has."""
        return (self.until_ms - self.since_ms) // HOUR_MS


def last_span(name: str, now_ms: int) -> HistorySpan:
    """Give one of `RANGES` up to the end of the hour in which the present lies.

    Examples
    --------
    >>> last_span("24h", 25 * HOUR_MS + 1)
    HistorySpan(since_ms=7200000, until_ms=93600000)
    """
    until_ms = -(-now_ms // HOUR_MS) * HOUR_MS
    return HistorySpan(until_ms - RANGES[name], until_ms)


def own_span(since_ms: int | None, until_ms: int | None, now_ms: int) -> HistorySpan:
    """Give a time of one's own in whole hours, those it touches.

    Raises
    ------
    UnusableSpan
        With the reason.

    Examples
    --------
    >>> own_span(HOUR_MS + 5, 3 * HOUR_MS - 5, 9 * HOUR_MS)
    HistorySpan(since_ms=3600000, until_ms=10800000)
    """
    if since_ms is None or until_ms is None:
        raise UnusableSpan(SpanFault.MISSING)
    if since_ms >= until_ms:
        raise UnusableSpan(SpanFault.ORDER)
    if since_ms < 0:
        raise UnusableSpan(SpanFault.EARLY)
    span = HistorySpan(since_ms // HOUR_MS * HOUR_MS, -(-until_ms // HOUR_MS) * HOUR_MS)
    if span.until_ms - span.since_ms > MOST_DAYS * DAY_MS:
        raise UnusableSpan(SpanFault.LONG)
    if span.since_ms > now_ms:
        raise UnusableSpan(SpanFault.FUTURE)
    return span
