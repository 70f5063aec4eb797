"""Clusters from one analysis to the next: a known one is reported again only if it has grown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

QUIET_DAYS = 7  # a cluster that has not been found for longer is over


@dataclass(frozen=True, kw_only=True)
class TrackedCluster:
    """A cluster that has been reported.

    Attributes
    ----------
    number : int
        Its name, rising from 1 in the order of first finding.
    cases : frozenset of str
        All cases that have ever been in it.
    first_day, last_day : int
        Days of the analyses that found it first and last.
    """

    number: int
    cases: frozenset[str]
    first_day: int
    last_day: int


@dataclass(frozen=True, kw_only=True)
class ClusterChange:
    """What is to be reported of one cluster of today: it is new, or a case joined it."""

    followed: TrackedCluster
    is_new: bool
    joined: frozenset[str]


def track(
    known: Sequence[TrackedCluster], found: Sequence[frozenset[str]], day: int, *, named: int = 0
) -> tuple[list[TrackedCluster], list[ClusterChange]]:
    """Match the clusters found today with the known ones, and pick what is worth telling.

    A found cluster continues the known one with which it shares the most cases; the older of two
    that share as many. One that shares none is new. A continued cluster counts only if a case has
    joined it since.

    Parameters
    ----------
    known : sequence of TrackedCluster
        As given back by the analysis before.
    found : sequence of frozenset of str
        Identities of the cases in each significant cluster of today, the strongest first.
    day : int
        Day of this analysis.
    named : int
        Highest number ever given; a forgotten cluster's number is not given again.

    Returns
    -------
    followed : list of TrackedCluster
        To be given in the next time; those not found for `QUIET_DAYS` are left out.
    news : list of ClusterChange

    References
    ----------
    Greene et al. 2016, Emerging Infectious Diseases 22:1808 (repeats in New York City's daily
    analyses).
    """
    current = {each.number: each for each in known if day - each.last_day <= QUIET_DAYS}
    named = max([named, *(each.number for each in known)])
    news: list[ClusterChange] = []
    for cases in found:
        before = _continued(current.values(), cases)
        if before is None:
            named += 1
            before = TrackedCluster(number=named, cases=frozenset(), first_day=day, last_day=day)
        joined = cases - before.cases
        now = TrackedCluster(
            number=before.number,
            cases=before.cases | cases,
            first_day=before.first_day,
            last_day=day,
        )
        current[now.number] = now
        if joined:
            news.append(ClusterChange(followed=now, is_new=not before.cases, joined=joined))
    return [current[number] for number in sorted(current)], news


def _continued(known: Iterable[TrackedCluster], cases: frozenset[str]) -> TrackedCluster | None:
    """Give the known cluster that shares the most of these cases, the oldest of equals."""
    sharing = [each for each in known if each.cases & cases]
    return max(sharing, key=lambda each: (len(each.cases & cases), -each.number), default=None)
