"""Moments of the past: one snapshot in five minutes of its own clock, kept as it was shown."""

from __future__ import annotations

import hashlib
from typing import Final

import msgspec

from models.archive.buffer import Part, packed
from models.archive.datasets import MOMENTS, Columns
from models.archive.rows import day_of
from models.situation.snapshot import Snapshot
from models.timing.units import MINUTE_MS
from models.timing.zone import Zone

EVERY_MS: Final = 5 * MINUTE_MS


def is_due(kept_ms: int, clock_ms: int) -> bool:
    """Tell whether a snapshot lies in other five minutes than the one kept last.

    A clock that goes back, as where a replay begins anew, is due as well.

    Examples
    --------
    >>> is_due(0, 299_999), is_due(299_999, 300_000), is_due(900_000, 300_000)
    (False, True, True)
    """
    return clock_ms // EVERY_MS != kept_ms // EVERY_MS


def moment_part(snapshot: Snapshot, zone: Zone) -> Part:
    """Make a part of the archive of one snapshot; the counts of single cells are left out."""
    kept = msgspec.structs.replace(snapshot, cells=[])
    columns: Columns = {
        "clock_ms": [snapshot.clock_ms],
        "written_ms": [snapshot.written_ms],
        "snapshot": [kept.to_bytes()],
    }
    rows = packed(MOMENTS.batch([columns]))
    digest = hashlib.sha256(rows).hexdigest()[:12]
    day = day_of(snapshot.clock_ms, zone)
    return Part(MOMENTS.name, day, f"{snapshot.clock_ms}-{digest}", rows)
