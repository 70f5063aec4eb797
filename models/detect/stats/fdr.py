"""Many cells looked at in one tick: which of the unusual ones are more than the many looks explain.

The same test as `calibration.hierarchical`, for 15-digit cell codes in arrays: street by street,
then community by community, then cell by cell.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.detect.contract import Floats

RATE: Final = 0.1  # share of the flagged that chance may flag in one tick
_DISTRICT: Final = 10**9  # what a cell code is divided by
_LEVELS: Final = (10**6, 10**3, 1)  # street, community, cell

Codes = NDArray[np.int64]
Bools = NDArray[np.bool_]


def unusual_after_fdr(cells: Codes, p_values: Floats, rate: float = RATE) -> Bools:
    """Tell which cells to report so that at most `rate` of the reported are false, on average.

    Parameters
    ----------
    cells : ndarray, shape (n,), int64
        15-digit codes.
    p_values : ndarray, shape (n,), float64
        NaN where there is nothing to correct; such a cell is never held back and does not count.
    rate : float
        False discovery rate in each family of siblings.

    References
    ----------
    Benjamini & Hochberg 1995, JRSS B 57:289; Yekutieli 2008, JASA 103:309 (hierarchy).
    """
    known = np.isfinite(p_values)
    kept: Bools = known.copy()
    family = cells // _DISTRICT
    for divisor in _LEVELS:
        rows = np.flatnonzero(kept)
        if not rows.size:
            break
        groups, member = np.unique(cells[rows] // divisor, return_inverse=True)
        combined = _simes(member, p_values[rows])
        parent = np.empty(groups.size, dtype=np.int64)
        parent[member] = family[rows]
        kept[rows] = _rejected(parent, combined, rate)[member]
        family = cells // divisor
    return kept | ~known


def _simes(group: NDArray[np.int64], p_values: Floats) -> Floats:
    """One p-value for each group, numbered from 0 without a gap."""
    order, start, rank, size = _ranked(group, p_values)
    combined: Floats = np.minimum.reduceat(p_values[order] * size / rank, start)
    return combined


def _rejected(family: NDArray[np.int64], p_values: Floats, rate: float) -> Bools:
    """Benjamini-Hochberg within each family."""
    order, start, rank, size = _ranked(family, p_values)
    passed = np.where(p_values[order] <= rate * rank / size, p_values[order], -1.0)
    limit = np.repeat(np.maximum.reduceat(passed, start), np.diff([*start, family.size]))
    rejected = np.empty(family.size, dtype=np.bool_)
    rejected[order] = p_values[order] <= limit
    return rejected


def _ranked(
    group: NDArray[np.int64], p_values: Floats
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Order by group and p-value; where each group starts, and rank and size of its members."""
    order = np.lexsort((p_values, group))
    ordered = group[order]
    start = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    length = np.diff([*start, ordered.size])
    rank = np.arange(ordered.size) - np.repeat(start, length) + 1
    return order, start, rank, np.repeat(length, length)
