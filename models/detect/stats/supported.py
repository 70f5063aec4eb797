"""How rare something may be called, given the length of the history it was compared with."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MOST_TIMES: Final = 10.0  # the length of the history: rarer than that is anybody's guess


def longest_supported(history_days: float) -> float:
    """Give the longest recurrence interval that a history supports, in days.

    Nothing that was never seen in so many days can be told from what comes once in three times as
    many (rule of three): what is said beyond the history rests on the law of the tail alone.
    `docs/decisions.md` says how far those laws were found to hold.

    References
    ----------
    Hanley, J. A., Lippman-Hand, A. (1983). If nothing goes wrong, is everything all right? JAMA
    249, 1743-1745.

    Examples
    --------
    >>> longest_supported(60.0)
    600.0
    """
    return MOST_TIMES * max(history_days, 0.0)


def shared(series_days: float, watched: int | Ints) -> Floats:
    """Give the days behind each of the series watched, of what all series together were observed.

    Parameters
    ----------
    series_days : float
        Series × days.
    watched : int or ndarray, shape (n,), int64

    Examples
    --------
    >>> shared(60.0, np.array([2, 4])).tolist()
    [30.0, 15.0]
    """
    found: Floats = series_days / np.maximum(watched, 1)
    return found


def times_supported(series: int = 0, watched: int = 1) -> float:
    """Give how many times the length of the history may be said at the most.

    Parameters
    ----------
    series, watched : int
        Where runs are counted: series that are counted together, and those of the place; 0 where
        a law of the tail is fitted.

    Examples
    --------
    >>> times_supported(), times_supported(30, 4), times_supported(4, 4)
    (10.0, 7.5, 1.0)
    """
    return min(MOST_TIMES, series / watched) if series else MOST_TIMES


def history_needed(once_in_days: float, series: int = 0, watched: int = 1) -> float:
    """Give the days of history from which on a recurrence interval is supported, to a tenth.

    Examples
    --------
    >>> history_needed(3650), history_needed(3650, 30, 4), history_needed(3650, 4, 4)
    (365.0, 486.7, 3650.0)
    """
    return round(once_in_days / times_supported(series, watched), 1)
