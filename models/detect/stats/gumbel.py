"""Far tails of a maximum from few replicates: a Gumbel distribution fitted to simulated maxima."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_LEAST = 20
_ENOUGH = 200  # replicates from which on the upper half alone is fitted


def gumbel_p_value(statistic: Floats, null_maxima: Floats) -> Floats:
    """Probability that chance alone gives a maximum at least as large.

    Parameters
    ----------
    statistic : ndarray, any shape
        What was observed.
    null_maxima : ndarray, shape (replicates,)
        Maxima of data without clusters, at least 20. From 200 on only the upper half is fitted,
        the rest is known to lie below: maxima of few cases have another shape at the bottom,
        and the tail is what is asked for.

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
    from scipy.stats import gumbel_r  # a second, and who scans nothing has no need of it

    location, scale = _fit(null_maxima)
    p_value: Floats = gumbel_r.sf(statistic, location, scale)
    return p_value


def _fit(null_maxima: Floats) -> tuple[float, float]:
    """Location and scale by maximum likelihood, the lower half censored where there are enough."""
    from scipy.optimize import minimize
    from scipy.stats import gumbel_r

    location, scale = gumbel_r.fit(null_maxima)
    if len(null_maxima) < _ENOUGH:
        return float(location), float(scale)
    middle = np.median(null_maxima)
    upper = null_maxima[null_maxima > middle]
    below = len(null_maxima) - len(upper)

    def loss(theta: Floats) -> float:
        at, width = theta[0], np.exp(theta[1])
        seen = gumbel_r.logpdf(upper, at, width).sum()
        return -float(seen + below * gumbel_r.logcdf(middle, at, width))

    best = minimize(loss, [location, np.log(scale)], method="Nelder-Mead").x
    return float(best[0]), float(np.exp(best[1]))
