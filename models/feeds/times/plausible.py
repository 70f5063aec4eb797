"""Times that cannot be: a clock that was never set, a placeholder, an overflow.

Nothing here asks what time it is. A time is impossible where it lies outside the calendar of any
city's data, or years away from all but a few of its own column.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

NO_TIME: Final = int(np.iinfo(np.int64).min)
YEAR_MS: Final = 31_557_600_000
_FIRST_MS: Final = -2_208_988_800_000 + 86_400_000  # 1900-01-02: the day before is a placeholder
_END_MS: Final = 4_102_358_400_000  # 2099-12-31, a placeholder too
_UNSET: Final = ((-86_400_000, YEAR_MS),)  # 1970: a clock that began to count at zero
_GAP_MS: Final = 5 * YEAR_MS  # emptiness behind which a few times stand alone
_FEW: Final = 0.02  # share of a column that may stand alone


def impossible(ms: Ints) -> Mask:
    """Tell which times of a column cannot be true.

    Parameters
    ----------
    ms : ndarray, shape (n,), int64
        Epoch milliseconds; `NO_TIME` where there is none.

    Returns
    -------
    ndarray, shape (n,), bool
        True outside 1900-01-02 to 2099-12-30; in 1970 where the middle of the column lies five
        years later; and for at most 2 % of the column (or one time) that more than five years
        without any time part from the rest.

    Examples
    --------
    >>> day = 86_400_000
    >>> impossible(np.array([19_000 * day, 19_001 * day, 19_002 * day, 0])).tolist()
    [False, False, False, True]
    """
    known: Mask = ms != NO_TIME
    wrong: Mask = known & ((ms < _FIRST_MS) | (ms >= _END_MS))
    kept = known & ~wrong
    if not kept.any():
        return wrong
    middle = int(np.partition(ms[kept], (int(kept.sum()) - 1) // 2)[(int(kept.sum()) - 1) // 2])
    for low, high in _UNSET:
        if middle > high + _GAP_MS:
            wrong |= kept & (ms >= low) & (ms < high)
    kept &= ~wrong
    low, high = _together(np.sort(ms[kept]), middle)
    return np.asarray(wrong | (kept & ((ms < low) | (ms > high))))


def _together(times: Ints, middle: int) -> tuple[int, int]:
    """First and last of the times that belong together, around the middle one."""
    few = max(1, int(_FEW * len(times))) if len(times) > 2 else 0
    wide = np.flatnonzero(np.diff(times) > _GAP_MS)
    at = int(np.searchsorted(times, middle))
    low = max((int(gap) + 1 for gap in wide if gap < at and gap + 1 <= few), default=0)
    last = len(times) - 1
    high = min((int(gap) for gap in wide if gap >= at and last - gap <= few), default=last)
    return int(times[low]), int(times[high])
