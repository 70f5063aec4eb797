"""Hours of coarse dust at some stations: the real record, and one that is made up."""

from __future__ import annotations

import csv
import gzip
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from models.detect.contract import Floats
from models.timing.units import HOUR_MS
from ops.simulation.dust import dust_values

ZONE: Final = ZoneInfo("Asia/Shanghai")
SEED: Final = 5


@dataclass(frozen=True, kw_only=True)
class Record:
    """Coarse and fine dust by hour and station.

    Attributes
    ----------
    times : list of datetime
        Start of each hour, local.
    coarse : float64, shape (hours, stations)
        µg/m³; NaN where PM10 or PM2.5 is missing.
    fine : float64, shape (hours, stations)
        PM2.5, µg/m³.
    """

    times: list[datetime]
    coarse: Floats
    fine: Floats

    def mask(self, years: range, months: tuple[int, ...]) -> NDArray[np.bool_]:
        """Hours that lie in these years and months."""
        return np.array([time.year in years and time.month in months for time in self.times])


def read(folder: Path) -> Record:
    """Read the stations' files of a folder."""
    stations = [_rows(path) for path in sorted(folder.glob("PRSA_Data_*.csv.gz"))]
    pm10, fine = (
        np.column_stack([[_value(row[name]) for row in rows] for rows in stations])
        for name in ("PM10", "PM2.5")
    )
    return Record(times=[_time(row) for row in stations[0]], coarse=pm10 - fine, fine=fine)


def _rows(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def _time(row: dict[str, str]) -> datetime:
    year, month, day, hour = (int(row[part]) for part in ("year", "month", "day", "hour"))
    return datetime(year, month, day, hour, tzinfo=ZONE)


def _value(cell: str) -> float:
    return float("nan") if cell == "NA" else float(cell)


def simulated(sensors: int, start: datetime, end: datetime) -> Record:
    """Make up the hours of a dense network: one region, sites apart by 15 %, noise of 12 %.

    `start` and `end` are full hours.
    """
    start_ms, end_ms = (round(time.timestamp() * 1000) for time in (start, end))
    days = list(dust_values(sensors, ZONE, start_ms, end_ms, SEED, HOUR_MS // 1000))
    hour_ms = np.concatenate([ts_ms[:, 0] for ts_ms, _ in days])
    values = np.concatenate([values for _, values in days]).round(1)
    inside = (hour_ms >= start_ms) & (hour_ms < end_ms)
    times = [datetime.fromtimestamp(ms / 1000, ZONE) for ms in hour_ms[inside].tolist()]
    return Record(times=times, coarse=values[inside, :, 0], fine=values[inside, :, 1])
