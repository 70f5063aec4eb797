"""Which steps of a case carry a date that cannot be true.

1900, 1970, 2044 and 9999 stand in files and messages for "no date", or come from a typing error. A
step with such a date is flagged and changes nothing: no stage, no count, no mean rests on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from models.cases.timeline import Step
from models.messages.case_events import EventType
from models.timing.units import DAY_MS

EARLIEST_MS: Final = 631_152_000_000  # 1990-01-01 UTC: above the zero of every usual clock
LATEST_MS: Final = 4_102_444_800_000  # 2100-01-01 UTC
LONGEST_MS: Final = 3653 * DAY_MS  # ten years: between the opening of a case and any other step
ISOLATED_MS: Final = 7 * DAY_MS
_OPENINGS: Final = (EventType.REPORTED, EventType.FILED)


def implausible(steps: Sequence[Step], latest_ms: int = LATEST_MS) -> frozenset[int]:
    """Give the places of the steps whose date cannot be true.

    A date is impossible before 1990, after `latest_ms`, and more than ten years from the opening of
    the case: its first report or filing of a possible date, else its middle step.

    Parameters
    ----------
    steps : sequence of Step
        In order of time.
    latest_ms : int
        Last possible event time, epoch milliseconds.

    Examples
    --------
    >>> opened, closed = 1_709_258_400_000, 2_335_219_200_000  # 2024 and 2044
    >>> sorted(implausible([Step(opened, EventType.FILED), Step(closed, EventType.CLOSED)]))
    [1]
    """
    if not steps or _all_near(steps, latest_ms):
        return frozenset()
    possible = [step for step in steps if EARLIEST_MS <= step.ts_ms <= latest_ms]
    if not possible:
        return frozenset(range(len(steps)))
    openings = [step.ts_ms for step in possible if step.type in _OPENINGS]
    opening_ms = openings[0] if openings else possible[len(possible) // 2].ts_ms
    earliest_ms = max(EARLIEST_MS, opening_ms - LONGEST_MS)
    latest_ms = min(latest_ms, opening_ms + LONGEST_MS)
    return frozenset(
        place for place, step in enumerate(steps) if not earliest_ms <= step.ts_ms <= latest_ms
    )


def _all_near(steps: Sequence[Step], latest_ms: int) -> bool:
    """Whether all steps lie in the calendar and within ten years: nearly every case."""
    first_ms, last_ms = steps[0].ts_ms, steps[-1].ts_ms
    return first_ms >= EARLIEST_MS and last_ms <= min(latest_ms, first_ms + LONGEST_MS)


def is_possible_limit(due_ms: int, ts_ms: int) -> bool:
    """Whether a limit lies in the calendar and within ten years of the step that names it."""
    return EARLIEST_MS <= due_ms <= LATEST_MS and abs(due_ms - ts_ms) <= LONGEST_MS


def latest_of(times_ms: Iterable[int], now_ms: int) -> int:
    """Give the last possible event time of a table that was written before a moment.

    What happened is not dated after the moment at which it is read. A table of an invented future
    runs on past that moment without a gap, or begins after it: it is read as it is.

    Parameters
    ----------
    times_ms : iterable of int
        Event times of the whole table, epoch milliseconds.
    now_ms : int
        Wall clock at which the table is read.

    Returns
    -------
    int
        A day after `now_ms`, or `LATEST_MS`.

    Examples
    --------
    >>> latest_of([0, DAY_MS, 900 * DAY_MS], now_ms=10 * DAY_MS) // DAY_MS
    11
    >>> latest_of([9 * DAY_MS, 12 * DAY_MS], now_ms=10 * DAY_MS) == LATEST_MS
    True
    """
    bound_ms = now_ms + DAY_MS
    before, after = None, None
    for ts_ms in times_ms:
        if ts_ms <= bound_ms:
            before = ts_ms if before is None else max(before, ts_ms)
        else:
            after = ts_ms if after is None else min(after, ts_ms)
    if before is None or after is None or after - before <= ISOLATED_MS:
        return LATEST_MS
    return bound_ms
