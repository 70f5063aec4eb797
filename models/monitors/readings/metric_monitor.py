"""One detector at work on one metric: values of a pane in, signals and the expected out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from config.catalog import Rule
from models.detect.contract import Detector, Floats, Judgement
from models.messages.signals import ReadingSignal
from models.monitors.flags import (
    FlaggedPlace,
    Flags,
    active_among,
    not_after,
    remembered,
    silent_cells,
)
from models.monitors.pane_values import PaneValues
from models.monitors.reach import ENDLESS, Reach
from models.monitors.readings.reading_signals import RatedPane, signal_of
from models.monitors.readings.series_index import Codes, SeriesPlaces
from models.monitors.readings.severity import Rated, SeverityModel


@dataclass(frozen=True, slots=True)
class Finding:
    """What a monitor says of a pane; arrays have the shape of the pane's cells.

    Attributes
    ----------
    rated : Rated
        How rare the values are.
    """

    signals: list[ReadingSignal]
    expected: Floats
    silent: list[str]
    rated: Rated


class MetricMonitor:
    """A detector, its series, how rare what it finds is, and its flags.

    A cell is flagged when a run of panes over the expected is as rare as the lowest level of a
    rule that listens. It stays flagged while its newest pane is over that rule's release: what a
    warning still stands for must be reported.

    Parameters
    ----------
    detector : Detector
        New, or restored together with `series`, `severity` and `flags`.
    rules : sequence of Rule
        Those that listen; without any nothing is flagged.
    severity : SeverityModel
    zone : str
        IANA time zone of the city, in which dates are given.
    """

    def __init__(
        self,
        detector: Detector,
        rules: Sequence[Rule],
        severity: SeverityModel,
        series: SeriesPlaces | None = None,
        flags: Flags | None = None,
        *,
        zone: str,
    ) -> None:
        self.detector, self.severity = detector, severity
        self.series = series or SeriesPlaces()
        self.flags = flags or {}
        self._begin = min((min(rule.levels.values()) for rule in rules), default=ENDLESS)
        ends = (min(rule.levels.values()) * rule.release for rule in rules)
        self._end = min(ends, default=ENDLESS)
        self._zone = ZoneInfo(zone)

    def judge(self, pane: PaneValues) -> Finding:
        """Judge a pane and learn from it."""
        places = self.series.places(pane.cells)
        vector = np.full(self.series.codes.size, np.nan)
        vector[places] = pane.values
        judgement = self.detector.judge(pane.start_ms, vector)
        rated = self.severity.rate(pane.start_ms, self.series.codes, places, pane.values, judgement)
        signals = self._flag(pane, places, judgement, rated)
        known = np.isfinite(judgement.score[places])
        return Finding(
            signals=signals,
            expected=judgement.expected[places],
            silent=self._silent(pane.start_ms, pane.cells[known]),
            rated=rated,
        )

    def rewind(self, now_ms: int) -> None:
        """Go on as if nothing had been judged later than a time; what was learned stays."""
        self.detector.rewind(now_ms)
        self.severity.local.rewind(now_ms)
        self.severity.regional.rewind(now_ms)
        self.flags = not_after(self.flags, now_ms)

    def reach(self, pane: PaneValues) -> Reach:
        """Give the highest severity that a run of panes like this one would have next.

        Nothing is learned.

        Parameters
        ----------
        pane : PaneValues
            The next pane, its cells known, with the largest value that the feed accepts.
        """
        copy = MetricMonitor(
            type(self.detector).from_bytes(self.detector.to_bytes()),
            (),
            SeverityModel.from_bytes(self.severity.to_bytes()),
            SeriesPlaces(self.series.codes.copy()),
            zone=str(self._zone),
        )
        most = modelled = 0.0
        for number in range(self.severity.run):
            start_ms = pane.start_ms + number * pane.width_s * 1000
            found = copy.judge(replace(pane, start_ms=start_ms))
            most = float(found.rated.severity.max(initial=0.0))
            modelled = float(found.rated.modelled.max(initial=0.0))
        days = self.severity.local.span_days
        if most < modelled:
            return Reach(most=most, modelled=modelled, why=f"{days:.1f} days of history, no more")
        return Reach(
            most=most,
            why=f"after {days:.1f} days of scores that is the rarity of the largest value",
        )

    def remembered(self, start_ms: int) -> list[str]:
        """Name the cells flagged not long before a pane; older flags are forgotten."""
        self.flags = remembered(self.flags, start_ms)
        return sorted(self.flags)

    def _silent(self, start_ms: int, reported: Codes) -> list[str]:
        """Name cells that were flagged recently and have no value in a pane."""
        self.flags = remembered(self.flags, start_ms)
        return silent_cells(self.flags, reported.tolist()) if self.flags else []

    def _flag(
        self, pane: PaneValues, places: NDArray[np.int64], judgement: Judgement, rated: Rated
    ) -> list[ReadingSignal]:
        """Find the flagged cells, and those that returned to normal."""
        was = active_among(self.flags, pane.cells) if self.flags else np.zeros(1, np.bool_)
        is_known = np.isfinite(judgement.score[places])
        is_active = (rated.severity >= self._begin) | (
            was & (np.maximum(rated.severity, rated.newest) >= self._end)
        )
        is_reported = is_known & (is_active | was)
        if not is_reported.any():
            return []
        judged = RatedPane(pane, places, judgement, rated, self.severity, self._end, self._zone)
        signals: list[ReadingSignal] = []
        for row in np.flatnonzero(is_reported).tolist():
            cell, active = str(pane.cells[row]), bool(is_active[row])
            since_ms = pane.start_ms if active else self.flags[cell].since_ms
            self.flags[cell] = FlaggedPlace(active, since_ms)
            signals.append(signal_of(judged, row, self.detector.name, active=active))
        return signals
