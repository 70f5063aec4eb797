"""How unlikely a window of a scan is by chance, and how little must be expected for that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Likelihood = Callable[[Floats, Floats], Floats]  # cases and weight of windows → their LLR

_HALVINGS: Final = 60  # of the logarithm of a weight: to the last digit


def poisson_llr(count: Floats, expected: Floats, total: float) -> Floats:
    """Log likelihood ratio of windows by expected cases; 0 where there are no more than expected.

    Parameters
    ----------
    count, expected : ndarray of float64
        Cases in a window, and how many chance gives it.
    total : float
        Cases of the study, and the sum of all that is expected.

    References
    ----------
    Kulldorff 1997, Communications in Statistics: Theory and Methods 26:1481, equation 6.

    Examples
    --------
    >>> poisson_llr(np.array([8.0, 1.0]), np.array([1.0, 1.0]), 100.0).round(3)
    array([9.889, 0.   ])
    """
    inside = count * _log(count / expected)
    rest = total - count
    llr: Floats = np.where(
        count > expected, inside + rest * _log(rest / np.maximum(total - expected, 1e-300)), 0.0
    )
    return llr


def bernoulli_llr(count: Floats, people: Floats, cases: float, total: float) -> Floats:
    """Log likelihood ratio of windows by cases among people; 0 where the share is no larger.

    Parameters
    ----------
    count, people : ndarray of float64
        Cases in a window, and cases and controls in it.
    cases, total : float
        Cases of the study, and cases and controls.

    References
    ----------
    Kulldorff 1997, equation 4.

    Examples
    --------
    >>> bernoulli_llr(np.array([3.0]), np.array([3.0]), 10.0, 100.0).round(3)
    array([7.366])
    """
    people = np.maximum(people, count)  # the cases are among them
    well, rest, others = people - count, cases - count, total - people
    outside = others - rest
    null = float(cases * _log(np.array(cases / total)))
    null += float((total - cases) * _log(np.array(1 - cases / total)))
    with np.errstate(divide="ignore", invalid="ignore"):
        full = (
            count * _log(count / people)
            + well * _log(well / people)
            + rest * _log(rest / others)
            + outside * _log(outside / others)
        )
    llr: Floats = np.where(count * total > cases * people, full - null, 0.0)
    return llr


def largest_weights(llr: Likelihood, bar: float, most: int, ratio: float) -> Floats:
    """Give the largest weight with which so many cases reach a likelihood ratio.

    The ratio falls as more is expected and rises with the cases, so a window reaches the bar
    where its weight is no larger than this: one comparison instead of four logarithms.

    Parameters
    ----------
    llr : callable
    bar : float
        Over 0.
    most : int
        Largest number of cases.
    ratio : float
        Weight of the study over its cases.

    Returns
    -------
    ndarray, shape (most + 1,)
        -1 where no weight will do.
    """
    count = np.arange(most + 1, dtype=np.float64)
    high = np.maximum(count * ratio, 1e-300)  # what is expected: the ratio is 0 there
    low = np.full_like(high, 1e-300)
    for _ in range(_HALVINGS):
        middle = np.sqrt(low) * np.sqrt(high)
        reaches = llr(count, middle) >= bar
        low, high = np.where(reaches, middle, low), np.where(reaches, high, middle)
    largest: Floats = np.where(llr(count, low) >= bar, high, -1.0)
    return largest


def _log(values: Floats) -> Floats:
    """Logarithm, 0 at 0 and below: what it is multiplied with is 0 there."""
    logs: Floats = np.log(np.where(values > 0, values, 1.0))
    return logs
