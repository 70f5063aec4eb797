"""How well the seasonal detector finds dust injected into the real hourly record of five stations.

Run as `python -m ops.evaluate_air FOLDER OUT.json`: learns from 2013 to 2015, is tested from 2016
on, prints a table and writes the same figures.
"""

from __future__ import annotations

import csv
import gzip
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from rich.table import Table

from models.detect.base import Floats, Judgement, Scope
from models.detect.seasonal import SeasonalDetector

ZONE: Final = ZoneInfo("Asia/Shanghai")
HOUR_S: Final = 3600
OFFSET: Final = 10.0  # µg/m³: what two instruments may differ by in clean air
SEED: Final = 20160401
LENGTH_H: Final = 6
WITHIN_H: Final = 2
EVERY_H: Final = 5  # between starts of events: every hour of the day gets its share
SENSOR_MONTH_H: Final = 730
MERGE_H: Final = 6  # alarms of one sensor nearer than this are one alarm
SIZES: Final = (0.5, 1.0, 2.0, 4.0)  # rise, as a share of the station's own coarse dust
AMOUNTS: Final = (50.0, 100.0, 200.0)  # rise in µg/m³: what a site adds whatever the air is like
SHAPES: Final[dict[str, Floats]] = {
    "step": np.ones(LENGTH_H),
    "ramp": np.linspace(0.5, 1.5, LENGTH_H),
    "bursts": np.array([1.5, 0.5, 1.5, 0.5, 1.5, 0.5]),
}


@dataclass(frozen=True, kw_only=True)
class Record:
    """Coarse dust by hour and station.

    Attributes
    ----------
    times : list of datetime
        Start of each hour, local.
    coarse : float64, shape (hours, stations)
        µg/m³; NaN where PM10 or PM2.5 is missing.
    """

    times: list[datetime]
    coarse: Floats

    def mask(self, years: range, months: tuple[int, ...]) -> NDArray[np.bool_]:
        """Hours that lie in these years and months."""
        return np.array([time.year in years and time.month in months for time in self.times])


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
    """What came of the tries with one kind of event; one entry a try."""

    peaks: list[float] = field(default_factory=list)  # greatest score within `WITHIN_H`
    scopes: list[list[tuple[float, int]]] = field(default_factory=list)  # of all event hours

    def found(self, threshold: float) -> float:
        """Share of events with an alarm in time."""
        return float(np.mean(np.array(self.peaks) >= threshold))

    def regional(self, threshold: float) -> float:
        """Share of the alarms during the events that were labelled regional; NaN if none."""
        flat = [scope for hours in self.scopes for score, scope in hours if score >= threshold]
        return float(np.mean(np.array(flat) == Scope.REGIONAL)) if flat else float("nan")


def read(folder: Path) -> Record:
    """Read the stations' files of a folder."""
    stations = [_station(path) for path in sorted(folder.glob("PRSA_Data_*.csv.gz"))]
    return Record(times=stations[0][0], coarse=np.column_stack([values for _, values in stations]))


def _station(path: Path) -> tuple[list[datetime], Floats]:
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    times = [
        datetime(*(int(row[part]) for part in ("year", "month", "day", "hour")), tzinfo=ZONE)  # type: ignore[arg-type, misc]
        for row in rows
    ]
    return times, np.array([_value(row["PM10"]) - _value(row["PM2.5"]) for row in rows])


def _value(cell: str) -> float:
    return float("nan") if cell == "NA" else float(cell)


def events() -> Iterator[Event]:
    """All kinds of events that are tried."""
    for shape in SHAPES:
        for is_share, rises in ((True, SIZES), (False, AMOUNTS)):
            for rise in rises:
                yield Event(shape=shape, rise=rise, is_share=is_share, is_regional=False)
    for rise in SIZES:
        yield Event(shape="step", rise=rise, is_share=True, is_regional=True)


