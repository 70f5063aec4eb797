"""How a group stands against its target, and what would have to change to reach it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

from models.bulletin.case_figures import CaseSpan, in_time
from models.cases.indicators.ranking import GroupRank, rank

INDICATORS: Final = {
    "closed_in_time_of_due": {
        "zh": "期内到期案件中按期结案数÷到期数",
        "en": "cases closed no later than their limit ÷ cases whose limit falls in the period",
    },
    "closed_of_filed": {
        "zh": "期内立案案件中期末前结案数÷立案数",
        "en": "cases closed by the end of the period ÷ cases filed in the period",
    },
}
EXAMPLES: Final = 20


@dataclass(frozen=True, kw_only=True)
class Trend:
    """The share of a period, with what it is made of; `share` is None for no case."""

    kept: int
    n: int

    @property
    def share(self) -> float | None:
        """What was kept of all."""
        return self.kept / self.n if self.n else None


@dataclass(frozen=True, kw_only=True)
class GroupStanding:
    """One group in one period.

    Attributes
    ----------
    place : Place
        With its share, interval and rank guard.
    rank : int or None
        None for a group of few cases.
    target : float or None
        None where none is set.
    verdict : str
        `met`, `missed`, `few` (too few cases to say), or empty without a target. Missed and met go
        by the share; `is_sure` says whether the interval agrees.
    is_sure : bool
        The whole interval lies on the side of the verdict.
    missing : int
        Cases more that would have had to be kept, of the same n, to reach the target.
    misses : tuple of str
        Cases that were not kept, the longest past their limit first.
    by_category : mapping of str to int
        Cases that were not kept, by class, the most first: where the missing ones lie.
    trend : tuple of Trend
        Periods before, the oldest first.
    """

    place: GroupRank
    rank: int | None
    target: float | None
    verdict: str
    is_sure: bool
    missing: int
    misses: tuple[str, ...]
    by_category: Mapping[str, int]
    trend: tuple[Trend, ...]


def missing_to(target: float, kept: int, n: int) -> int:
    """Give how many more of n cases have to be kept to reach a share.

    Examples
    --------
    >>> missing_to(0.95, 90, 100), missing_to(0.95, 95, 100), missing_to(0.95, 0, 0)
    (5, 0, 0)
    """
    return max(0, ceil(target * n - 1e-9) - kept)


def standings(
    cases: Sequence[CaseSpan],
    by: str,
    indicator: str,
    periods: Sequence[tuple[int, int]],
    targets: Mapping[str, float | None],
    least: int,
) -> list[GroupStanding]:
    """Rank all groups in the last of some periods.

    Parameters
    ----------
    cases : sequence of CaseSpan
        As they stood at the end of the last period.
    by : str
        `department` or `street`.
    indicator : str
        One of `INDICATORS`.
    periods : sequence of (int, int)
        Begin and end, epoch milliseconds, half-open; the oldest first.
    targets : mapping of str to float or None
        By group; `*` for those that are not in it.
    least : int
        A group of fewer cases is not ranked.
    """
    sums = [_sums(cases, by, indicator, *period) for period in periods]
    now = sums[-1]
    counts = {group: (len(kept), len(kept) + len(missed)) for group, (kept, missed) in now.items()}
    made, number = [], 0
    for place in rank(counts, least):
        number += not place.is_small
        _, missed = now[place.group]
        target = targets.get(place.group, targets.get("*"))
        verdict, is_sure = _verdict(place, target)
        ordered = sorted(missed, key=lambda case: (case.due_ms or 0, case.case))
        made.append(
            GroupStanding(
                place=place,
                rank=None if place.is_small else number,
                target=target,
                verdict=verdict,
                is_sure=is_sure,
                missing=0 if target is None else missing_to(target, place.successes, place.n),
                misses=tuple(case.case for case in ordered[:EXAMPLES]),
                by_category=_counted(case.category for case in missed),
                trend=tuple(_trend(each, place.group) for each in sums[:-1]),
            )
        )
    return made


def _verdict(place: GroupRank, target: float | None) -> tuple[str, bool]:
    if target is None or place.rate is None:
        return "", False
    if place.is_small:
        return "few", False
    is_met = place.rate >= target - 1e-12
    return ("met", place.low >= target) if is_met else ("missed", place.high < target)


def _sums(
    cases: Iterable[CaseSpan], by: str, indicator: str, start_ms: int, end_ms: int
) -> dict[str, tuple[list[CaseSpan], list[CaseSpan]]]:
    """Part the cases that count in [start, end) into kept and missed ones, by group."""
    found: dict[str, tuple[list[CaseSpan], list[CaseSpan]]] = {}
    for case in cases:
        at_ms = case.due_ms if indicator == "closed_in_time_of_due" else case.filed_ms
        if at_ms is None or not start_ms <= at_ms < end_ms or case.filed_ms >= end_ms:
            continue
        is_ended = case.ended_ms is not None and case.ended_ms < end_ms
        if indicator == "closed_in_time_of_due":
            is_kept = in_time(case) and is_ended
        else:
            is_kept = case.is_closed and is_ended
        found.setdefault(getattr(case, by), ([], []))[not is_kept].append(case)
    return found


def _trend(sums: Mapping[str, tuple[list[CaseSpan], list[CaseSpan]]], group: str) -> Trend:
    kept, missed = sums.get(group, ([], []))
    return Trend(kept=len(kept), n=len(kept) + len(missed))


def _counted(names: Iterable[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for name in names:
        counts[name] = counts.get(name, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
