"""Places of a scan: cells of the city, distinct points of a file, or squares."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.catalog import Catalog
from config.errors import ConfigError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_MOST_POINTS: Final = 6000  # distinct points scanned as they are; above, squares of 100 m
_SQUARE_M: Final = 100.0
_IN_CITY: Final = 0.9  # share of the events that makes the city the place to scan
_DEGREE_M: Final = 111_320.0


@dataclass(frozen=True, kw_only=True)
class Places:
    """Places that are scanned."""

    of: Ints  # place of each event; -1 outside the city
    labels: list[str]
    lon: Floats
    lat: Floats
    is_plane: bool = False  # east and north instead of degrees

    def metres(self) -> tuple[Floats, Floats]:
        """Give east and north of each place, in a plane that is true at their middle."""
        return self.metres_of(self.lon, self.lat)

    def metres_of(self, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
        """Give east and north of other points in the same plane."""
        if self.is_plane:
            return lon, lat
        east = lon * _DEGREE_M * np.cos(np.radians(self.lat.mean()))
        return east, lat * _DEGREE_M


def identities(lon: Floats, lat: Floats) -> Ints:
    """Give distinct coordinates, to about a metre, numbers from 0."""
    exact = np.round(np.stack([lon, lat], axis=1), 5)
    _, identity = np.unique(exact, axis=0, return_inverse=True)
    numbers: Ints = identity.reshape(-1).astype(np.int64)
    return numbers


def places_of(
    lon: Floats, lat: Floats, catalog: Catalog, day: date, *, every: bool = False
) -> Places:
    """Take the city's cells where nearly all events lie in the city, else the points themselves.

    Parameters
    ----------
    lon, lat : ndarray, shape (events,), degrees
    day : date
        Whose cells are taken.
    every : bool
        Also cells without an event are places.
    """
    try:
        grid = catalog.grid_at(day)
    except ConfigError:  # the city has no cells on that day, so it is not the place to scan
        return own_places(lon, lat)
    cell = grid.locate(lon, lat)
    inside = cell >= 0
    if not len(cell) or inside.mean() < _IN_CITY:
        return own_places(lon, lat)
    known, of = np.unique(cell[inside], return_inverse=True)
    if every:
        known, of = np.arange(len(grid.codes)), cell[inside]
    place = np.full(len(cell), -1)
    place[inside] = of
    labels = [str(code) for code in grid.codes[known].tolist()]
    return Places(of=place, labels=labels, lon=grid.lon[known], lat=grid.lat[known])


def own_places(lon: Floats, lat: Floats, *, is_plane: bool = False) -> Places:
    """Take the points themselves, or squares of 100 m where there are many."""
    identity = identities(lon, lat)
    if len(identity) and int(identity.max()) >= _MOST_POINTS:
        step_lat = _SQUARE_M if is_plane else _SQUARE_M / _DEGREE_M
        step_lon = step_lat if is_plane else step_lat / np.cos(np.radians(lat.mean()))
        square = np.stack([np.floor(lon / step_lon), np.floor(lat / step_lat)], axis=1)
        _, identity = np.unique(square, axis=0, return_inverse=True)
        identity = identity.reshape(-1).astype(np.int64)
    size = np.maximum(np.bincount(identity), 1)
    centre_lon = np.bincount(identity, lon) / size
    centre_lat = np.bincount(identity, lat) / size
    return point_places(identity, centre_lon, centre_lat, is_plane=is_plane)


def point_places(of: Ints, lon: Floats, lat: Floats, *, is_plane: bool) -> Places:
    """Give points as places, named by their coordinates."""
    labels = [f"{x:.5f},{y:.5f}" for x, y in zip(lon, lat, strict=True)]
    return Places(of=of, labels=labels, lon=lon, lat=lat, is_plane=is_plane)
