"""Which columns of a file say when and where an event was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from config.errors import InputError

_TIME: Final = ("time", "ts", "timestamp", "datetime", "date", "day", "opendt", "时间", "日期")
_BEGAN: Final = ("report", "creat", "open", "occur", "incident", "start", "event", "上报", "发现")
_LON: Final = ("lon", "lng", "longitude", "long", "经度")
_LAT: Final = ("lat", "latitude", "纬度")
_X: Final = ("x", "xcoord", "xcoordinate", "pointx", "coordx", "easting")
_Y: Final = ("y", "ycoord", "ycoordinate", "pointy", "coordy", "northing")


@dataclass(frozen=True, kw_only=True)
class PointNames:
    """Names of the columns that were found.

    Attributes
    ----------
    time, x, y : str
        `x` is the longitude or what lies east, `y` the latitude or what lies north.
    is_degrees : bool
        Whether the names are those of longitude and latitude.
    """

    time: str
    x: str
    y: str
    is_degrees: bool


def point_names(names: Sequence[str], file: Path) -> PointNames:
    """Find the columns by their names: exact ones first, then those that contain such a word.

    Of several times the one at which the event began or was reported counts.

    Raises
    ------
    InputError
        No time or no place; the message names the columns that are there.
    """
    plain = {name: "".join(filter(str.isalnum, name)).lower() for name in names}
    time = _exact(plain, _TIME) or _dated(plain)
    lon, lat = _exact(plain, _LON) or _within(plain, "longitude", "lng"), _exact(plain, _LAT)
    lat = lat or _within(plain, "latitude")
    x, y = _exact(plain, _X), _exact(plain, _Y)
    is_degrees = lon is not None and lat is not None
    if not is_degrees and x is not None and y is not None:
        lon, lat = x, y
    wanted = (("time", time, _TIME), ("longitude", lon, _LON), ("latitude", lat, _LAT))
    for kind, found, known in wanted:
        if found is None:
            msg = (
                f"{file}: no {kind} column (one of {', '.join(known)}) among {', '.join(names)}; "
                "name the columns in a mapping (--mapping)"
            )
            raise InputError(msg)
    assert time is not None and lon is not None and lat is not None
    return PointNames(time=time, x=lon, y=lat, is_degrees=is_degrees)


def _exact(plain: dict[str, str], known: Sequence[str]) -> str | None:
    return next((name for word in known for name in plain if plain[name] == word), None)


def _within(plain: dict[str, str], *words: str) -> str | None:
    return next((name for word in words for name in plain if word in plain[name]), None)


def _dated(plain: dict[str, str]) -> str | None:
    """Name of a column that has a date or a time in its name."""
    dated = {
        name: word
        for name, word in plain.items()
        if any(part in word for part in ("date", "time", "时间", "日期"))
    }
    began = [name for name, word in dated.items() if any(part in word for part in _BEGAN)]
    return next(iter([*began, *dated]), None)
