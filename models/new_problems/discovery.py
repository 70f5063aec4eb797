"""Growing words that stand together in reports are one proposal: a problem that has no name yet."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final

import msgspec
import numpy as np
from sklearn.cluster import AgglomerativeClustering

from models.new_problems.growth import (
    LEAST_REPORTS,
    RECENT_DAYS,
    GrowingWord,
    ProblemReport,
    WordGrowth,
)

LEAST_WORDS: Final = 2  # of a proposal: one word alone is a fashion, a name or a misspelling
_TOGETHER: Final = 0.25  # mean share of reports that the words of one proposal have in common
_SAME: Final = 0.34  # share of words from which on two proposals are one
_EXAMPLES: Final = 5


class ProposedClass(msgspec.Struct, kw_only=True):
    """A proposal for a new class.

    Attributes
    ----------
    id : str
        From its first day and its strongest word.
    words : list of str
        All that belonged to it so far, the strongest of its first day first.
    first_day, last_day : int
        Local days since 1970 on which it was proposed, and on which it grew last.
    reports : int
        Reports of the recent days that have `LEAST_WORDS` of the words, by `last_day`.
    streets : dict of str to int
        Of them, by street, the most first.
    cases : list of str
        Some of them.
    """

    id: str
    words: list[str]
    first_day: int
    last_day: int
    reports: int
    streets: dict[str, int]
    cases: list[str]

    def holds(self, words: Iterable[str]) -> bool:
        """Tell whether a report with these words belongs to it."""
        return len(set(self.words).intersection(words)) >= LEAST_WORDS


class ProblemFinder:
    """Finds proposals day by day; what was proposed once is renewed, never proposed again."""

    def __init__(self, known: Iterable[ProposedClass] = ()) -> None:
        self.problems = list(known)
        self._growth = WordGrowth()
        self._recent: deque[tuple[int, list[ProblemReport]]] = deque()

    def run(self, reports: Iterable[ProblemReport]) -> Iterator[ProposedClass]:
        """Take reports in the order of their days; gives each new proposal on its day."""
        last = None
        for day, some in groupby(reports, key=lambda report: report.day):
            for empty in range(day if last is None else last + 1, day):
                yield from self.take(empty, [])
            yield from self.take(day, list(some))
            last = day

    def take(self, day: int, reports: list[ProblemReport]) -> list[ProposedClass]:
        """Take the reports of a day in; gives what is newly proposed."""
        self._growth.add(day, reports)
        self._recent.append((day, reports))
        while self._recent[0][0] <= day - RECENT_DAYS:
            self._recent.popleft()
        recent = [report for _, some in self._recent for report in some]
        found = (
            self._noted(day, group, recent) for group in _groups(self._growth.growing(day), recent)
        )
        return [problem for problem in found if problem is not None]

    def _noted(
        self, day: int, group: list[str], recent: Sequence[ProblemReport]
    ) -> ProposedClass | None:
        """Renew the problem that a group of words belongs to, or propose one."""
        for problem in self.problems:
            common = len(set(problem.words).intersection(group))
            if common >= _SAME * min(len(group), len(problem.words)):
                problem.words += [word for word in group if word not in problem.words]
                _renew(problem, day, recent)
                return None
        made = ProposedClass(
            id=f"{day}-{group[0]}",
            words=group,
            first_day=day,
            last_day=day,
            reports=0,
            streets={},
            cases=[],
        )
        _renew(made, day, recent)
        if made.reports < LEAST_REPORTS:
            return None
        self.problems.append(made)
        return made


def _renew(problem: ProposedClass, day: int, recent: Sequence[ProblemReport]) -> None:
    """Count the recent reports of a problem."""
    mine = [report for report in recent if problem.holds(report.words)]
    problem.last_day, problem.reports = day, len(mine)
    problem.streets = dict(Counter(report.street for report in mine).most_common())
    problem.cases = [report.case for report in mine[-_EXAMPLES:]]


def _groups(growing: list[GrowingWord], recent: Sequence[ProblemReport]) -> list[list[str]]:
    """Group growing words that stand in the same reports, the most certain word first.

    Words are joined as long as the reports of two groups have a quarter in common in the mean
    (average linkage over Jaccard distances).
    """
    if len(growing) < LEAST_WORDS:
        return []
    ranked = [each.word for each in sorted(growing, key=lambda each: (each.p_value, each.word))]
    holding = np.array([[word in report.words for report in recent] for word in ranked], np.float64)
    both = holding @ holding.T
    sizes = np.diag(both)
    distance = 1 - both / np.maximum(sizes[:, None] + sizes[None, :] - both, 1)
    clustering = AgglomerativeClustering(  # type: ignore[no-untyped-call]
        n_clusters=None, metric="precomputed", linkage="average", distance_threshold=1 - _TOGETHER
    )
    labels = clustering.fit_predict(distance)  # type: ignore[no-untyped-call]
    groups: dict[int, list[str]] = {}
    for word, label in zip(ranked, labels, strict=True):
        groups.setdefault(int(label), []).append(word)
    return [group for group in groups.values() if len(group) >= LEAST_WORDS]
