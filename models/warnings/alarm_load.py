"""The alarm load of an operator against EEMUA 191 and ISA-18.2, from what was shown and when.

References
----------
EEMUA Publication 191: about one alarm in ten minutes can be answered in the long run, ten in the
ten minutes after an upset; alarms that change more than three times an hour chatter, those that
stand for more than a day are standing alarms.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from models.timing.units import DAY_MS, HOUR_MS, MINUTE_MS

TEN_MIN_MS: Final = 10 * MINUTE_MS
MOST_AN_HOUR: Final = 6
MOST_AFTER_UPSET: Final = 10
MOST_CHANGES: Final = 3  # of one rule and place in an hour


@dataclass(frozen=True, kw_only=True, slots=True)
class AlarmChange:
    """One change of a warning by its signals.

    Attributes
    ----------
    warning, rule, area : str
    at_ms : int
        Event time.
    calls : bool
        It calls an operator: raised in view, or brought into view.
    is_shown : bool
        It is in view after the change.
    is_over : bool
        Its condition has ended.
    """

    warning: str
    rule: str
    area: str
    at_ms: int
    calls: bool
    is_shown: bool
    is_over: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class AlarmFigures:
    """What an operator would have had to answer.

    Attributes
    ----------
    called : int
        Warnings shown.
    most_an_hour, most_in_ten_minutes : int
        In any hour and any ten minutes, wherever they begin.
    hours_over : int
        Hours of the clock with more than `MOST_AN_HOUR`.
    chattering : tuple of (rule, area, int)
        Places with more than `MOST_CHANGES` changes in view in an hour, with the most.
    standing : tuple of str
        Warnings whose condition stood for more than a day.
    """

    called: int
    most_an_hour: int
    most_in_ten_minutes: int
    hours_over: int
    chattering: tuple[tuple[str, str, int], ...]
    standing: tuple[str, ...]

    @property
    def is_over(self) -> bool:
        """Tell whether it is more than an operator can answer, at any time."""
        return (
            self.most_an_hour > MOST_AN_HOUR
            or self.most_in_ten_minutes > MOST_AFTER_UPSET
            or bool(self.chattering)
        )


def figures(changes: Iterable[AlarmChange]) -> AlarmFigures:
    """Count what an operator would have had to answer, from the changes of all warnings."""
    ordered = sorted(changes, key=lambda change: (change.at_ms, change.warning))
    calls = [change.at_ms for change in ordered if change.calls]
    places: dict[tuple[str, str], list[int]] = {}
    since: dict[str, int] = {}
    standing = dict[str, None]()
    last_ms = ordered[-1].at_ms if ordered else 0
    for change in ordered:
        if change.is_shown or change.calls:
            places.setdefault((change.rule, change.area), []).append(change.at_ms)
        if change.at_ms - since.setdefault(change.warning, change.at_ms) > DAY_MS:
            standing[change.warning] = None
        if change.is_over:
            del since[change.warning]
    standing |= {name: None for name, at_ms in since.items() if last_ms - at_ms > DAY_MS}
    counted = ((*place, most_within(times, HOUR_MS)) for place, times in sorted(places.items()))
    hours: dict[int, int] = {}
    for at_ms in calls:
        hours[at_ms // HOUR_MS] = hours.get(at_ms // HOUR_MS, 0) + 1
    return AlarmFigures(
        called=len(calls),
        most_an_hour=most_within(calls, HOUR_MS),
        most_in_ten_minutes=most_within(calls, TEN_MIN_MS),
        hours_over=sum(n > MOST_AN_HOUR for n in hours.values()),
        chattering=tuple(each for each in counted if each[2] > MOST_CHANGES),
        standing=tuple(standing),
    )


def most_within(times_ms: Sequence[int], width_ms: int) -> int:
    """Give the greatest number of times in any window of a width, which it does not include.

    Parameters
    ----------
    times_ms : sequence of int, ascending

    Examples
    --------
    >>> most_within([0, 10, 59, 60, 61], 60)
    4
    """
    most = first = 0
    for number, at_ms in enumerate(times_ms):
        while at_ms - times_ms[first] >= width_ms:
            first += 1
        most = max(most, number + 1 - first)
    return most
