"""Looking many times a day: chance is given as many looks as the analyst takes.

A scan that is repeated while the day fills shows the highest of many scores. Its p-value is only
right against the highest of as many scores on data without clusters.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_DAY_S = 86_400


def day_maxima(
    age_s: Ints,
    score: Callable[[NDArray[np.bool_], Ints], float],
    *,
    looks: int,
    replicates: int,
    seed: int = 1,
) -> Floats:
    """Highest score over the looks of one day, for times shuffled among the cases.

    Parameters
    ----------
    age_s : ndarray, shape (cases,), int64
        Seconds before the last look of the day, from 0.
    score : callable
        Of one look: takes which cases have happened, shape (cases,), and the age of those in whole
        days, shape (happened,); gives the strongest score.
    looks : int
        Looks a day, evenly spaced. A handful stands for a look a minute: scores of neighbouring
        minutes are nearly the same.
    replicates : int
    seed : int

    Returns
    -------
    ndarray, shape (replicates,)
        To be given to `gumbel_p_value` with the score of any look: 1 / p is then the number of
        days, not of looks, between two as strong.

    Raises
    ------
    ValueError
        There is no look.

    References
    ----------
    Correa, Assunção & Costa 2015, Statistics in Medicine 34:1081 (repeated looks break the
    recurrence interval); the maximum over looks is the usual min-p of Westfall & Young 1993.
    """
    if looks < 1:
        msg = f"expected at least 1 look a day, got {looks}"
        raise ValueError(msg)
    random = np.random.default_rng(seed)
    before_end = np.linspace(_DAY_S, 0, looks + 1)[1:].astype(np.int64)
    maxima = np.zeros(replicates)
    for number in range(replicates):
        shuffled = random.permutation(age_s)
        maxima[number] = max(_look(shuffled - ago, score) for ago in before_end)
    return maxima


def _look(age_s: Ints, score: Callable[[NDArray[np.bool_], Ints], float]) -> float:
    happened = age_s >= 0
    return score(happened, age_s[happened] // _DAY_S)
