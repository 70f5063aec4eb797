"""Cells that were flagged not long ago: what is said of them while they are, and when they fall."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

REMEMBERED_MS: Final = 86_400_000  # so long after its last flag a cell's silence is still reported


class FlaggedPlace(msgspec.Struct, frozen=True, array_like=True):
    """That a cell was flagged not long ago; `active` until its first normal pane."""

    active: bool
    since_ms: int  # start of its newest flagged pane


Flags = dict[str, FlaggedPlace]


def active_among(flags: Flags, cells: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell which cells are flagged, shape (cells,)."""
    active = [int(cell) for cell, flag in flags.items() if flag.active]
    found: NDArray[np.bool_] = np.isin(cells, np.array(active, np.int64))
    return found


def remembered(flags: Flags, start_ms: int) -> Flags:
    """Give the flags that are not older than a day before a pane."""
    oldest = start_ms - REMEMBERED_MS
    return {cell: flag for cell, flag in flags.items() if flag.since_ms >= oldest}


def not_after(flags: Flags, now_ms: int) -> Flags:
    """Give the flags as if none had been seen later than a time."""
    return {
        cell: msgspec.structs.replace(flag, since_ms=min(flag.since_ms, now_ms))
        for cell, flag in flags.items()
    }


def silent_cells(flags: Flags, reported: Collection[int]) -> list[str]:
    """Name the flagged cells that have no value now."""
    known = set(reported)
    return sorted(cell for cell in flags if int(cell) not in known)
