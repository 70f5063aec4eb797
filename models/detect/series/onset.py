"""Onsets: where something new begins, as the number of rows in which chance brings one such call.

An anomaly score is a state and stays high while an event lasts; an operator wants one call an
event. A row is a *record* where its score lies above all scores of the rows shortly before it.
Records are points in time with a size as mark, a marked point process, and what is rare is found by
its rate: peaks are counted, not rows, so the same number means the same on a calm and on a restless
series.

References
----------
Coles, S. (2001). An Introduction to Statistical Modeling of Extreme Values. Springer, chapters 4
(declustering, return levels) and 7 (point processes).
Gelman, A. et al. (2013). Bayesian Data Analysis, 3rd ed., section 2.6 (gamma-Poisson rate).
Lavin, A. & Ahmad, S. (2015). Evaluating real-time anomaly detection algorithms. IEEE ICMLA.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence
from math import log, log2
from typing import Final

import numpy as np

from models.detect.contract import Floats

RECORD_SHARE: Final = 0.12  # a record is above everything in this share of the rows so far …
RECORD_LEAST: Final = 200  # … and in so many rows at the least
APART: Final = 200  # records no further apart belong to one event, which counts once
COUNTED_FROM: Final = 100  # rows: earlier peaks are the members' own beginning
PRIOR_ROWS: Final = 2000.0  # rows of past that the prior is worth
PRIOR_RATE: Final = 0.01  # prior rate a row of events of size 1 and more …
PRIOR_EXPONENT: Final = 3.0  # … which falls by this power of the size
LEAST_SIZE: Final = 0.01
ALIKE: Final = 0.65  # an earlier event of this share of a size was as large
POWER: Final = 4.0  # between the mean (1) and the greatest (infinity) of the members
HALF: Final = 4.8  # joined rarity printed as 0.5: chance reaches it once in 1,000 rows at most
DOUBLINGS: Final = 1.15  # each unit of rarity is so many times half as frequent on real series
RARER: Final = 0.25  # rarity by which a record must exceed a call shortly before to be one itself


def records(scores: Floats) -> list[int]:
    """Rows whose score is positive and above all scores of the rows shortly before.

    Parameters
    ----------
    scores : ndarray, shape (n,), float64

    Examples
    --------
    >>> records(np.array([0.0, 3.0, 2.0, 3.0, 4.0]))
    [1, 4]
    """
    found, not_passed = [], list[int]()  # rows that no later one has passed
    sizes = scores.tolist()
    for row, size in enumerate(sizes):
        while not_passed and sizes[not_passed[-1]] < size:
            not_passed.pop()
        window = max(RECORD_LEAST, int(row * RECORD_SHARE))
        if size > 0 and (not not_passed or row - not_passed[-1] > window):
            found.append(row)
        not_passed.append(row)
    return found


class EventRate:
    """Rate of events by size, from the events so far and a prior.

    The number of events of size s and more in i rows is Poisson with rate r(s) a row; the prior of
    r(s) is a gamma distribution with mean A s^-g, worth m rows. Its posterior mean is
    (k(s) + m A s^-g) / (i + m), k(s) being the number of events of about that size and more so
    far: what recurs every day and is a little larger each time is nothing new.
    """

    def __init__(self) -> None:
        self._sizes: list[float] = []
        self._open: tuple[int, float] | None = None  # newest record of an event, its largest size

    def observe(self, row: int, size: float) -> float:
        """Posterior rate a row of events of this size; then count the record.

        Parameters
        ----------
        row : int
            Rising from call to call.
        size : float
            Above 0.
        """
        self._close(row)
        count = len(self._sizes) - bisect_left(self._sizes, ALIKE * size)
        prior = PRIOR_ROWS * PRIOR_RATE * max(size, LEAST_SIZE) ** -PRIOR_EXPONENT
        if row > COUNTED_FROM:
            self._open = (row, max(size, self._open[1] if self._open else 0.0))
        return float((count + prior) / (row + PRIOR_ROWS))

    def _close(self, row: int) -> None:
        """Count the event before, when it is over."""
        if self._open and row - self._open[0] > APART:
            insort(self._sizes, self._open[1])
            self._open = None


def log_return_period(scores: Floats) -> Floats:
    """Logarithm of the rows in which one such event is expected; 0 at rows that are not a record.

    Parameters
    ----------
    scores : ndarray, shape (n,), float64
        One member's scores, 0 where nothing is judged.
    """
    rate = EventRate()
    periods = np.zeros(scores.size)
    for row in records(scores):
        periods[row] = max(0.0, -log(rate.observe(row, float(scores[row]))))
    return periods


def join_members(members: Sequence[Floats]) -> Floats:
    """Rarity of one series: the power mean of its members' logarithmic return periods.

    It lies between the members' mean and their greatest: one that is sure counts, and several
    that agree on a row say more than one.
    """
    periods = [log_return_period(scores) for scores in members]
    return np.asarray(np.mean(np.power(periods, POWER), axis=0) ** (1 / POWER), dtype=np.float64)


def calls(rarity: Floats) -> list[int]:
    """Rows of records, without those shortly after a call that they hardly exceed.

    A record at most `APART` rows after a call is one itself only where it is clearly rarer.

    Parameters
    ----------
    rarity : ndarray, shape (n,), float64

    Examples
    --------
    >>> calls(np.array([0.0, 3.0, 3.1, 3.2, 3.3, 9.0]))
    [1, 4, 5]
    """
    found = list[int]()
    for row in records(rarity):
        is_near = bool(found) and row - found[-1] <= APART
        if not is_near or rarity[row] >= rarity[found[-1]] + RARER:
            found.append(row)
    return found


def onset_scores(columns: Sequence[Floats]) -> Floats:
    """Onset score of a table from the rarities of its columns.

    On the rows of real series in which nothing is labelled, a rarity of 4.8 comes once in 1,100
    rows, and each unit more less than half as often (`docs/detection.md`). The greatest of m
    columns is m times as often high, which is taken off. Only calls remain: one an event.

    Parameters
    ----------
    columns : sequence of ndarray, shape (n,), float64
        As `join_members` gives them; at least one.

    Returns
    -------
    ndarray, shape (n,), float64
        N / (N + 1000), where N is the number of rows in which one such call is expected; in [0, 1),
        0 where nothing begins.

    Examples
    --------
    >>> onset_scores([np.array([1.0, 4.8, 4.0])])[1:].tolist()
    [0.5, 0.0]
    """
    rarity = np.maximum(np.max(columns, axis=0) - log2(len(columns)) / DOUBLINGS, 0.0)
    scores = np.zeros(rarity.size)
    for row in calls(rarity):
        scores[row] = 1 / (1 + 2.0 ** (DOUBLINGS * (HALF - float(rarity[row]))))
    return scores
