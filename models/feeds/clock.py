"""Event times: from what was sent to epoch milliseconds, and whether they can be true."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.catalog import Clock
from models.feeds.row_errors import RowErrors
from models.messages.dead_letters import Reason
from models.timing.bounds import FIRST_MS, LAST_MS

# A plain number below this is epoch seconds (until the year 5138), from it on milliseconds (since
# March 1973): the two do not overlap for any time a city sends.
_SECONDS_BELOW: Final = 1e11
_LAST_SECOND: Final = 9.9e10  # later calendar times are held here: the future all the same
_LAST_MS: Final = 2.0**53  # beyond it a double does not hold whole milliseconds
_UNIT_ERRORS: Final = (1e3, 1e-3, 1e6, 1e-6)  # s for ms, ms for s, µs for s or s for µs


def epoch_ms(times: Sequence[datetime | float]) -> NDArray[np.float64]:
    """Convert times as sent.

    Parameters
    ----------
    times : sequence of datetime (aware) or float (epoch seconds or milliseconds)

    Returns
    -------
    ndarray, shape (n,), float64
        Epoch milliseconds, whole numbers.

    Examples
    --------
    >>> epoch_ms([1772323200.0, 1772323200000.0]).tolist()
    [1772323200000.0, 1772323200000.0]
    """
    try:
        sent = np.array(times, np.float64)  # numbers, as most senders send them
    except TypeError:
        sent = np.array([t if t.__class__ is float else _second(t) for t in times], np.float64)
    scale = np.where(np.abs(sent) < _SECONDS_BELOW, 1000.0, 1.0)
    return np.rint(sent * scale)


def _second(time: datetime | float) -> float:
    seconds = time.timestamp() if isinstance(time, datetime) else time
    return min(seconds, _LAST_SECOND)


def check_times(
    times_ms: NDArray[np.float64], sent_ms: NDArray[np.int64], clock: Clock, faults: RowErrors
) -> NDArray[np.int64]:
    """Mark the rows whose time lies outside the clock of their feed.

    Parameters
    ----------
    times_ms : ndarray, shape (n,), float64
        Event times, epoch milliseconds.
    sent_ms : ndarray, shape (n,), int64
        When each record was sent, epoch milliseconds; 0 where it does not say: no check.
    clock : Clock
        How far the two may lie apart.
    faults : RowErrors
        Takes `WRONG_TIME_UNIT` where another unit would make the time fit, else `IN_FUTURE` or
        `TOO_OLD`; `BAD_TIME` where it lies in none of the years that data may lie in.

    Returns
    -------
    ndarray, shape (n,), int64
        Event times; 0 where the time cannot be held.
    """
    impossible = np.abs(times_ms) > _LAST_MS
    known = sent_ms > 0
    early = known & (times_ms < sent_ms - clock.past_s * 1000)
    ahead = known & (times_ms > sent_ms + clock.future_s * 1000)
    out = np.flatnonzero(early | ahead)
    if out.size:
        faults.mark_at(out[_other_unit_fits(times_ms[out], sent_ms[out], clock)], _UNIT)
    faults.mark(impossible, Reason.BAD_TIME)
    faults.mark(ahead, Reason.IN_FUTURE)
    faults.mark(early, Reason.TOO_OLD)
    outside = ~((times_ms >= FIRST_MS) & (times_ms < LAST_MS))
    faults.mark(outside, Reason.BAD_TIME)
    return np.where(outside, 0.0, times_ms).astype(np.int64)


def check_limits(dues: Sequence[datetime | float | None], faults: RowErrors) -> list[int | None]:
    """Mark the rows whose limit lies outside the calendar.

    Parameters
    ----------
    dues : sequence of datetime, float or None, length n
        Limits as sent; None where there is none.
    faults : RowErrors
        Takes `BAD_TIME`.

    Returns
    -------
    list of int or None, length n
        Epoch milliseconds.
    """
    found: list[int | None] = [None] * len(dues)
    given = [row for row, due in enumerate(dues) if due is not None]
    if not given:
        return found
    times_ms = epoch_ms([due for due in dues if due is not None])
    inside = (times_ms >= FIRST_MS) & (times_ms < LAST_MS)
    faults.mark_at(np.array(given, np.int64)[~inside], Reason.BAD_TIME)
    for row, due_ms, is_inside in zip(given, times_ms.tolist(), inside.tolist(), strict=True):
        found[row] = int(due_ms) if is_inside else None
    return found


_UNIT: Final = Reason.WRONG_TIME_UNIT


def _other_unit_fits(
    times_ms: NDArray[np.float64], sent_ms: NDArray[np.int64], clock: Clock
) -> NDArray[np.bool_]:
    fits = np.zeros(times_ms.shape, np.bool_)
    for factor in _UNIT_ERRORS:
        with np.errstate(over="ignore"):  # infinity fits nowhere
            moved = times_ms * factor
        fits |= (moved >= sent_ms - clock.past_s * 1000) & (
            moved <= sent_ms + clock.future_s * 1000
        )
    return fits
