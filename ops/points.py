"""Point events of a file: when and where, through a mapping or by the names of the columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from config.errors import InputError
from config.mapping import Mapping
from ops.csv_file import read_table
from ops.sources import read_points

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_TIME = ("time", "ts", "timestamp", "datetime", "date", "day", "open_dt", "created", "createddate")
_LON = ("lon", "lng", "longitude", "long")
_LAT = ("lat", "latitude")
_DAY_MS = 86_400_000


@dataclass(frozen=True, kw_only=True)
class Points:
    """Events with a place.

    Attributes
    ----------
    day : ndarray, shape (n,), int64
        Local day, counted from 1970-01-01.
    lon, lat : ndarray, shape (n,), float64, degrees
    unplaced : int
        Rows left out for want of a time or usable coordinates.
    """

    day: Ints
    lon: Floats
    lat: Floats
    unplaced: int


def points_of(file: Path, mapping: Mapping | None, zone: str) -> Points:
    """Read the events of a file.

    Raises
    ------
    InputError
        The file is wrong, has no such columns, or not one row with a time and a place.
    """
    if mapping is None:
        day, lon, lat = _by_name(file)
    else:
        mapped, _ = read_points(file, mapping)
        day, lon, lat = _local_days(mapped.ts_ms, zone), mapped.lon, mapped.lat
    placed = np.isfinite(lon) & np.isfinite(lat) & (np.abs(lat) <= 90) & (np.abs(lon) <= 180)
    placed &= (day > np.iinfo(np.int64).min) & ((lon != 0) | (lat != 0))
    if not placed.any():
        msg = f"{file}: no row has both a time and coordinates in degrees"
        raise InputError(msg)
    left_out = len(placed) - int(placed.sum())
    return Points(day=day[placed], lon=lon[placed], lat=lat[placed], unplaced=left_out)


def _local_days(ts_ms: Ints, zone: str) -> Ints:
    """Local day of each time; the offset is looked up once an hour of the data."""
    hours, at = np.unique(ts_ms // 3_600_000, return_inverse=True)
    local = ZoneInfo(zone)
    offsets = [
        datetime.fromtimestamp(int(hour) * 3600, tz=local).utcoffset() for hour in hours.tolist()
    ]
    shift = np.array([0 if o is None else int(o.total_seconds() * 1000) for o in offsets])
    days: Ints = (ts_ms + shift[at]) // _DAY_MS
    return days


def _by_name(file: Path) -> tuple[Ints, Floats, Floats]:
    table = read_table(file)
    found = {}
    for wanted, names in (("time", _TIME), ("longitude", _LON), ("latitude", _LAT)):
        match = [c for n in names for c in table.column_names if c.strip().lower() == n]
        if not match:
            msg = (
                f"{file}: no {wanted} column (one of {', '.join(names)}) among "
                f"{', '.join(table.column_names)}; name the columns in a mapping (--mapping)"
            )
            raise InputError(msg)
        found[wanted] = table[match[0]].to_pylist()
    day = np.array([_day(text) for text in found["time"]], dtype=np.int64)
    return day, _degrees(found["longitude"]), _degrees(found["latitude"])


def _day(text: str) -> int:
    """Read the date at the start of a text, as written; the least integer where there is none."""
    try:
        return date.fromisoformat(text.strip()[:10]).toordinal() - 719_163
    except ValueError:
        return int(np.iinfo(np.int64).min)


def _degrees(texts: Sequence[str]) -> Floats:
    values = np.full(len(texts), np.nan)
    for row, text in enumerate(texts):
        try:
            values[row] = float(text)
        except ValueError:
            continue
    return values
