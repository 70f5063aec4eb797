"""Trains a detector on the past of one metric, and measures how good it has become.

A detector judges each pane before it learns from it, so one pass does both: the judgements of the
last month are those of a baseline that had not seen them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.catalog import Rule
from models.detect.contract import Floats, Judgement
from models.detect.registry import KINDS, DetectorConfig
from models.messages.baselines import Baseline, BaselineKey, Quality
from models.monitors.readings.series_index import Codes, SeriesPlaces
from models.monitors.readings.severity import SeverityModel

HELD_OUT_MS: Final = 30 * 86_400_000
LEAST_MS: Final = 14 * 86_400_000  # of history: less is no baseline
POOREST: Final = 10  # cells that a report names
MAD_TO_SD: Final = 1.4826  # of a normal distribution


class Training:
    """One detector on its way through the past of a metric.

    Parameters
    ----------
    key : tuple of str
        Feed, metric, detector.
    setting : DetectorConfig
    rules : sequence of Rule
        Those that listen to the detector: the lowest level is what an alarm is measured by.
    until_ms : int
        End of the newest pane of the past.
    """

    def __init__(
        self, key: BaselineKey, setting: DetectorConfig, rules: Sequence[Rule], until_ms: int
    ) -> None:
        self._key, self._setting, self._until_ms = key, setting, until_ms
        self._detector = KINDS[key[2]].make(setting)
        self._series = SeriesPlaces()
        self._level = min(min(rule.levels.values()) for rule in rules)
        self._first_ms: int | None = None
        self._panes = 0
        self._values = np.zeros(0, dtype=np.int64)  # by cell: panes with a value
        self._since = np.zeros(0, dtype=np.int64)  # by cell: panes before its first value
        self._flagged = np.zeros(0, dtype=np.bool_)
        self._severity = SeverityModel(setting.run, setting.minimum)
        self._held_out = _HeldOut()

    def learn(self, start_ms: int, cells: Codes, values: Floats) -> None:
        """Judge a pane and learn from it; panes come in the order of their time.

        Parameters
        ----------
        cells : ndarray, shape (m,), int64
            Each once.
        values : ndarray, shape (m,), float64
            Means, in the metric's unit.
        """
        places = self._series.places(cells)
        self._grow(self._series.codes.size)
        vector = np.full(self._series.codes.size, np.nan)
        vector[places] = values
        judgement = self._detector.judge(start_ms, vector)
        if self._first_ms is None:
            self._first_ms = start_ms
        self._panes += 1
        self._values[places] += 1
        rated = self._severity.rate(start_ms, self._series.codes, places, values, judgement)
        begins = (rated.severity >= self._level) & ~self._flagged[places]
        self._flagged[places] = rated.severity >= self._level
        if start_ms >= self._until_ms - HELD_OUT_MS:
            self._held_out.add(values, judgement, places, int(begins.sum()))

    def baseline(self) -> Baseline:
        """Give what was learnt; needs at least one pane."""
        feed, metric, detector = self._key
        return Baseline(
            feed=feed,
            metric=metric,
            detector=detector,
            trained_from_ms=self._first_ms or 0,
            trained_until_ms=self._until_ms,
            width_s=self._setting.width_s,
            zone=self._setting.zone,
            minimum=self._setting.minimum,
            run=self._setting.run,
            quality=self._quality(),
            codes=self._series.codes.astype("<i8").tobytes(),
            state=self._detector.to_bytes(),
            severity=self._severity.to_bytes(),
        )

    def _grow(self, n: int) -> None:
        more = n - self._values.size
        self._values = np.concatenate([self._values, np.zeros(more, dtype=np.int64)])
        self._since = np.concatenate([self._since, np.full(more, self._panes)])
        self._flagged = np.concatenate([self._flagged, np.zeros(more, dtype=np.bool_)])

    def _quality(self) -> Quality:
        possible = self._panes - self._since
        coverage = self._values / np.maximum(possible, 1)
        poorest = np.argsort(coverage, kind="stable")[:POOREST]
        return Quality(
            panes=self._panes,
            cells=self._values.size,
            coverage=float(self._values.sum() / max(int(possible.sum()), 1)),
            coverage_by_cell={
                str(self._series.codes[at]): round(float(coverage[at]), 4) for at in poorest
            },
            held_out_panes=self._held_out.panes,
            judged=self._held_out.judged,
            spread=self._held_out.spread(),
            error=self._held_out.error(),
            alarms_per_cell_month=self._held_out.alarms(self._until_ms - (self._first_ms or 0)),
        )


class _HeldOut:
    """Judgements of the last month."""

    def __init__(self) -> None:
        self.panes = 0
        self.judged = 0
        self._begins = 0
        self._cells: set[int] = set()  # places of those that were judged
        self._scores: list[NDArray[np.float32]] = []
        self._errors: list[NDArray[np.float32]] = []

    def add(
        self, values: Floats, judgement: Judgement, places: NDArray[np.int64], begins: int
    ) -> None:
        known = np.isfinite(judgement.score[places])
        errors = np.abs(values - judgement.expected[places])
        self.panes += 1
        self.judged += int(known.sum())
        self._begins += begins
        self._cells.update(places[known].tolist())
        self._scores.append(np.abs(judgement.score[places][known]).astype(np.float32))
        self._errors.append(errors[known].astype(np.float32))

    def spread(self) -> float | None:
        """Robust standard deviation of the scores."""
        return MAD_TO_SD * float(np.median(np.concatenate(self._scores))) if self.judged else None

    def error(self) -> float | None:
        """Median distance of observed and expected."""
        return float(np.median(np.concatenate(self._errors))) if self.judged else None

    def alarms(self, span_ms: int) -> float | None:
        """Beginnings of alarms in a cell and 30 days, given the length of the whole past."""
        months = len(self._cells) * min(span_ms, HELD_OUT_MS) / HELD_OUT_MS
        return self._begins / months if self.judged else None
