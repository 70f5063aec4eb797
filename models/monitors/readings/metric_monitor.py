"""One detector at work on one metric: values of a pane in, anomalies and the expected out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
from numpy.typing import NDArray

from config.catalog import Rule
from models.detect.contract import Detector, Floats, Judgement, Scope
from models.detect.stats.fdr import unusual_after_fdr
from models.messages.anomalies import OTHERS, Anomaly, Evidence
from models.monitors.readings.series_index import Codes, SeriesPlaces

REMEMBERED_MS: Final = 86_400_000  # so long after its last flag a cell's silence is still told
LEAST_P: Final = 1e-9  # no past is long enough to promise more


class FlaggedPlace(msgspec.Struct, frozen=True, array_like=True):
    """That a cell was flagged not long ago; `active` until its first normal pane."""

    active: bool
    since_ms: int  # start of its newest flagged pane


@dataclass(frozen=True, slots=True)
class PaneValues:
    """One metric of one complete pane over all cells that had a value.

    Attributes
    ----------
    cells : ndarray, shape (n,), int64
        15-digit codes, each once.
    values : ndarray, shape (n,), float64
        Means, in the metric's unit.
    """

    feed: str
    metric: str
    start_ms: int
    width_s: int
    ingested_ms: int
    cells: Codes
    values: Floats


@dataclass(frozen=True, slots=True)
class Finding:
    """What a watch says of a pane; `expected` has the shape of the pane's cells."""

    anomalies: list[Anomaly]
    expected: Floats
    silent: list[str]


class MetricMonitor:
    """A detector, its series and its flags.

    A cell is flagged when its score, of either sign, reaches the lowest level of any rule that
    listens to the detector and the many looks of a tick do not explain it. It stays flagged until
    it falls under that rule's release: what a warning still holds on to must be heard of.

    Parameters
    ----------
    detector : Detector
        New, or restored together with `series` and `flags`.
    rules : sequence of Rule
        Those that listen; at least one.
    zone : str
        IANA time zone of the city, in which dates are told.
    """

    def __init__(
        self,
        detector: Detector,
        rules: Sequence[Rule],
        series: SeriesPlaces | None = None,
        flags: dict[str, FlaggedPlace] | None = None,
        *,
        zone: str,
    ) -> None:
        self.detector = detector
        self.series = series or SeriesPlaces()
        self.flags = flags or {}
        self._begin = min(min(rule.levels.values()) for rule in rules)
        self._end = min(min(rule.levels.values()) * rule.release for rule in rules)
        self._alone = min(rule.alone for rule in rules)
        self._zone = ZoneInfo(zone)

    def judge(self, pane: PaneValues) -> Finding:
        """Judge a pane and learn from it."""
        places = self.series.places(pane.cells)
        vector = np.full(self.series.codes.size, np.nan)
        vector[places] = pane.values
        judgement = self.detector.judge(pane.start_ms, vector)
        anomalies = self._flag(pane, places, judgement)
        return Finding(anomalies, judgement.expected[places], self._silent(pane, judgement))

    def _flag(
        self, pane: PaneValues, places: NDArray[np.int64], judgement: Judgement
    ) -> list[Anomaly]:
        """Find the flagged cells, and those that returned to normal."""
        scores = np.nan_to_num(np.abs(judgement.score[places]), nan=-1.0)
        active = {cell for cell, flag in self.flags.items() if flag.active}
        share = np.where(np.isnan(judgement.region[places]), self._alone, 1.0)
        notable = scores >= self._begin * share
        if notable.any():
            notable &= unusual_after_fdr(pane.cells, judgement.p_value[places])
        if active:
            was = np.isin(pane.cells, np.array(sorted(map(int, active)), dtype=np.int64))
            notable |= was & (scores >= 0)
        if not notable.any():
            return []
        anomalies: list[Anomaly] = []
        ranked = np.sort(pane.cells)
        for row in np.flatnonzero(notable).tolist():
            cell = str(pane.cells[row])
            level = self._end if cell in active else self._begin
            is_active = bool(scores[row] >= level * share[row])
            since_ms = pane.start_ms if is_active else self.flags[cell].since_ms
            self.flags[cell] = FlaggedPlace(is_active, since_ms)
            evidence = self._evidence(pane, row, int(places[row]), judgement, ranked)
            score = float(judgement.score[places[row]])
            anomalies.append(self._anomaly(pane, cell, score, evidence, is_active=is_active))
        return anomalies

    def remembered(self, start_ms: int) -> list[str]:
        """Name the cells flagged not long before a pane; older flags are forgotten."""
        oldest = start_ms - REMEMBERED_MS
        self.flags = {c: f for c, f in self.flags.items() if f.since_ms >= oldest}
        return sorted(self.flags)

    def _silent(self, pane: PaneValues, judgement: Judgement) -> list[str]:
        """Name cells flagged not long ago that this pane says nothing of."""
        cells = self.remembered(pane.start_ms)
        if not cells:
            return []
        scores = judgement.score[self.series.places(np.array(list(map(int, cells)), np.int64))]
        return [cell for cell, score in zip(cells, scores, strict=True) if np.isnan(score)]

    def _anomaly(
        self, pane: PaneValues, cell: str, score: float, evidence: Evidence, *, is_active: bool
    ) -> Anomaly:
        """Write down one anomaly with its evidence."""
        detector = self.detector.name
        return Anomaly(
            id=f"{detector}.{pane.feed}.{pane.metric}.{cell}.{pane.start_ms}",
            detector=detector,
            feed=pane.feed,
            metric=pane.metric,
            cell=cell,
            start_ms=pane.start_ms,
            width_s=pane.width_s,
            score=score,
            active=is_active,
            evidence=evidence,
            ingested_ms=pane.ingested_ms,
        )

    def _evidence(
        self, pane: PaneValues, row: int, place: int, judgement: Judgement, ranked: Codes
    ) -> Evidence:
        """Collect why; the value at which it ends is interpolated between expected and observed.

        The others are named where a place departs from them; where the region departs, it is all.
        """
        observed = float(pane.values[row])
        expected, score = float(judgement.expected[place]), abs(float(judgement.score[place]))
        region = float(judgement.region[place])
        end = self._end * (self._alone if np.isnan(region) else 1.0)
        share = min(end / score, 1.0) if score > 0 else 1.0
        p_value = min(max(float(np.nan_to_num(judgement.p_value[place], nan=1)), LEAST_P), 1.0)
        scope = Scope(int(judgement.scope[place]))
        is_compared = not np.isnan(region) and scope is not Scope.REGIONAL
        return Evidence(
            observed=observed,
            expected=expected,
            low=float(judgement.low[place]),
            high=float(judgement.high[place]),
            region=None if np.isnan(region) else region,
            scope=scope.name.lower(),
            baseline_n=int(judgement.baseline_n[place]),
            since=date_of(int(judgement.since_ms[place]), self._zone),
            until=date_of(int(judgement.until_ms[place]), self._zone),
            others=nearest(ranked, int(pane.cells[row]), OTHERS) if is_compared else [],
            others_n=0 if np.isnan(region) else pane.cells.size - 1,
            once_in_days=pane.width_s / 86_400 / p_value,
            clears_below=expected + (observed - expected) * share,
        )


@lru_cache(maxsize=256)
def date_of(at_ms: int, zone: ZoneInfo) -> str:
    """Give the local date of a moment; nothing where there is none."""
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
