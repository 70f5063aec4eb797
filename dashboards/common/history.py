"""What was measured at places in the past; the archive that has it is handed in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from numpy import int64
from numpy.typing import NDArray

from models.detect.contract import Floats
from models.timing.zone import Times


@dataclass(frozen=True, kw_only=True)
class HourRows:
    """Hours of one place at which something was measured, in their order.

    Attributes
    ----------
    at_ms : ndarray, shape (n,), int64
        Beginnings, epoch milliseconds.
    mean, most : ndarray, shape (n,), float64
        Over all readings of the hour, in the unit of the metric.
    readings : ndarray, shape (n,), int64
    """

    at_ms: Times
    mean: Floats
    most: Floats
    readings: NDArray[int64]


class History(Protocol):
    """Gives the hours of places."""

    def hours(
        self, feed: str, metric: str, places: Sequence[str], days: Sequence[date]
    ) -> dict[str, HourRows]:
        """Give the hours of some local days at each place.

        Parameters
        ----------
        places : sequence of str
            Codes of cells, or of areas with all cells in them.

        Raises
        ------
        GridpulseError
            The archive cannot be read.
        """
        ...
