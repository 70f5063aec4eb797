"""EARS: counts against their last week or so; needs no history, knows no season."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_WINDOW = 7
_LEAST_SD = 0.5  # sparse counts: a week of equal counts must not make any rise infinite
C1_LIMIT = C2_LIMIT = 3.09  # one false alarm in 1,000 under normality
C3_LIMIT = 1.96


def c1(counts: Floats) -> Floats:
    """Standardised excess over the seven periods before; NaN for the first seven.

    Parameters
    ----------
    counts : ndarray, shape (n, periods)
        NaN where a period is unknown; it makes the scores of the week after it NaN.

    References
    ----------
    Hutwagner et al. 2003, Journal of Urban Health 80:i89.

    Examples
    --------
    >>> c1(np.array([[1.0, 2, 1, 2, 1, 2, 1, 9]]))[0, -1].round(2)
    np.float64(14.16)
    """
    return _excess(counts, gap=0)


def c2(counts: Floats) -> Floats:
    """Standardised excess over seven periods with a gap of two, so that a slow rise shows."""
    return _excess(counts, gap=2)


def c3(counts: Floats) -> Floats:
    """Sum of what the last three values of C2 exceed one by."""
    over = np.maximum(c2(counts) - 1, 0)
    total = over.copy()
    for back in (1, 2):
        total[:, back:] += np.nan_to_num(over[:, :-back])
    return total


def _excess(counts: Floats, gap: int) -> Floats:
    first = _WINDOW + gap
    score = np.full(counts.shape, np.nan)
    if counts.shape[1] <= first:
        return score
    past = sliding_window_view(counts, _WINDOW, axis=1)[:, : counts.shape[1] - first]
    sd = np.maximum(past.std(axis=-1, ddof=1), _LEAST_SD)
    score[:, first:] = (counts[:, first:] - past.mean(axis=-1)) / sd
    return score
