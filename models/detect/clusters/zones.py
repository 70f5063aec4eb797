"""Zones of a scan: circles of growing radius around each place, as one sparse membership matrix."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.spatial import cKDTree

Floats = NDArray[np.float64]

_LEAST_RADIUS_M = 75.0
_RINGS = 14


@dataclass(frozen=True, kw_only=True)
class Circles:
    """Nested circles around n places; zone (i, k) is all places within `radii_m[k]` of place i.

    Attributes
    ----------
    x_m, y_m : ndarray, shape (n,)
    radii_m : ndarray, shape (rings,)
        Ascending; the first is 0, the place itself.
    rings : scipy.sparse.csr_array, shape (n * rings, n)
        Row i * rings + k marks the places between radius k − 1 and k of place i.
    """

    x_m: Floats
    y_m: Floats
    radii_m: Floats
    rings: sparse.csr_array

    def sums(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Add values up over each zone.

        Parameters
        ----------
        values : ndarray, shape (n, columns)

        Returns
        -------
        ndarray, shape (n, rings, columns)
        """
        shape = (len(self.x_m), len(self.radii_m), values.shape[1])
        total: NDArray[np.float32] = (self.rings @ values).reshape(shape).cumsum(axis=1)
        return total

    def members(self, place: int, ring: int) -> NDArray[np.int64]:
        """Places of one zone, ascending."""
        first = place * len(self.radii_m)
        inside: NDArray[np.int64] = np.unique(self.rings[first : first + ring + 1].indices)
        return inside.astype(np.int64)


def circles(x_m: Floats, y_m: Floats, radius_m: float) -> Circles:
    """Make the circles of all places up to a radius.

    Parameters
    ----------
    x_m, y_m : ndarray, shape (n,)
        Places, metres.
    radius_m : float
        Largest radius.
    """
    grown = [radius_m]
    if radius_m > _LEAST_RADIUS_M:
        grown = np.geomspace(_LEAST_RADIUS_M, radius_m, _RINGS).tolist()
    radii = np.array([0.0, *grown])
    places = np.stack([x_m, y_m], axis=1)
    near = cKDTree(places).sparse_distance_matrix(cKDTree(places), radius_m, output_type="ndarray")
    ring = np.searchsorted(radii, near["v"] - 1e-9)
    row = near["i"] * len(radii) + ring
    marks = np.ones(len(row), dtype=np.float32)
    shape = (len(x_m) * len(radii), len(x_m))
    rings = sparse.csr_array(sparse.coo_array((marks, (row, near["j"])), shape=shape))
    return Circles(x_m=x_m, y_m=y_m, radii_m=radii, rings=rings)
