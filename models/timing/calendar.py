"""Which days are worked: weekends, public holidays, 调休, and what a city overrides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

import numpy as np
from chinese_calendar.constants import holidays, workdays
from numpy.typing import NDArray

EPOCH: Final = date(1970, 1, 1)
FIRST_DAY: Final = date(1949, 1, 1)
LAST_DAY: Final = date(2100, 1, 1)  # exclusive
_SATURDAY: Final = 5


@dataclass(frozen=True, kw_only=True)
class DayTable:
    """Working days from `FIRST_DAY` until before `LAST_DAY`.

    Attributes
    ----------
    working : ndarray, shape (n,), bool
    official : ndarray, shape (n,), bool
        False where no holidays have been published (yet), so that only weekends are known.
    """

    working: NDArray[np.bool_]
    official: NDArray[np.bool_]

    def is_working(self, day: date) -> bool:
        """Tell of one day; outside the table raises `IndexError`."""
        return bool(self.working[row_of(day)])


def row_of(day: date) -> int:
    """Row of a day in a `DayTable`."""
    row = (day - FIRST_DAY).days
    if not FIRST_DAY <= day < LAST_DAY:
        msg = f"{day} is outside {FIRST_DAY} … {LAST_DAY}"
        raise IndexError(msg)
    return row


def day_table(
    holidays_of: Literal["china", "none"], overrides: Mapping[date, bool] | None = None
) -> DayTable:
    """Make the table of working days.

    Parameters
    ----------
    holidays_of : {"china", "none"}
        `china`: public holidays and 调休 as the State Council published them (chinesecalendar);
        years it does not know have weekends only. `none`: weekends only.
    overrides : mapping of date to bool, optional
        Days on which the city itself decided: True is worked.

    Examples
    --------
    >>> table = day_table("china")
    >>> table.is_working(date(2024, 10, 1)), table.is_working(date(2024, 10, 12))  # a Saturday
    (False, True)
    """
    days = np.arange((LAST_DAY - FIRST_DAY).days)
    weekday = (days + FIRST_DAY.weekday()) % 7
    working = weekday < _SATURDAY
    official = np.full(len(days), holidays_of == "none")
    if holidays_of == "china":
        working[[row_of(day) for day in holidays]] = False
        working[[row_of(day) for day in workdays]] = True
        for year in {day.year for day in holidays}:
            official[row_of(date(year, 1, 1)) : row_of(date(year + 1, 1, 1))] = True
    for day, is_worked in (overrides or {}).items():
        working[row_of(day)] = is_worked
    return DayTable(working=working, official=official)
