"""The regional signal: what all series of one metric do together at one time."""

from __future__ import annotations

import numpy as np

from models.detect.contract import Floats

LEAST = 3  # series that must report before their median says something about the region
FEW = 64  # up to here a series could move the median itself, so it is left out of its own


def regional_median(values: Floats) -> Floats:
    """Median over the other series, for each series.

    With more than `FEW` reporting series one median serves all: leaving one out would move it by
    less than the noise.

    Parameters
    ----------
    values : ndarray, shape (n,), float64
        One value per series; NaN where none.

    Returns
    -------
    ndarray, shape (n,), float64
        NaN everywhere where fewer than `LEAST` series report.

    Examples
    --------
    >>> regional_median(np.array([1.0, 2.0, 3.0, 90.0])).tolist()
    [3.0, 3.0, 2.0, 2.0]
    """
    reporting = np.flatnonzero(np.isfinite(values))
    if reporting.size < LEAST:
        return np.full(values.shape, np.nan)
    present = values[reporting]
    region = np.full(values.shape, np.median(present))
    if reporting.size <= FEW:
        region[reporting] = _medians_without_one(present)
    return region


def _medians_without_one(present: Floats) -> Floats:
    """Give the median of all but the i-th value, for each i, from one sort."""
    order = np.argsort(present, kind="stable")
    ranked = present[order]
    n = ranked.size
    low, high = (n - 2) // 2, (n - 1) // 2  # middle ranks among the n - 1 that remain
    rank = np.arange(n)
    middle = (ranked[low + (rank <= low)] + ranked[high + (rank <= high)]) / 2
    medians = np.empty(n)
    medians[order] = middle
    return medians
