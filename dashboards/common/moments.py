"""Moments of the past for the wall and its comparisons; the archive that has them is handed in."""

from __future__ import annotations

from datetime import date
from typing import Final, Protocol

from models.situation.snapshot import Snapshot
from models.timing.units import MINUTE_MS

REACH_MS: Final = 15 * MINUTE_MS  # a moment stands for so long after it


class Moments(Protocol):
    """Gives what was shown in the past."""

    def days(self) -> list[date]:
        """Give the local days that have moments, in their order."""
        ...

    def times(self, day: date) -> list[int]:
        """Give the times of a local day that were kept, epoch milliseconds, in their order."""
        ...

    def at(self, at_ms: int) -> Snapshot | None:
        """Give the newest moment at or before a time; None where none lies within `REACH_MS`.

        Raises
        ------
        GridpulseError
            The archive cannot be read.
        """
        ...
