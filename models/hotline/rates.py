"""The three rates of the hotline, its score and rank, and what lies beside them.

Every figure is a numerator over a denominator; a group without one has no rate, and a group of few
calls no rank.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from config.hotline import HotlinePlan
from models.hotline.calls import Call
from models.timing.units import DAY_MS, HOUR_MS

DEFINITIONS: Final = {
    "response": {
        "zh": "响应率：时限内与来电人联系的件数÷已到响应时限的件数",
        "en": "callers answered in time, of the calls whose time to answer is over",
    },
    "solved": {
        "zh": "解决率：回访答复“已解决”的件数÷回访有答复的件数",
        "en": "calls of which the caller says they are solved, of those who answered the question",
    },
    "satisfied": {
        "zh": "满意率：回访答复“满意”的件数÷回访有答复的件数",
        "en": "calls with which the caller is satisfied, of those who answered the question",
    },
    "repeated": {
        "zh": "重复诉求：同一来电人、同一类别、同一网格在规定天数内再次来电的件数÷来电件数",
        "en": "calls of a caller who had called on the same class and cell within the days set",
    },
    "precise": {
        "zh": "精准派单：首派即为当日责任清单所列单位且未再转派的件数÷已派件数",
        "en": "calls sent at first to whom the responsibility list of the day names, and not on",
    },
    "by_street": {
        "zh": "小循环：街道自行办理的件数÷已派件数",
        "en": "calls that the street dealt with itself, of those sent to anybody",
    },
    "before": {
        "zh": "未诉先办：来电前规定天数内巡查已上报同类同网格问题的件数÷来电件数",
        "en": "calls on what patrol had found in the same class and cell in the days set before",
    },
}
RATES: Final = ("response", "solved", "satisfied")

Owner = Callable[[str, str, int], str]  # category, cell, epoch ms → department on that day


@dataclass(frozen=True, kw_only=True)
class Rate:
    """One rate as counts; `value` is None where the denominator is 0."""

    numerator: int
    denominator: int

    @property
    def value(self) -> float | None:
        """The share."""
        return self.numerator / self.denominator if self.denominator else None


@dataclass(frozen=True, kw_only=True)
class GroupOfCalls:
    """The figures of one street, department or month.

    Attributes
    ----------
    group : str
    calls : int
    rates : mapping of str to Rate
        By the names in `DEFINITIONS`.
    score : float or None
        Of 100; None where one of the three rates is not known.
    rank : int or None
        1 is the best; equal scores share a place. None for a group of few calls or no score.
    """

    group: str
    calls: int
    rates: Mapping[str, Rate]
    score: float | None
    rank: int | None = None


class CallBook:
    """All calls and patrol findings at hand, ready to be looked back on.

    Parameters
    ----------
    calls : iterable of Call
        In any order; of two with one number the later one counts.
    plan : HotlinePlan
    owner : callable
        The responsibility list of each day.
    """

    def __init__(self, calls: Iterable[Call], plan: HotlinePlan, owner: Owner) -> None:
        newest = {each.case: each for each in sorted(calls, key=lambda each: (each.ts, each.case))}
        self.calls = [each for each in newest.values() if each.source == "hotline"]
        self.end_ms = max((each.ts for each in newest.values()), default=0)
        self._plan, self._owner = plan, owner
        self._called: dict[tuple[str, str, str], list[int]] = {}
        self._patrolled: dict[tuple[str, str], list[int]] = {}
        for each in newest.values():
            place = (each.category, each.cell)
            if each.source == "patrol":
                self._patrolled.setdefault(place, []).append(each.ts)
            elif each.caller:
                self._called.setdefault((each.caller, *place), []).append(each.ts)

    def groups(self, by: Callable[[Call], str]) -> list[GroupOfCalls]:
        """Give the figures of each group, by its name, with their ranks."""
        found: dict[str, list[Call]] = {}
        for each in self.calls:
            found.setdefault(by(each), []).append(each)
        return ranked([self.of(name, some) for name, some in sorted(found.items())], self._plan)

    def of(self, name: str, calls: Sequence[Call]) -> GroupOfCalls:
        """Give the figures of some calls."""
        rates = {key: _rate(calls, *self._tests()[key]) for key in DEFINITIONS}
        return GroupOfCalls(
            group=name, calls=len(calls), rates=rates, score=_score(rates, self._plan)
        )

    def _tests(self) -> dict[str, tuple[Callable[[Call], bool], Callable[[Call], bool]]]:
        """Say of each rate which calls are its denominator, and which of them its numerator."""
        within_ms = round(self._plan.response_h * HOUR_MS)
        return {
            "response": (
                lambda c: c.ts + within_ms <= self.end_ms,
                lambda c: c.answered_ms is not None and c.answered_ms - c.ts <= within_ms,
            ),
            "solved": (lambda c: c.solved is not None, lambda c: c.solved is True),
            "satisfied": (lambda c: c.satisfied is not None, lambda c: c.satisfied is True),
            "repeated": (lambda _: True, self._repeats),
            "precise": (lambda c: bool(c.department), self._is_precise),
            "by_street": (lambda c: bool(c.department), lambda c: c.by_street),
            "before": (lambda _: True, self._was_found),
        }

    def _repeats(self, call: Call) -> bool:
        times = self._called.get((call.caller, call.category, call.cell), ())
        return _has_one(times, call.ts, self._plan.repeat_days)

    def _was_found(self, call: Call) -> bool:
        times = self._patrolled.get((call.category, call.cell), ())
        return _has_one(times, call.ts, self._plan.before_days)

    def _is_precise(self, call: Call) -> bool:
        owner = self._owner(call.category, call.cell, call.ts)
        return call.departments == 1 and bool(owner) and call.department == owner


def _has_one(times: Sequence[int], before_ms: int, days: int) -> bool:
    """Tell whether one of some ascending times lies in the days before a moment."""
    at = bisect_left(times, before_ms)
    return at > 0 and times[at - 1] >= before_ms - days * DAY_MS


def _rate(
    calls: Iterable[Call], counts: Callable[[Call], bool], holds: Callable[[Call], bool]
) -> Rate:
    counted = [each for each in calls if counts(each)]
    return Rate(numerator=sum(map(holds, counted)), denominator=len(counted))


def _score(rates: Mapping[str, Rate], plan: HotlinePlan) -> float | None:
    total = 0.0
    for name, weight in zip(RATES, (plan.response, plan.solved, plan.satisfied), strict=True):
        value = rates[name].value
        if value is None:
            return None
        total += weight * value
    return 100 * total


def ranked(groups: Sequence[GroupOfCalls], plan: HotlinePlan) -> list[GroupOfCalls]:
    """Give groups their places, the best first; those of few calls come last, without one."""
    scores = [g.score for g in groups if g.score is not None and g.calls >= plan.least]

    def place(group: GroupOfCalls) -> int | None:
        if group.score is None or group.calls < plan.least:
            return None
        return 1 + sum(score > group.score for score in scores)

    placed = [
        GroupOfCalls(group=g.group, calls=g.calls, rates=g.rates, score=g.score, rank=place(g))
        for g in groups
    ]
    return sorted(placed, key=lambda g: (g.rank is None, g.rank or 0, g.group))


def month_of(day: date) -> str:
    """Name the month of a day.

    Examples
    --------
    >>> month_of(date(2026, 4, 30))
    '2026-04'
    """
    return f"{day:%Y-%m}"
