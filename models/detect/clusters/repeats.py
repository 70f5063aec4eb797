"""Points that say nothing of where: default geocodes, and the same problem reported again."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_LEAST_DAYS = 20  # a default geocode comes up on so many days
_TIMES_USUAL = 10  # and so many times as often as the usual busy point
_AREA_DAYS = 2  # days with cases a point, in the mean; more and the points stand for areas


def default_geocodes(point: Ints, day: Ints) -> Bools:
    """Mark cases at points that geocoders fall back on: one point, many cases, over many days.

    Parameters
    ----------
    point : ndarray, shape (cases,)
        Identity of the exact coordinates, from 0.
    day : ndarray, shape (cases,)

    Notes
    -----
    A point is taken for one where its days with cases are at least 20 and ten times the 99th
    percentile over all points. A busy building is not: it is no more than busy.
    """
    if not len(point):
        return np.zeros(0, dtype=bool)
    points_days = np.unique(np.stack([point, day], axis=1), axis=0)
    days = np.bincount(points_days[:, 0], minlength=int(point.max()) + 1)
    usual = np.quantile(days[days > 0], 0.99)
    marked: Bools = (days >= max(_LEAST_DAYS, _TIMES_USUAL * usual))[point]
    return marked


def repeated(point: Ints, day: Ints) -> Bools:
    """Mark all but the first case of each exact point and day: one problem, reported again.

    Where points have cases on more than two days in the mean, none is marked: the coordinates are
    then those of areas (blocks, postcodes), and several cases at one of them are several cases.

    Parameters
    ----------
    point : ndarray, shape (cases,)
        Identity of the exact coordinates.
    day : ndarray, shape (cases,)

    Examples
    --------
    >>> repeated(np.array([0, 0, 1, 0]), np.array([5, 5, 5, 6])).tolist()
    [False, True, False, False]
    """
    _, first = np.unique(np.stack([point, day], axis=1), axis=0, return_index=True)
    marked: Bools = np.ones(len(point), dtype=bool)
    marked[first] = False
    if len(first) > _AREA_DAYS * len(np.unique(point)):
        marked[:] = False
    return marked
