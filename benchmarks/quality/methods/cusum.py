"""Negative-binomial CUSUM: evidence for a lasting rise, added up until it is enough."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RISE = 1.5  # the rise it is tuned to: the mean times this
LIMIT = 4.0  # evidence that is enough, natural logarithm of odds
_LEAST_PHI = 1.0 + 1e-3


def cusum(
    counts: Floats, expected: Floats, phi: Floats, *, rise: float = RISE, limit: float = LIMIT
) -> Floats:
    """Evidence after each period; it starts anew after it has passed the limit.

    Parameters
    ----------
    counts, expected : ndarray, shape (n, periods)
        NaN adds no evidence.
    phi : ndarray, shape (n,) or (n, periods)
        Dispersion: variance = phi × mean.
    rise : float
        Ratio of the mean that is looked for, over 1.
    limit : float
        An alarm is evidence at or over it.

    Returns
    -------
    ndarray, shape (n, periods)

    Raises
    ------
    ValueError
        The rise is no rise.

    References
    ----------
    Watkins et al. 2008, BMC Medical Informatics and Decision Making 8:37; Höhle & Paul 2008,
    Computational Statistics & Data Analysis 52:4357 (likelihood ratio).
    """
    if rise <= 1:
        msg = f"the rise should be over 1, got {rise}"
        raise ValueError(msg)
    steps = np.nan_to_num(_log_ratio(counts, expected, phi, rise))
    evidence = np.zeros(counts.shape)
    level = np.zeros(len(counts))
    for now in range(counts.shape[1]):
        level = np.maximum(np.where(level >= limit, 0.0, level) + steps[:, now], 0.0)
        evidence[:, now] = level
    return evidence


def _log_ratio(counts: Floats, expected: Floats, phi: Floats, rise: float) -> Floats:
    """Log likelihood ratio of the raised against the usual mean, negative binomial."""
    phi = np.maximum(phi if phi.ndim == counts.ndim else phi[:, None], _LEAST_PHI)
    usual = np.maximum(expected, 1e-3)
    size = usual / (phi - 1)
    spread = np.log((size + rise * usual) / (size + usual))
    ratio: Floats = counts * (np.log(rise) - spread) - size * spread
    return ratio
