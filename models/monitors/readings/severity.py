"""How rare what a detector found is for its place: by runs, and after all series watched there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from models.detect.contract import DepartureScope, Floats, Judgement
from models.detect.state import pack, unpack
from models.grid.codes import street_of
from models.monitors.readings.run_recurrence import RunRecurrence
from models.monitors.readings.series_index import Codes

WHOLE = np.zeros(1, np.int64)  # the district is one series
ONE = np.ones(1, np.int64)


@dataclass(frozen=True, kw_only=True)
class Rated:
    """Rarity of the values of a pane; arrays of shape (m,).

    Attributes
    ----------
    severity, newest : float64
        By chance the place sees as much once in so many days: as a run, and if the whole run were
        like its newest pane. 0 where there was no value or no history. Never more than the history
        supports, `RunRecurrence.most_days`.
    modelled : float64
        The severity of the run that the law of the tail alone would give, however long the history.
    is_regional : bool
        The place is the district, else the street.
    watched : int64
        Series of the place.
    """

    severity: Floats
    newest: Floats
    modelled: Floats
    is_regional: NDArray[np.bool_]
    watched: NDArray[np.int64]

    @property
    def is_least(self) -> NDArray[np.bool_]:
        """Tell where the severity is only the most that the history supports."""
        is_least: NDArray[np.bool_] = self.modelled > self.severity
        return is_least


class SeverityModel:
    """Recurrence of runs of local excesses, of all series together, and of regional ones.

    Parameters
    ----------
    run : int
        Panes in a row that a warning needs.
    minimum : float
        A lower value is no excess, in the metric's unit.
    """

    def __init__(self, run: int, minimum: float) -> None:
        self.local, self.regional = RunRecurrence(run), RunRecurrence(run)
        self._minimum = minimum
        self._watched: NDArray[np.int64] = np.zeros(0, np.int64)

    @property
    def run(self) -> int:
        """Panes in a row that are rated together."""
        return self.local.run

    def rate(
        self,
        start_ms: int,
        codes: Codes,
        places: NDArray[np.int64],
        values: Floats,
        judged: Judgement,
    ) -> Rated:
        """Rate the values of a pane, then learn from them.

        Parameters
        ----------
        start_ms : int
        codes : ndarray, shape (n,), int64
            Cells of all series that ever had a value, in the order of the detector's vector.
        places : ndarray, shape (m,), int64
            Series with a value.
        values : ndarray, shape (m,), float64
        judged : Judgement
            Of all n series.
        """
        watched = self._in_street(codes)[places]
        scores = judged.score[places]
        is_known = np.isfinite(scores)
        is_excess = is_known & (scores > 0) & (values >= self._minimum)
        is_regional = judged.scope[places] == DepartureScope.REGIONAL
        severity, newest = np.zeros(places.size), np.zeros(places.size)
        most = np.where(is_regional, self.regional.most_days(ONE), self.local.most_days(watched))
        if is_known.any():
            local = np.where(is_excess & ~is_regional, scores, 0.0)[is_known]
            severity[is_known], newest[is_known] = self.local.observe(
                start_ms, places[is_known], local
            )
            severity, newest = severity / watched, newest / watched
            whole = np.array([scores[is_excess & is_regional].max(initial=0.0)])
            of_district = self.regional.observe(start_ms, WHOLE, whole)
            severity = np.where(is_regional, of_district[0], severity)
            newest = np.where(is_regional, of_district[1], newest)
        modelled = np.where(is_excess, severity, 0.0)
        return Rated(
            severity=np.minimum(modelled, most),
            newest=np.minimum(np.where(is_excess, newest, 0.0), most),
            modelled=modelled,
            is_regional=is_regional,
            watched=np.where(is_regional, 1, watched),
        )

    def score_of(self, days: float, watched: int, *, is_regional: bool) -> float:
        """Give the score at which a place sees the like once in so many days."""
        return self.regional.score_of(days) if is_regional else self.local.score_of(days * watched)

    def to_bytes(self) -> bytes:
        """Give the whole state."""
        parts = {"local": self.local.to_bytes(), "regional": self.regional.to_bytes()}
        arrays = {name: np.frombuffer(data, np.uint8) for name, data in parts.items()}
        return pack({"minimum": self._minimum}, arrays)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Continue where `to_bytes` was called; raises `MalformedState` on anything else."""
        values, arrays = unpack(data)
        made = cls(1, float(values["minimum"]))
        made.local = RunRecurrence.from_bytes(arrays["local"].tobytes())
        made.regional = RunRecurrence.from_bytes(arrays["regional"].tobytes())
        return made

    def _in_street(self, codes: Codes) -> NDArray[np.int64]:
        """Count the series of the street of each series."""
        if self._watched.size != codes.size:
            streets = np.array([street_of(code) for code in codes.tolist()], np.int64)
            _, place, count = np.unique(streets, return_inverse=True, return_counts=True)
            self._watched = count[place]
        return self._watched
