"""Zones of a scan: around each centre the places in the order of their distance."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Places = NDArray[np.intp]

CIRCLE: Final = (1.0, 0.0)
_ANGLES: Final = {1.5: 4, 2.0: 6, 3.0: 9, 4.0: 12, 5.0: 15}  # directions of each shape
ELLIPSES: Final = (
    CIRCLE,
    *((shape, 180.0 * k / angles) for shape, angles in _ANGLES.items() for k in range(angles)),
)
_SAME_M: Final = 1e-6  # distances that differ by less are the same


@dataclass(frozen=True, kw_only=True)
class Zones:
    """Nested zones: a row is a centre and a shape, its pairs are the places around it.

    The zone of a pair holds all places of its row that are as near as its own place or nearer:
    every distance at which a zone grows is there, and no other.

    Attributes
    ----------
    start : ndarray, shape (rows + 1,), int64
        Where the pairs of each row begin.
    place : ndarray, shape (pairs,), intp
        Ascending by distance in each row.
    last : ndarray, shape (pairs,), int64
        Last pair of the row that is as near: the zone ends there.
    distance_m : ndarray, shape (pairs,), float32
        From the centre; of an ellipse the radius of the circle of the same area.
    centre : ndarray, shape (rows,), int64
    shapes : tuple of (float, float)
        Long over short axis and direction of the long one, degrees from east to north.
    shape : ndarray, shape (rows,), int64
        Which of them a row has.
    places : int
        Number of places there are.
    """

    start: Ints
    place: Places
    last: Ints
    distance_m: NDArray[np.float32]
    centre: Ints
    shapes: tuple[tuple[float, float], ...]
    shape: Ints
    places: int

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.centre)

    def row_of(self, pair: int) -> int:
        """Row of a pair."""
        return int(np.searchsorted(self.start, pair, side="right")) - 1

    def members(self, pair: int) -> Ints:
        """Places of the zone of a pair, ascending."""
        first = self.start[self.row_of(pair)]
        inside: Ints = np.sort(self.place[first : self.last[pair] + 1]).astype(np.int64)
        return inside

    def prefix(self, values: Floats) -> Floats:
        """Add values of places up over the zone of each pair.

        Parameters
        ----------
        values : ndarray, shape (places, ...)

        Returns
        -------
        ndarray, shape (pairs, ...)
        """
        sums = np.cumsum(values[self.place], axis=0)
        if not len(sums):
            return sums
        before = np.concatenate([np.zeros_like(sums[:1]), sums])[self.start[:-1]]
        totals: Floats = sums[self.last]
        totals -= np.repeat(before, np.diff(self.start), axis=0)
        return totals

    def only(self, kept: NDArray[np.bool_]) -> Zones:
        """Leave pairs out; what is kept of a row must be whole zones from its begin on."""
        at = np.concatenate([[0], np.cumsum(kept)])
        return Zones(
            start=at[self.start],
            place=self.place[kept],
            last=at[self.last[kept] + 1] - 1,
            distance_m=self.distance_m[kept],
            centre=self.centre,
            shapes=self.shapes,
            shape=self.shape,
            places=self.places,
        )


def zones_around(
    x_m: Floats,
    y_m: Floats,
    radius_m: float,
    *,
    centres: Ints | None = None,
    shapes: Iterable[tuple[float, float]] = (CIRCLE,),
) -> Zones:
    """Make the zones up to a radius.

    Parameters
    ----------
    x_m, y_m : ndarray, shape (places,)
        Metres, none of them NaN.
    radius_m : float
        Of the largest circle; ellipses grow to its area.
    centres : ndarray of int64, optional
        Places that are centres; all without it.
    shapes : iterable of (float, float)
        Circles alone, or `ELLIPSES`: the shapes and directions that SaTScan tries.

    Raises
    ------
    ValueError
        A place has no coordinates.

    References
    ----------
    Kulldorff, Huang, Pickle & Duczmal 2006, Statistics in Medicine 25:3929 (ellipses).
    """
    if not (np.isfinite(x_m).all() and np.isfinite(y_m).all()):
        msg = "every place of a scan needs coordinates"
        raise ValueError(msg)
    every = tuple(shapes)
    middles = np.arange(len(x_m)) if centres is None else centres
    parts = [_pairs(*_squeezed(x_m, y_m, *shape), radius_m, middles) for shape in every]
    counts = np.concatenate([[0], *(part[0] for part in parts)])
    start = np.cumsum(counts)
    place = np.concatenate([part[1] for part in parts])
    distance = np.concatenate([part[2] for part in parts])
    return Zones(
        start=start,
        place=place,
        last=_last_as_near(start, distance),
        distance_m=distance.astype(np.float32),
        centre=np.tile(middles, len(every)).astype(np.int64),
        shapes=every,
        shape=np.repeat(np.arange(len(every)), len(middles)),
        places=len(x_m),
    )


def _squeezed(x_m: Floats, y_m: Floats, shape: float, degrees: float) -> tuple[Floats, Floats]:
    """Turn and squeeze the plane so that ellipses of a shape become circles of the same area."""
    turn = np.radians(degrees)
    along = x_m * np.cos(turn) + y_m * np.sin(turn)
    across = y_m * np.cos(turn) - x_m * np.sin(turn)
    return along / np.sqrt(shape), across * np.sqrt(shape)


def _pairs(x_m: Floats, y_m: Floats, radius_m: float, middles: Ints) -> tuple[Ints, Places, Floats]:
    """Give the number of places around each centre, and the places by distance."""
    points = np.stack([x_m, y_m], axis=1)
    near = cKDTree(points[middles]).sparse_distance_matrix(
        cKDTree(points), radius_m, output_type="ndarray"
    )
    order = np.lexsort((near["j"], near["v"], near["i"]))
    counts = np.bincount(near["i"], minlength=len(middles))
    return counts, near["j"][order].astype(np.intp), near["v"][order]


def _last_as_near(start: Ints, distance: Floats) -> Ints:
    """Find the last pair of the same row and distance for each pair."""
    size = len(distance)
    ends = np.zeros(size, dtype=np.bool_)
    ends[:-1] = np.diff(distance) > _SAME_M
    ends[start[1:][start[1:] > start[:-1]] - 1] = True
    at = np.flatnonzero(ends)
    last: Ints = at[np.searchsorted(at, np.arange(size))]
    return last
