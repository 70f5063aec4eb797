"""Rules whose conditions overlap: they would warn twice of one thing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import combinations
from typing import Final

from config.catalog import Rule
from config.hours import DAY_MIN, span_of

_OWN: Final = frozenset({"limits"})  # of a kind, and no part of what it watches
_WATCHED: Final = ("kind", "feed", "metric", "detector")


def overlaps(rules: Mapping[str, Rule]) -> Iterator[tuple[str, str]]:
    """Give the pairs of rules that watch the same, somewhere and at some time both."""
    for one, other in combinations(rules.values(), 2):
        if _watched(one) == _watched(other) and _meet(one, other):
            yield one.name, other.name


def _watched(rule: Rule) -> tuple[object, ...]:
    own = sorted(set(type(rule).model_fields) - set(Rule.model_fields) - _OWN)
    return tuple(repr(getattr(rule, name)) for name in (*_WATCHED, *own))


def _meet(one: Rule, other: Rule) -> bool:
    """Tell whether dates, places and times of two rules have anything in common."""
    a, b = one.applies, other.applies
    begins = max(one.valid_from or date.min, other.valid_from or date.min)
    ends = min(one.valid_to or date.max, other.valid_to or date.max)
    is_one_place = (
        not a.areas
        or not b.areas
        or any(x.startswith(y) or y.startswith(x) for x in a.areas for y in b.areas)
    )
    return (
        begins < ends
        and is_one_place
        and (a.days == b.days or "all" in (a.days, b.days))
        and _share(a.months, b.months)
        and _share(a.modes, b.modes)
        and not _minutes(a.hours).isdisjoint(_minutes(b.hours))
    )


def _share(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    return not one or not other or bool(set(one) & set(other))


def _minutes(hours: str) -> set[int]:
    span = span_of(hours)
    assert span is not None  # checked by the field
    return {(span[0] + minute) % DAY_MIN for minute in range(span[1])}
