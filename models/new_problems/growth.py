"""Words that grow beyond what the classes of the reports explain, day by day, causal.

The last seven days are compared with the eight weeks before. A word is expected as often as its
share among the reports of each class was, times the reports of that class now: where a known class
grows, its words grow with it, and nothing is new. Reports of no class, or of "other", explain
nothing: they are taken for as many as they usually are. The count follows a negative binomial
distribution, whose dispersion allows for a tenth of drift beside chance.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.stats import nbinom

RECENT_DAYS: Final = 7
PAST_DAYS: Final = 56
LEAST_PAST_DAYS: Final = 28
LEAST_REPORTS: Final = 8  # of a word in the recent days
LEAST_RATIO: Final = 3.0  # observed ÷ expected
MOST_FALSE: Final = 1e-3  # words a day that pass by chance
_DRIFT: Final = 0.1  # share by which the rate of a word moves by itself
_PRIOR: Final = 0.5  # reports that every word is thought to have had in the past

Counts = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class ProblemReport:
    """One report: its day (local, since 1970), class, street, and words.

    `category` is empty where it tells nothing: unlisted, or "other".
    """

    case: str
    day: int
    category: str
    street: str
    words: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class GrowingWord:
    """A word that no class explains: reports of the recent days, and how many were expected."""

    word: str
    observed: int
    expected: float
    p_value: float


class WordGrowth:
    """Counts of words by class over the recent days and those before; fed day by day."""

    def __init__(self) -> None:
        self._ids: dict[str, int] = {}
        self._names: list[str] = []
        self._classes: dict[str, int] = {}
        self._days: deque[tuple[int, _DayCounts]] = deque()

    def add(self, day: int, reports: Sequence[ProblemReport]) -> None:
        """Take the reports of a day in; days come in their order, and one without any counts."""
        rows, columns = [], []
        for report in reports:
            at = self._classes.setdefault(report.category, len(self._classes))
            for word in report.words:
                if word not in self._ids:
                    self._ids[word] = len(self._names)
                    self._names.append(word)
                rows.append(at)
                columns.append(self._ids[word])
        shape = len(self._classes), len(self._names)
        data = np.ones(len(rows))
        counts = csr_matrix((data, (rows, columns)), shape=shape)
        sizes = np.zeros(shape[0])
        for report in reports:
            sizes[self._classes[report.category]] += 1
        self._days.append((day, _DayCounts(counts, sizes)))
        while self._days and self._days[0][0] <= day - RECENT_DAYS - PAST_DAYS:
            self._days.popleft()

    def growing(self, day: int) -> list[GrowingWord]:
        """Give the words that grow, by the days up to one of them; none without a past."""
        recent = [each for at, each in self._days if at > day - RECENT_DAYS]
        past = [each for at, each in self._days if at <= day - RECENT_DAYS]
        if len(past) < LEAST_PAST_DAYS:
            return []
        shape = len(self._classes), len(self._names)
        now, then = _sum(recent, shape), _sum(past, shape)
        observed = np.asarray(now.counts.sum(axis=0)).ravel()
        columns = np.flatnonzero(observed >= LEAST_REPORTS)
        if not len(columns):
            return []
        before = then.counts[:, columns].toarray()
        # A class that had no report in the past has no share of its own: that of all stands in.
        everywhere = before.sum(axis=0) / max(then.sizes.sum(), 1.0)
        share = (before + _PRIOR * everywhere) / (then.sizes[:, None] + _PRIOR)
        floor = _PRIOR * len(recent) / len(past)
        sizes = now.sizes.copy()
        if (none := self._classes.get("")) is not None:
            sizes[none] = min(sizes[none], then.sizes[none] * len(recent) / len(past))
        expected = np.maximum(sizes @ share, floor)
        size = 1 / (_DRIFT**2 + 1 / (before.sum(axis=0) + 1))  # drift, and how little is known
        p_value = nbinom.sf(observed[columns] - 1, size, size / (size + expected))
        limit = MOST_FALSE / len(self._names)
        is_growing = (p_value <= limit) & (observed[columns] >= LEAST_RATIO * expected)
        return [
            GrowingWord(
                word=self._names[columns[at]],
                observed=int(observed[columns[at]]),
                expected=float(expected[at]),
                p_value=float(p_value[at]),
            )
            for at in np.flatnonzero(is_growing)
        ]


@dataclass(frozen=True)
class _DayCounts:
    counts: csr_matrix
    sizes: Counts


def _sum(days: Iterable[_DayCounts], shape: tuple[int, int]) -> _DayCounts:
    """Add days up; later ones know more classes and words."""
    total, sizes = csr_matrix(shape), np.zeros(shape[0])
    for day in days:
        grown = day.counts.copy()
        grown.resize(shape)
        total = total + grown
        sizes[: len(day.sizes)] += day.sizes
    return _DayCounts(total, sizes)
