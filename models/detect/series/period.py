"""The rhythm of a series, when it has one, from its autocorrelation."""

from __future__ import annotations

from typing import Final

import numpy as np

from models.detect.contract import Floats

LOOK_BACK: Final = 4096  # values: longer rhythms than a third of this are not looked for
LEAST: Final = 64  # values needed to look at all
CLEAR: Final = 0.25  # autocorrelation from which on a rhythm counts
AS_GOOD: Final = 0.9  # the shortest rhythm that is nearly as strong as the strongest is the rhythm


def find_period(values: Floats) -> int:
    """Length of the rhythm in values; 0 where none is clear.

    The first autocorrelation peak, after it fell to near 0, that reaches nearly the highest one.
    Extremes are clipped and a straight trend is taken out first.

    Parameters
    ----------
    values : ndarray, shape (n,), float64
        Evenly spaced; the newest come last.

    Examples
    --------
    >>> find_period(np.sin(np.arange(300) / 25 * 2 * np.pi))
    25
    """
    if values.size < LEAST:
        return 0
    correlation = _autocorrelation(_flat(values[-LOOK_BACK:]))
    fallen = np.flatnonzero(correlation < 0.1)
    if not fallen.size:
        return 0
    inner = correlation[1:-1]
    peaks = 1 + np.flatnonzero((inner > correlation[:-2]) & (inner >= correlation[2:]))
    peaks = peaks[peaks > max(int(fallen[0]), 3)]
    if not peaks.size or correlation[peaks].max() < CLEAR:
        return 0
    return int(peaks[correlation[peaks] >= AS_GOOD * correlation[peaks].max()][0])


def _flat(values: Floats) -> Floats:
    """Clip extremes, take out mean and straight trend."""
    clipped = np.clip(values, *np.quantile(values, [0.01, 0.99]))
    centred = clipped - clipped.mean()
    time = np.arange(values.size) - (values.size - 1) / 2
    return np.asarray(centred - time * (time @ centred) / (time @ time), dtype=np.float64)


def _autocorrelation(values: Floats) -> Floats:
    """Unbiased autocorrelation at lags up to a third of the length; zeros for a constant."""
    n = values.size
    lags = np.arange(n // 3 + 2)
    power = values @ values
    if power <= 1e-12 * n:
        return np.zeros(lags.size)
    spectrum = np.fft.rfft(values, 1 << (2 * n - 1).bit_length())
    products = np.fft.irfft(spectrum * np.conj(spectrum))[: lags.size]
    return np.asarray(products / power * (n / (n - lags)), dtype=np.float64)
