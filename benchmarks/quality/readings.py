"""How well the seasonal detector finds dust that is laid over hourly records.

Five real stations, kilometres apart, and ten made-up sensors of one district. The detector learns
from 2013 on, thresholds are set on 2014-15, and events are laid over April 2016.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.quality.air import ZONE, Record, read, simulated
from benchmarks.quality.bound import bounds
from benchmarks.quality.events import LENGTH_H, SIZES, WITHIN_H, Scopes, Tally, events
from benchmarks.quality.rates import EVERY_MONTH, TESTED, TRAINED, alarms, threshold_for
from models.detect.contract import DepartureScope, Floats, Judgement
from models.detect.readings.seasonal import SeasonalDetector
from models.timing.units import HOUR_S

RULE: Final = 60.0  # µg/m³: lower values warn nobody, as in the rule on local dust
DENSE: Final = 5.0  # the same where it is only to keep the noise of a sensor near zero out
SEED: Final = 20160401
EVERY_H: Final = 5  # between starts of events: every hour of the day gets its share
RISEN: Final = 1.0  # µg/m³ that most stations must gain for a rise to be one at all stations

Figures = dict[str, Any]


def stations(folder: Path, *, is_quick: bool) -> Figures:
    """Work out the figures of the real stations, whose files are in a folder."""
    return Trial(read(folder), RULE, _every(is_quick)).figures()


def dense(*, is_quick: bool) -> Figures:
    """Work out the figures of a dense network."""
    return Trial(dense_network(), DENSE, _every(is_quick)).figures()


def limits(folder: Path, *, is_quick: bool) -> dict[str, dict[str, float]]:
    """Work out what could be found of rises by a share at the real stations at all."""
    return bounds(read(folder), [(True, size) for size in SIZES[: 1 if is_quick else None]])


def _every(is_quick: bool) -> int:
    """Hours between two tries: a quick run makes few."""
    return 24 * EVERY_H if is_quick else EVERY_H


def dense_network() -> Record:
    """Ten sensors of one district, made up: the network that a city has on its sites."""
    return simulated(10, datetime(2014, 7, 1, tzinfo=ZONE), datetime(2016, 6, 1, tzinfo=ZONE))


class Trial:
    """Judges a record as it is, and from each start of April 2016 on also with events in it.

    Parameters
    ----------
    record : Record
    minimum : float
        Lower values warn nobody, µg/m³.
    every_h : int
        Hours between two starts.
    """

    def __init__(self, record: Record, minimum: float, every_h: int) -> None:
        self._record, self._minimum = record, minimum
        april = np.flatnonzero(record.mask(range(2016, 2017), (4,)))
        self._starts = set(april[:-LENGTH_H:every_h].tolist())
        self._kinds = list(events())
        self.tallies = {event.name: Tally() for event in self._kinds}

    def figures(self) -> Figures:
        """Judge and count."""
        return summary(self._record, *self.judged(), self.tallies)

    def judged(self) -> tuple[Floats, Scopes]:
        """Scores that count and scopes of the record itself, shape (hours, stations)."""
        rng = np.random.default_rng(SEED)
        detector = SeasonalDetector(width_s=HOUR_S, offset=self._minimum)
        scores = np.empty(self._record.coarse.shape)
        scopes = np.empty(self._record.coarse.shape, dtype=np.uint8)
        for hour, values in enumerate(self._record.coarse):
            if hour in self._starts:
                self._try(detector.to_bytes(), hour, int(rng.integers(values.size)))
            judgement = self._judge(detector, hour, values)
            scores[hour] = counting(judgement.score, values, self._minimum)
            scopes[hour] = judgement.scope
        return scores, scopes

    def _try(self, state: bytes, start: int, station: int) -> None:
        """Let a copy of the detector live through each kind of event."""
        values = self._record.coarse[start : start + LENGTH_H]
        if np.isnan(values[:, station]).any():
            return
        before, _ = self._lived(state, start, values)
        for event in self._kinds:
            lasting = LENGTH_H if event.is_regional else WITHIN_H
            risen = event.laid_over(values, station)[:lasting]
            scores, scopes = self._lived(state, start, risen)
            where = slice(None) if event.is_regional else slice(station, station + 1)
            gain = np.nanmedian(risen - np.maximum(values[:lasting], 0), axis=1)
            self.tallies[event.name].add(
                before[:lasting, where],
                counting(scores, risen, self._minimum)[:, where],
                scopes[:, where],
                (gain >= RISEN)[:, None] if event.is_regional else np.ones((lasting, 1), np.bool_),
            )

    def _lived(self, state: bytes, start: int, values: Floats) -> tuple[Floats, Scopes]:
        """Scores and scopes of some hours, judged by a copy of the detector."""
        detector = SeasonalDetector.from_bytes(state)
        judged = [self._judge(detector, start + k, row) for k, row in enumerate(values)]
        return np.array([one.score for one in judged]), np.array([one.scope for one in judged])

    def _judge(self, detector: SeasonalDetector, hour: int, values: Floats) -> Judgement:
        return detector.judge(round(self._record.times[hour].timestamp() * 1000), values)


def counting(scores: Floats, values: Floats, minimum: float) -> Floats:
    """Scores that count for a warning; NaN where the value is too low to warn of."""
    return np.where(np.nan_to_num(values) >= minimum, scores, np.nan)


def summary(record: Record, scores: Floats, scopes: Scopes, tallies: dict[str, Tally]) -> Figures:
    """Set the threshold on the training years, and count by it.

    Local alarms are counted by sensor: each sends somebody out. A regional departure warns the
    district once, so it counts once however many sensors show it.
    """
    local = np.where(scopes == DepartureScope.LOCAL, scores, np.nan)
    regional = np.where(scopes == DepartureScope.REGIONAL, scores, np.nan)
    one = np.nan_to_num(regional).max(axis=1, keepdims=True)
    threshold = threshold_for(local, record.mask(TRAINED, EVERY_MONTH), 1.0)
    rates = {"2014-15, threshold set on it": (TRAINED, EVERY_MONTH)}
    rates |= {"2016-17": (TESTED, EVERY_MONTH)}
    rates |= {f"2016-17, month {month}": (TESTED, (month,)) for month in EVERY_MONTH}
    rates |= {f"{month} 2016": (range(2016, 2017), (n,)) for n, month in ((4, "April"), (5, "May"))}
    spring = {month: record.mask(range(2016, 2017), (month,)) for month in (4, 5)}
    return {
        "threshold": threshold,
        "tries": len(next(iter(tallies.values())).scores),
        "false_alarms_per_sensor_month": {
            name: alarms(local, record.mask(*span), threshold) for name, span in rates.items()
        },
        "regional_alarms_per_month": {
            name: alarms(one, record.mask(*span), threshold) for name, span in rates.items()
        },
        "seasonal_share": {
            str(month): float(np.mean(scopes[mask] == DepartureScope.SEASONAL))
            for month, mask in spring.items()
        },
        "events": {
            name: {
                "found": tally.found(threshold),
                "found_local": tally.found_local(threshold),
                "regional": tally.labelled(DepartureScope.REGIONAL, threshold),
                "regional_in_every_hour": tally.labelled(
                    DepartureScope.REGIONAL, threshold, is_everywhere=False
                ),
            }
            for name, tally in tallies.items()
        },
    }
