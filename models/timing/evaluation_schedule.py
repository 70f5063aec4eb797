"""When the days of a city are evaluated: while they fill and when they are over, one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from models.detect.contract import Floats
from models.timing.days import moment_of, number_of
from models.timing.units import DAY_MS, HOUR_MS

EVALUATION_HOURS: Final = (6, 12, 18, 24)  # a day is judged while it fills, and when it is over
_MOST_EMPTY_DAYS: Final = 366  # without a case that are evaluated one by one
_CLOSING_SHARE: Final = 0.75  # of the false alarms; the evaluations before it share the rest


@dataclass(frozen=True, kw_only=True)
class EvaluationTime:
    """When a day is evaluated: at the end of one of `EVALUATION_HOURS`, 24 being the whole day.

    Attributes
    ----------
    at_ms : int
        When all that it is about should be known.
    """

    day: int
    hour: int
    at_ms: int

    @property
    def is_closing(self) -> bool:
        """Tell whether the day is over."""
        return self.hour == EVALUATION_HOURS[-1]


def evaluation_of(number: int, zone: ZoneInfo, delay_h: int) -> EvaluationTime:
    """Give an evaluation by its number, counted from 1970."""
    day, place = divmod(number, len(EVALUATION_HOURS))
    hour = EVALUATION_HOURS[place]
    return EvaluationTime(day=day, hour=hour, at_ms=moment_of(day, hour, zone) + delay_h * HOUR_MS)


class EvaluationSchedule:
    """The evaluations of a rule, one after the other, each as soon as all it is about is known.

    Parameters
    ----------
    zone : ZoneInfo
        Of the city.
    delay_h : int
        Hours after the end of a stretch of a day at which its cases should be known.

    Attributes
    ----------
    number : int
        Of the next evaluation, counted from 1970; 0 before the first case.

    Examples
    --------
    >>> schedule = EvaluationSchedule(ZoneInfo("UTC"), delay_h=1)
    >>> schedule.is_due(7 * 3_600_000 - 1, lambda: 0), schedule.is_due(7 * 3_600_000, lambda: 0)
    (False, True)
    """

    def __init__(self, zone: ZoneInfo, delay_h: int) -> None:
        self.number = 0
        self._zone, self._delay_h = zone, delay_h

    def is_due(self, reached_ms: int, first_day: Callable[[], int | None]) -> bool:
        """Tell whether the next evaluation has become possible.

        Parameters
        ----------
        reached_ms : int
            Event time that all partitions have come past; 0 while that is not known.
        first_day : callable
            Gives the first day with a case, as days since 1970; None before any.
        """
        if not self.number:
            first = first_day() if reached_ms else None
            if first is None:
                return False
            self.number = first * len(EVALUATION_HOURS)
        return self.next.at_ms <= reached_ms

    def follow(self, reached_ms: int, days: Iterable[int]) -> None:
        """Move on; of a year and more without a case only the end is evaluated.

        Parameters
        ----------
        reached_ms : int
            As in `is_due`.
        days : iterable of int
            Those with a case.
        """
        day, reached_day = self.next.day, number_of(reached_ms, self._zone)[0]
        later = min((each for each in days if each > day), default=reached_day)
        skipped_to = min(later, reached_day) - _MOST_EMPTY_DAYS
        self.number = max(self.number + 1, skipped_to * len(EVALUATION_HOURS))

    def rewind(self, watermark_ms: int, asked_ms: int) -> None:
        """Go on with the first evaluation after a watermark, where the next lies in the future."""
        if self.number and self.next.at_ms > asked_ms + DAY_MS:
            self.number = number_of(watermark_ms, self._zone)[0] * len(EVALUATION_HOURS)
            while self.next.at_ms <= watermark_ms:
                self.number += 1

    @property
    def next(self) -> EvaluationTime:
        """Give the next evaluation; there is none before the first case."""
        return evaluation_of(self.number, self._zone, self._delay_h)


def spent(p_value: Floats, *, is_closing: bool) -> Floats:
    """Correct for several evaluations a day: together they may err as often as one alone.

    The evaluation of the whole day has three quarters of the false alarms; the others only see a
    part of the same cases.
    """
    running = (1 - _CLOSING_SHARE) / (len(EVALUATION_HOURS) - 1)
    corrected: Floats = (p_value / (_CLOSING_SHARE if is_closing else running)).clip(max=1.0)
    return corrected
