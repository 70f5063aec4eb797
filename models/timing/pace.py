"""When something that is sent again and again is due, in step with all other senders."""

from __future__ import annotations


def is_due(last_ms: int, now_ms: int, every_ms: int, phase_ms: int = 0) -> bool:
    """Tell whether a moment of a rhythm came after the last time.

    The moments are the multiples of `every_ms` plus `phase_ms`, the same in every process: what
    hears the others can then speak just after them, instead of up to one round later. Where the
    clock was set back since the last time, it is due at once, and the rhythm goes on from there:
    nothing falls silent until the clock has caught up.

    Examples
    --------
    >>> is_due(900, 999, 500), is_due(900, 1000, 500), is_due(1000, 1499, 500)
    (False, True, False)
    >>> is_due(1000, 1199, 1000, 200), is_due(1000, 1200, 1000, 200)
    (False, True)
    >>> is_due(7_200_000, 3_600_001, 1000), is_due(3_600_001, 3_600_500, 1000)
    (True, False)
    """
    if now_ms < last_ms:
        return True
    return (now_ms - phase_ms) // every_ms > (last_ms - phase_ms) // every_ms
