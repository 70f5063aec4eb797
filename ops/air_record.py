"""Hours of coarse dust at some stations: the real record, and one that is made up."""

from __future__ import annotations

import csv
import gzip
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.detect.base import Floats
from ops.simulated_dust import dust_messages

ZONE: Final = ZoneInfo("Asia/Shanghai")
HOUR_MS: Final = 3_600_000
SEED: Final = 5


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


def read(folder: Path) -> Record:
    """Read the stations' files of a folder."""
    stations = [_rows(path) for path in sorted(folder.glob("PRSA_Data_*.csv.gz"))]
    columns = [[_value(row["PM10"]) - _value(row["PM2.5"]) for row in rows] for rows in stations]
    return Record(times=[_time(row) for row in stations[0]], coarse=np.column_stack(columns))


def read_fine(folder: Path) -> Floats:
    """PM2.5 of the same hours and stations, µg/m³."""
    stations = [_rows(path) for path in sorted(folder.glob("PRSA_Data_*.csv.gz"))]
    return np.column_stack([[_value(row["PM2.5"]) for row in rows] for rows in stations])


def _rows(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def _time(row: dict[str, str]) -> datetime:
    year, month, day, hour = (int(row[part]) for part in ("year", "month", "day", "hour"))
    return datetime(year, month, day, hour, tzinfo=ZONE)


def _value(cell: str) -> float:
    return float("nan") if cell == "NA" else float(cell)


def simulated(sensors: int, start: datetime, end: datetime) -> Record:
    """Make up the hours of a dense network: one region, sites apart by 15 %, noise of 12 %."""
    names = [f"D{number:02}" for number in range(sensors)]
    start_ms, end_ms = (round(time.timestamp() * 1000) for time in (start, end))
    coarse = np.full(((end_ms - start_ms) // HOUR_MS, sensors), np.nan)
    messages = dust_messages(names, ZONE, start_ms, end_ms, SEED, HOUR_MS // 1000, None)
    order = {name: number for number, name in enumerate(names)}
    for message in messages:
        for reading in msgspec.json.decode(message.value):
            if reading["metric"] == "coarse":
                hour = (reading["ts"] - start_ms) // HOUR_MS
                coarse[hour, order[reading["sensor"]]] = reading["value"]
    times = [
        datetime.fromtimestamp((start_ms + hour * HOUR_MS) / 1000, ZONE)
        for hour in range(coarse.shape[0])
    ]
    return Record(times=times, coarse=coarse)