def run(record: Record) -> tuple[Floats, NDArray[np.uint8], dict[str, Tally]]:
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
    detector = SeasonalDetector(width_s=HOUR_S, offset=OFFSET)
    scores = np.empty(record.coarse.shape)
    scopes = np.empty(record.coarse.shape, dtype=np.uint8)
    console = Console(stderr=True)
    for hour in track(range(len(record.times)), "judging", console=console):
        if hour in starts:
            station = int(rng.integers(record.coarse.shape[1]))
            _try(record, detector.to_bytes(), hour, station, kinds, tallies)
        judgement = _judge(detector, record, hour, record.coarse[hour])
        scores[hour], scopes[hour] = judgement.score, judgement.scope
    return scores, scopes, tallies


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
    for event in kinds:
        detector = SeasonalDetector.from_bytes(state)
        risen = event.laid_over(values, station)
        lasting = LENGTH_H if event.is_regional else WITHIN_H
        judged = [_judge(detector, record, start + k, risen[k]) for k in range(lasting)]
        where = slice(None) if event.is_regional else slice(station, station + 1)
        heard = [np.nan_to_num(one.score[where]) for one in judged]
        tallies[event.name].peaks.append(max(float(one.max()) for one in heard[:WITHIN_H]))
        pairs = [
            (float(score), int(scope))
            for scored, one in zip(heard, judged, strict=True)
            for score, scope in zip(scored, one.scope[where], strict=True)
        ]
        tallies[event.name].scopes.append(pairs)


def _judge(detector: SeasonalDetector, record: Record, hour: int, values: Floats) -> Judgement:
    return detector.judge(round(record.times[hour].timestamp() * 1000), values)


def alarms(scores: Floats, chosen: NDArray[np.bool_], threshold: float) -> float:
    """Alarms a sensor-month: hours over the threshold, near ones counted once."""
    count = 0
    for station in range(scores.shape[1]):
        hours = np.flatnonzero(chosen & (np.nan_to_num(scores[:, station]) >= threshold))
        count += int((np.diff(hours) > MERGE_H).sum()) + int(hours.size > 0)
    sensor_months = float(chosen.sum()) * scores.shape[1] / SENSOR_MONTH_H
    return float(count / sensor_months)


def threshold_for(scores: Floats, chosen: NDArray[np.bool_], rate: float) -> float:
    """Least threshold with at most `rate` alarms a sensor-month over the chosen hours."""
    candidates = np.arange(2.0, 30.0, 0.05)
    rates = [alarms(scores, chosen, float(candidate)) for candidate in candidates]
    return float(candidates[int(np.argmax(np.array(rates) <= rate))])


def figures(record: Record) -> dict[str, object]:
    """Work out all figures."""
    scores, scopes, tallies = run(record)
    every = tuple(range(1, 13))
    threshold = threshold_for(scores, record.mask(range(2014, 2016), every), 1.0)
    local = np.where(scopes == Scope.REGIONAL, np.nan, scores)
    spring = {month: record.mask(range(2016, 2017), (month,)) for month in (4, 5)}
    return {
        "threshold": threshold,
        "tries": len(next(iter(tallies.values())).peaks),
        "false_alarms_per_sensor_month": {
            "2014-15, threshold set on it": alarms(
                scores, record.mask(range(2014, 2016), every), threshold
            ),
            "2016-17": alarms(scores, record.mask(range(2016, 2018), every), threshold),
            "April 2016": alarms(scores, spring[4], threshold),
            "May 2016": alarms(scores, spring[5], threshold),
            "April 2016, local only": alarms(local, spring[4], threshold),
            "May 2016, local only": alarms(local, spring[5], threshold),
        },
        "seasonal_share": {
            str(month): float(np.mean(scopes[mask] == Scope.SEASONAL))
            for month, mask in spring.items()
        },
        "events": {
            name: {"found": tally.found(threshold), "regional": tally.regional(threshold)}
            for name, tally in tallies.items()
        },
    }


def _table(found: dict[str, object]) -> Table:
    table = Table(title=f"threshold {found['threshold']:.2f}, {found['tries']} tries each")
    for column in ("what", "found in 2 h / per sensor-month", "labelled regional"):
        table.add_column(column)
    for name, rate in found["false_alarms_per_sensor_month"].items():  # type: ignore[attr-defined]
        table.add_row(f"alarms {name}", f"{rate:.2f}", "")
    for name, result in found["events"].items():  # type: ignore[attr-defined]
        table.add_row(name, f"{result['found']:.0%}", f"{result['regional']:.0%}")
    return table


def main(arguments: list[str]) -> None:
    """Print the table and write the figures."""
    folder, out = Path(arguments[0]), Path(arguments[1])
    found = figures(read(folder))
    out.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    Console().print(_table(found))


if __name__ == "__main__":
    main(sys.argv[1:])
