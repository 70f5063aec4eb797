"""How well the seasonal detector finds dust injected into hourly records.

Run as `python -m ops.evaluate_air FOLDER OUT.json`: five real stations, kilometres apart, and ten
made-up sensors of one district. Learns from 2013 to 2015, is tested from 2016 on, prints tables and
writes the same figures.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from rich.table import Table

from models.detect.base import Floats, Judgement, Scope
from models.detect.seasonal import SeasonalDetector
from models.detect.verdict import NOTABLE
from ops.air_record import ZONE, Record, read, simulated

HOUR_S: Final = 3600
MINIMUM: Final = 60.0  # µg/m³: lower values warn nobody, as in the rule on local dust
SEED: Final = 20160401
LENGTH_H: Final = 6
WITHIN_H: Final = 2
EVERY_H: Final = 5  # between starts of events: every hour of the day gets its share
SENSOR_MONTH_H: Final = 730
MERGE_H: Final = 6  # alarms of one sensor nearer than this are one alarm
EVERY_MONTH: Final = tuple(range(1, 13))
TRAINED: Final = range(2014, 2016)  # years the threshold is set on
TESTED: Final = range(2016, 2018)
SIZES: Final = (0.5, 1.0, 2.0, 4.0)  # rise, as a share of the station's own coarse dust
AMOUNTS: Final = (50.0, 100.0, 200.0)  # rise in µg/m³: what a site adds whatever the air is like
SHAPES: Final[dict[str, Floats]] = {
    "step": np.ones(LENGTH_H),
    "ramp": np.linspace(0.5, 1.5, LENGTH_H),
    "bursts": np.array([1.5, 0.5, 1.5, 0.5, 1.5, 0.5]),
}

Scopes = NDArray[np.uint8]
Figures = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Event:
    """A rise laid over the record: by a share of the value, or by an amount."""

    shape: str
    rise: float
    is_share: bool
    is_regional: bool

    @property
    def name(self) -> str:
        """What the table calls it."""
        size = f"+{self.rise:.0%}" if self.is_share else f"+{self.rise:.0f} µg/m³"
        return f"{'all stations' if self.is_regional else 'one station'}, {self.shape}, {size}"

    def laid_over(self, values: Floats, station: int) -> Floats:
        """Give the hours of the event, shape (LENGTH_H, stations), with the rise in them."""
        risen = values.copy()
        where = slice(None) if self.is_regional else slice(station, station + 1)
        shape = self.rise * SHAPES[self.shape][:, None]
        base = np.maximum(values[:, where], 0.0)
        risen[:, where] = base * (1 + shape) if self.is_share else base + shape
        return risen


@dataclass(kw_only=True)
class Tally:
    """What came of the tries with one kind of event; one entry a try.

    Attributes
    ----------
    before, scores : list of ndarray, shape (hours, stations hit)
        Scores that count, without the event and with it; NaN where none does.
    scopes : list of ndarray, shape (hours, stations hit)
        With the event.
    """

    before: list[Floats] = field(default_factory=list)
    scores: list[Floats] = field(default_factory=list)
    scopes: list[Scopes] = field(default_factory=list)

    def found(self, threshold: float) -> float:
        """Share of events with an alarm in time, whatever its label."""
        return float(np.mean([(one[:WITHIN_H] >= threshold).any() for one in self.scores]))

    def found_local(self, threshold: float) -> float:
        """Share of events with a local alarm in time."""
        pairs = zip(self.scores, self.scopes, strict=True)
        hits = [(s >= threshold) & (scope == Scope.LOCAL) for s, scope in pairs]
        return float(np.mean([hit[:WITHIN_H].any() for hit in hits]))

    def labelled(self, scope: Scope, threshold: float) -> float:
        """Share of the alarms that the events brought about which have this label; NaN if none."""
        labels = [
            scopes[(scores >= threshold) & ~(before >= threshold)]
            for scopes, scores, before in zip(self.scopes, self.scores, self.before, strict=True)
        ]
        flat = np.concatenate(labels) if labels else np.zeros(0)
        return float(np.mean(flat == scope)) if flat.size else float("nan")


def events() -> Iterator[Event]:
    """All kinds of events that are tried."""
    for shape in SHAPES:
        for is_share, rises in ((True, SIZES), (False, AMOUNTS)):
            for rise in rises:
                yield Event(shape=shape, rise=rise, is_share=is_share, is_regional=False)
    for is_share, rises in ((True, SIZES), (False, AMOUNTS)):
        for rise in rises:
            yield Event(shape="step", rise=rise, is_share=is_share, is_regional=True)


def run(record: Record) -> tuple[Floats, Scopes, dict[str, Tally]]:
    """Judge the record as it is, and from each start of April 2016 on also with events in it.

    Returns
    -------
    tuple
        Scores and scopes of the record itself, shape (hours, stations), and a tally by event.
    """
    rng = np.random.default_rng(SEED)
    kinds = list(events())
    tallies = {event.name: Tally() for event in kinds}
    starts = set(np.flatnonzero(record.mask(range(2016, 2017), (4,)))[:-LENGTH_H:EVERY_H])
    detector = SeasonalDetector(width_s=HOUR_S, offset=MINIMUM)
    scores = np.empty(record.coarse.shape)
    scopes = np.empty(record.coarse.shape, dtype=np.uint8)
    console = Console(stderr=True)
    for hour in track(range(len(record.times)), "judging", console=console):
        if hour in starts:
            station = int(rng.integers(record.coarse.shape[1]))
            _try(record, detector.to_bytes(), hour, station, kinds, tallies)
        judgement = _judge(detector, record, hour, record.coarse[hour])
        scores[hour] = counting(judgement, record.coarse[hour])
        scopes[hour] = judgement.scope
    return scores, scopes, tallies


def counting(judgement: Judgement, values: Floats) -> Floats:
    """Scores that count for a warning; NaN where the value is too low to warn of."""
    return np.where(np.nan_to_num(values) >= MINIMUM, judgement.score, np.nan)


def _try(
    record: Record,
    state: bytes,
    start: int,
    station: int,
    kinds: list[Event],
    tallies: dict[str, Tally],
) -> None:
    """Let a copy of the detector live through each kind of event."""
    values = record.coarse[start : start + LENGTH_H]
    if np.isnan(values[:, station]).any():
        return
    before, _ = _lived(record, state, start, values)
    for event in kinds:
        lasting = LENGTH_H if event.is_regional else WITHIN_H
        scores, scopes = _lived(record, state, start, event.laid_over(values, station)[:lasting])
        where = slice(None) if event.is_regional else slice(station, station + 1)
        tally = tallies[event.name]
        tally.before.append(before[:lasting, where])
        tally.scores.append(scores[:, where])
        tally.scopes.append(scopes[:, where])


def _lived(record: Record, state: bytes, start: int, values: Floats) -> tuple[Floats, Scopes]:
    """Scores and scopes of some hours, judged by a copy of the detector."""
    detector = SeasonalDetector.from_bytes(state)
    judged = [_judge(detector, record, start + k, row) for k, row in enumerate(values)]
    scores = [counting(one, row) for one, row in zip(judged, values, strict=True)]
    return np.array(scores), np.array([one.scope for one in judged])


def _judge(detector: SeasonalDetector, record: Record, hour: int, values: Floats) -> Judgement:
    return detector.judge(round(record.times[hour].timestamp() * 1000), values)


def alarms(scores: Floats, chosen: NDArray[np.bool_], threshold: float) -> float:
    """Alarms a sensor-month: hours over the threshold, near ones counted once."""
    count = 0
    for station in range(scores.shape[1]):
        hours = np.flatnonzero(chosen & (np.nan_to_num(scores[:, station]) >= threshold))
        count += int((np.diff(hours) > MERGE_H).sum()) + int(hours.size > 0)
    sensor_months = float(chosen.sum()) * scores.shape[1] / SENSOR_MONTH_H
    return float(count / max(sensor_months, 1e-9))


def threshold_for(scores: Floats, chosen: NDArray[np.bool_], rate: float) -> float:
    """Least threshold with at most `rate` alarms a sensor-month over the chosen hours."""
    candidates = np.arange(NOTABLE, 8.0, 0.02)  # lower scores have no label
    rates = [alarms(scores, chosen, float(candidate)) for candidate in candidates]
    return float(candidates[int(np.argmax(np.array(rates) <= rate))])


def figures(record: Record) -> Figures:
    """Work out all figures of one record."""
    return summary(record, *run(record))


def summary(record: Record, scores: Floats, scopes: Scopes, tallies: dict[str, Tally]) -> Figures:
    """Set the threshold on the training years, and count by it.

    Local alarms are counted by sensor: each sends somebody out. A regional departure warns the
    district once, so it counts once however many sensors show it.
    """
    local = np.where(scopes == Scope.LOCAL, scores, np.nan)
    regional = np.where(scopes == Scope.REGIONAL, scores, np.nan)
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
            str(month): float(np.mean(scopes[mask] == Scope.SEASONAL))
            for month, mask in spring.items()
        },
        "events": {
            name: {
                "found": tally.found(threshold),
                "found_local": tally.found_local(threshold),
                "regional": tally.labelled(Scope.REGIONAL, threshold),
                "local": tally.labelled(Scope.LOCAL, threshold),
            }
            for name, tally in tallies.items()
        },
    }


def dense() -> Record:
    """Ten sensors of one district, made up: the network that a city has on its sites."""
    return simulated(10, datetime(2014, 7, 1, tzinfo=ZONE), datetime(2016, 6, 1, tzinfo=ZONE))


def _table(title: str, found: dict[str, Any]) -> Table:
    table = Table(title=f"{title}: threshold {found['threshold']:.2f}, {found['tries']} tries each")
    for column in ("what", "found / a sensor-month", "labelled regional / a month", "local"):
        table.add_column(column)
    for name, rate in found["false_alarms_per_sensor_month"].items():
        table.add_row(
            f"alarms {name}", f"{rate:.2f}", f"{found['regional_alarms_per_month'][name]:.2f}"
        )
    for name, result in found["events"].items():
        shares = (f"{result[key]:.0%}" for key in ("found", "regional", "local"))
        table.add_row(name, *shares)
    return table


def main(arguments: list[str]) -> None:
    """Print the tables and write the figures."""
    folder, out = Path(arguments[0]), Path(arguments[1])
    records = {"stations": read(folder), "dense network": dense()}
    found = {name: figures(record) for name, record in records.items()}
    out.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    for name, one in found.items():
        Console().print(_table(name, one))


if __name__ == "__main__":
    main(sys.argv[1:])
