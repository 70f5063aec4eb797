"""Wall-clock readings → instants, with the hour that comes twice when clocks are set back."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.timing.zone import Zone, zone_of

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

_SHIFTS_MS: Final = (3_600_000, 1_800_000, 7_200_000)  # by which clocks are set back


def instants(local_ms: Ints, zone: str, groups: Ints | None = None) -> tuple[Ints, int]:
    """Give the instants of wall-clock readings in the order of a file.

    In the hour that comes twice the first pass ends where a series goes back in time: what follows
    is of the second. A single pass is taken for the first. In a file with the newest row first the
    passes stand the other way round.

    Parameters
    ----------
    local_ms : ndarray, shape (n,), int64
        Milliseconds since 1970-01-01 00:00 on the wall clock.
    zone : str
        IANA name.
    groups : ndarray, shape (n,), int64, optional
        Series of each row; one series without it.

    Returns
    -------
    (ndarray, int)
        Epoch milliseconds, and how many readings stood in an hour that comes twice.
    """
    table = zone_of(zone)
    utc = table.utc(local_ms)
    shift = np.zeros_like(utc)
    for each in _SHIFTS_MS:
        twice = (shift == 0) & (table.local(utc + each) == local_ms)
        shift[twice] = each
    at = np.flatnonzero(shift)
    if at.size:
        second = _second_pass(local_ms, at, groups)
        utc[second] += shift[second]
    return utc, int(at.size)


def never_was(local_ms: Ints, utc_ms: Ints, zone: str) -> Mask:
    """Tell which readings no clock of the zone ever showed (clocks set forward)."""
    table: Zone = zone_of(zone)
    return np.asarray(table.local(utc_ms) != local_ms)


def _second_pass(local_ms: Ints, at: Ints, groups: Ints | None) -> Ints:
    """Rows among `at` that are of the second pass."""
    if local_ms.size > 1 and _is_newest_first(local_ms, groups):
        at = at[::-1]
    found: list[int] = []
    before: dict[int, tuple[int | None, bool]] = {}
    for row in at.tolist():
        group = 0 if groups is None else int(groups[row])
        last, is_second = before.get(group, (None, False))
        time = int(local_ms[row])
        if last is None or abs(time - last) >= 86_400_000:
            is_second = False
        elif time <= last:
            is_second = True
        if is_second:
            found.append(row)
        before[group] = (time, is_second)
    return np.array(found, dtype=np.int64)


def _is_newest_first(local_ms: Ints, groups: Ints | None) -> bool:
    """Tell whether more rows of a series step back in time than forward."""
    if groups is None:
        steps = np.sign(np.diff(local_ms))
    else:
        order = np.argsort(groups, kind="stable")
        same = np.diff(groups[order]) == 0
        steps = np.sign(np.diff(local_ms[order]))[same]
    return bool(steps.sum() < 0)
