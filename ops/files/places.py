"""Which coordinates are a place, and whether they are degrees."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from config.errors import InputError
from ops.files import vocabulary
from ops.files.account import InputAccount
from ops.files.choices import Choices
from ops.files.names import degrees, first_of, named, shifted
from ops.files.table import FileTable

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


def is_place(lon: Floats, lat: Floats) -> Mask:
    """Tell which coordinates are a place: not those that stand for none beside all others.

    Zero in either, the same number in both, and the corner of the map stand for no place in a file
    whose middle lies elsewhere.

    Examples
    --------
    >>> lon, lat = np.array([116.4, 116.5, 0, -1, np.nan]), np.array([39.9, 39.8, 39.9, -1, 39.9])
    >>> is_place(lon, lat).tolist()
    [True, True, False, False, False]
    """
    known: Mask = np.isfinite(lon) & np.isfinite(lat)
    marks = known & ((lon == lat) | ((np.abs(lon) == 180) & (np.abs(lat) == 90)))
    for values in (lon, lat):
        marks |= known & (values == 0) & (abs(_middle(values[known])) > 1)
    if marks.sum() > known.sum() / 2:
        marks = (lon == 0) & (lat == 0)
    return np.asarray(known & ~marks, dtype=bool)


def _middle(values: Floats) -> float:
    return float(np.median(values)) if values.size else 0.0


def lies_in_plane(lon: Floats, lat: Floats) -> bool:
    """Tell whether most places lie beyond degrees."""
    known = np.isfinite(lon) & np.isfinite(lat)
    beyond = (np.abs(lon[known]) > 180) | (np.abs(lat[known]) > 90)
    return bool(beyond.size and beyond.mean() > 0.5)


def place_columns(table: FileTable, choices: Choices) -> tuple[str, str]:
    """Find the columns of longitude and latitude, or of x and y.

    Raises
    ------
    InputError
        There are none.
    """
    names = table.names
    lon, lat = degrees(names)
    if lon is None or lat is None:
        lon, lat = first_of(vocabulary.X, names), first_of(vocabulary.Y, names)
    if choices.lon is not None:
        lon = named(choices.lon, names, table.path)
    if choices.lat is not None:
        lat = named(choices.lat, names, table.path)
    if lon is None or lat is None:
        kind, option = ("longitude", "lon") if lon is None else ("latitude", "lat")
        msg = f"{table.path}: no {kind} column among {', '.join(names)}; "
        msg += f"{text}; or " if (text := shifted(names)) else ""
        msg += f"name it with --{option}, or in a mapping (--mapping)"
        raise InputError(msg)
    return lon, lat


def refuse_degrees(lon: Floats, lat: Floats, choices: Choices, account: InputAccount) -> None:
    """Refuse columns that are called degrees, or are so the other way round, and hold none.

    Raises
    ------
    InputError
        The sentence says what settles it.
    """
    x, y = account.columns["lon"], account.columns["lat"]
    is_asked = choices.lon is not None and choices.lat is not None
    called = first_of(vocabulary.LON, [x]) is not None and first_of(vocabulary.LAT, [y]) is not None
    if is_asked or not called:
        return
    what = f"{account.file}: columns {x!r} and {y!r} hold no degrees"
    if lies_in_plane(lat, lon):
        msg = f"{what}; if they are metres east and north, say --lon {x} --lat {y}"
        raise InputError(msg)
    msg = f"{what}, but do the other way round; if they are swapped, say --lon {y} --lat {x}"
    raise InputError(msg)
