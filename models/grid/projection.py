"""Degrees ↔ metres around one point: a plane that is exact enough for one city and very cheap."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_A_M = 6_378_137.0  # CGCS2000 semi-major axis
_E2 = 0.006_694_380_022_9  # CGCS2000 first eccentricity squared

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class LocalProjection:
    """Equirectangular projection with the ellipsoid's own radii at its origin.

    Notes
    -----
    x = N cos(lat0) (lon − lon0) and y = M (lat − lat0), with N and M the radii of curvature of
    CGCS2000 in the prime vertical and the meridian at lat0. Ten kilometres north or south of the
    origin an east-west length is off by about 0.13 % at 40° N: 13 cm on the side of a cell. In
    return a point costs two multiplications, and the way back is exact.

    Examples
    --------
    >>> plane = LocalProjection(116.41, 39.92)
    >>> x_m, y_m = plane.to_metres(np.array([116.42]), np.array([39.92]))
    >>> round(float(x_m[0])), round(float(y_m[0]))
    (855, 0)
    """

    lon0: float
    lat0: float

    @property
    def metres_per_degree(self) -> tuple[float, float]:
        """Metres of one degree of longitude, and of latitude."""
        phi = math.radians(self.lat0)
        w2 = 1 - _E2 * math.sin(phi) ** 2
        prime_vertical = _A_M / math.sqrt(w2)
        meridian = _A_M * (1 - _E2) / w2**1.5
        return math.radians(prime_vertical * math.cos(phi)), math.radians(meridian)

    def to_metres(self, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
        """Project degrees, shape (n,), to metres east and north of the origin, shape (n,)."""
        east, north = self.metres_per_degree
        return (lon - self.lon0) * east, (lat - self.lat0) * north

    def to_degrees(self, x_m: Floats, y_m: Floats) -> tuple[Floats, Floats]:
        """Give longitude and latitude of metres, shape (n,)."""
        east, north = self.metres_per_degree
        return x_m / east + self.lon0, y_m / north + self.lat0
