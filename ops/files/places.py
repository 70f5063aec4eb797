"""Which coordinates are a place, and whether they are degrees."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

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
