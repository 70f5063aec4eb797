"""Far tails of a maximum from few replicates: a Gumbel distribution fitted to simulated maxima."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]

_LEAST = 20


def gumbel_p_value(statistic: Floats, null_maxima: Floats) -> Floats:
    """Probability that chance alone gives a maximum at least as large.

    Parameters
    ----------
    statistic : ndarray, any shape
        What was observed.
    null_maxima : ndarray, shape (replicates,)
        Maxima of data without clusters, at least 20.

    Raises
    ------
    ValueError
        There are too few replicates for a fit.

    References
    ----------
    Abrams, Kulldorff & Kleinman 2010, International Journal of Health Geographics 9:61.

    Examples
    --------
    >>> null = np.log(np.arange(1, 100))
    >>> bool(gumbel_p_value(np.array(20.0), null) < 1e-4)
    True
    """
    if len(null_maxima) < _LEAST:
        msg = f"a Gumbel fit needs at least {_LEAST} replicates, got {len(null_maxima)}"
        raise ValueError(msg)
    if np.ptp(null_maxima) == 0:  # no spread to fit: only the rank is known
        rank: Floats = (1 + (null_maxima >= np.asarray(statistic)[..., None]).sum(-1)) / (
            1 + len(null_maxima)
        )
        return rank
    location, scale = stats.gumbel_r.fit(null_maxima)
    p_value: Floats = stats.gumbel_r.sf(statistic, location, scale)
    return p_value
