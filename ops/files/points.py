"""Point events of a file: when and where, through a mapping or by the names of the columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from config.errors import InputError
from config.mapping import Mapping
from ops.files.csv_file import read_table
from ops.files.day_texts import NO_DAY, days_of
from ops.files.point_columns import point_names
from ops.files.sources import read_points

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_DAY_MS = 86_400_000


@dataclass(frozen=True, kw_only=True)
class Points:
    """Events with a place.

    Attributes
    ----------
    day : ndarray, shape (n,), int64
        Local day, counted from 1970-01-01.
    lon, lat : ndarray, shape (n,), float64
        Degrees; in a plane what lies east and north, in the file's unit.
    is_plane : bool
    unplaced : int
        Rows left out for want of a time or usable coordinates.
    """

    day: Ints
    lon: Floats
    lat: Floats
    unplaced: int
    is_plane: bool = False


def points_of(file: Path, mapping: Mapping | None, zone: str) -> Points:
    """Read the events of a file.

    Raises
    ------
    InputError
        The file is wrong, has no such columns, or not one row with a time and a place.
    """
    is_plane = False
    if mapping is None:
        day, lon, lat, is_plane = _by_name(file, zone)
    else:
        mapped, _ = read_points(file, mapping)
        day, lon, lat = _local_days(mapped.ts_ms, zone), mapped.lon, mapped.lat
    placed = np.isfinite(lon) & np.isfinite(lat) & (day > NO_DAY) & ((lon != 0) | (lat != 0))
    if not is_plane:
        placed &= (np.abs(lat) <= 90) & (np.abs(lon) <= 180)
    if not placed.any():
        msg = f"{file}: no row has both a time and coordinates in degrees"
        raise InputError(msg)
    return Points(
        day=day[placed],
        lon=lon[placed],
        lat=lat[placed],
        unplaced=len(placed) - int(placed.sum()),
        is_plane=is_plane,
    )


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


def _by_name(file: Path, zone: str) -> tuple[Ints, Floats, Floats, bool]:
    table = read_table(file)
    names = point_names(table.column_names, file)
    lon, lat = _numbers(table[names.x].to_pylist()), _numbers(table[names.y].to_pylist())
    is_far = bool((np.abs(lon) > 180).any() or (np.abs(lat) > 90).any())
    day = days_of(table[names.time].to_pylist(), zone)
    return day, lon, lat, is_far and not names.is_degrees


def _numbers(texts: Sequence[str]) -> Floats:
    values = np.full(len(texts), np.nan)
    for row, text in enumerate(texts):
        try:
            values[row] = float(text.replace(",", "."))
        except ValueError:
            continue
    return values
