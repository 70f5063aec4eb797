"""Days on which a city works otherwise than the weekday lets expect, as a regression wants them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from models.detect.contract import Floats
from models.timing.calendar import EPOCH, FIRST_DAY, DayTable

_FIRST: Final = (FIRST_DAY - EPOCH).days
_MONDAY: Final = 3  # weekday of 1970-01-01, Monday 0
_SATURDAY: Final = 5


@dataclass(frozen=True)
class Holidays:
    """The holidays of a city.

    Parameters
    ----------
    table : DayTable
        Which days are worked.

    Examples
    --------
    >>> from datetime import date
    >>> from models.timing.calendar import day_table
    >>> first = (date(2024, 10, 4) - EPOCH).days  # a Friday of the October holiday
    >>> off, exchanged = Holidays(day_table("china")).shares(first, first + 9).T.astype(int)
    >>> off.tolist(), exchanged.tolist()
    ([1, 0, 0, 1, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0, 1])
    """

    table: DayTable

    def shares(self, first: int, end: int, step: int = 1) -> Floats:
        """Give the share of each period that is a holiday.

        Parameters
        ----------
        first, end : int
            Days since 1970, half-open.
        step : int
            Days in a period; the span should be a multiple.

        Returns
        -------
        ndarray, shape ((end - first) / step, 2), float64
            Shares of weekdays off, and of weekend days that are worked in exchange (调休). Days
            that no calendar holds are neither.
        """
        days = np.arange(first, end)
        rows = days - _FIRST
        is_known = (rows >= 0) & (rows < len(self.table.working))
        works = self.table.working[np.where(is_known, rows, 0)]
        is_weekday = (days + _MONDAY) % 7 < _SATURDAY
        kinds = np.stack([is_weekday & ~works, ~is_weekday & works], axis=1) & is_known[:, None]
        shares: Floats = kinds.reshape(-1, step, 2).mean(axis=1)
        return shares
