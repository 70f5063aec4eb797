"""Writes down what a detector found of a cell: the signal with its evidence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from models.detect.contract import DepartureScope, Judgement
from models.messages.evidence import OTHERS, ReadingEvidence
from models.messages.signals import Area, ReadingSignal, Scope
from models.monitors.pane_values import PaneValues
from models.monitors.readings.series_index import Codes
from models.monitors.readings.severity import Rated, SeverityModel

_SCOPES = {
    DepartureScope.NONE: Scope.LOCAL,  # a run of small departures is rare: it is its place's own
    DepartureScope.LOCAL: Scope.LOCAL,
    DepartureScope.REGIONAL: Scope.REGIONAL,
    DepartureScope.SEASONAL: Scope.SEASONAL,
}


@dataclass(frozen=True)
class RatedPane:
    """A pane with all that a detector and the severity model say of it.

    Attributes
    ----------
    places : ndarray of int64
        Of the pane's cells in the vector of the detector.
    end : float
        Recurrence in days under which a warning ends.
    """

    pane: PaneValues
    places: NDArray[np.int64]
    judgement: Judgement
    rated: Rated
    severity: SeverityModel
    end: float
    zone: ZoneInfo

    @cached_property
    def ranked(self) -> Codes:
        """Cells of the pane in the order of their codes."""
        return np.sort(self.pane.cells)


def signal_of(judged: RatedPane, row: int, detector: str, *, active: bool) -> ReadingSignal:
    """Write down one cell of a pane."""
    pane, cell = judged.pane, str(judged.pane.cells[row])
    scope = _SCOPES[DepartureScope(int(judged.judgement.scope[judged.places[row]]))]
    return ReadingSignal(
        id=f"{detector}.{pane.feed}.{pane.metric}.{cell}.{pane.start_ms}",
        detector=detector,
        feed=pane.feed,
        metric=pane.metric,
        area=Area.of(cell),
        subject=cell,
        scope=scope,
        start_ms=pane.start_ms,
        width_s=pane.width_s,
        severity=float(judged.rated.severity[row]),
        is_least=bool(judged.rated.is_least[row]),
        active=active,
        cells=[cell],
        ingested_ms=pane.ingested_ms,
        evidence=_evidence(judged, row),
    )


def _evidence(judged: RatedPane, row: int) -> ReadingEvidence:
    """Collect why.

    The others are named where a place departs from them; where the region departs, it is all.
    """
    pane, place, judgement = judged.pane, int(judged.places[row]), judged.judgement
    region = float(judgement.region[place])
    has_region, is_regional = not np.isnan(region), bool(judged.rated.is_regional[row])
    return ReadingEvidence(
        observed=float(pane.values[row]),
        expected=float(judgement.expected[place]),
        low=float(judgement.low[place]),
        high=float(judgement.high[place]),
        region=region if has_region else None,
        baseline_n=int(judgement.baseline_n[place]),
        since=date_of(int(judgement.since_ms[place]), judged.zone),
        until=date_of(int(judgement.until_ms[place]), judged.zone),
        others=nearest(judged.ranked, int(pane.cells[row]), OTHERS)
        if has_region and not is_regional
        else [],
        others_n=pane.cells.size - 1 if has_region else 0,
        run=judged.severity.run,
        watched=int(judged.rated.watched[row]),
        newest_severity=float(judged.rated.newest[row]),
        clears_below=_clears_below(judged, row),
    )


def _clears_below(judged: RatedPane, row: int) -> float:
    """Interpolate between the expected and the observed the value at which a warning ends."""
    place, observed = int(judged.places[row]), float(judged.pane.values[row])
    expected = float(judged.judgement.expected[place])
    score = abs(float(judged.judgement.score[place]))
    end = judged.severity.score_of(
        judged.end, int(judged.rated.watched[row]), is_regional=bool(judged.rated.is_regional[row])
    )
    return expected + (observed - expected) * (min(end / score, 1.0) if score > 0 else 1.0)


@lru_cache(maxsize=256)
def date_of(at_ms: int, zone: ZoneInfo) -> str:
    """Give the local date of a moment; an empty text without a moment."""
    if at_ms < 0:
        return ""
    return datetime.fromtimestamp(at_ms / 1000, zone).date().isoformat()


def nearest(ranked: Codes, cell: int, most: int) -> list[str]:
    """Name the cells nearest to one by their codes: of its community first, then of its street.

    Parameters
    ----------
    ranked : ndarray, shape (n,), int64
        Codes in their order, the cell's own among them.
    cell : int
    most : int

    Examples
    --------
    >>> nearest(np.array([3, 5, 6, 9]), 5, 2)
    ['6', '3']
    """
    at = int(np.searchsorted(ranked, cell))
    around = [*ranked[max(at - most, 0) : at].tolist(), *ranked[at + 1 : at + 1 + most].tolist()]
    return [str(code) for code in sorted(around, key=lambda code: (abs(code - cell), code))[:most]]
