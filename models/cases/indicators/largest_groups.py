"""The largest groups of each dimension by name, and the others together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import msgspec

from models.bounded import OTHERS
from models.messages.street_summaries import ClosingTimeHistogram, IndicatorCount

_EVERYTHING = "all"
Group = tuple[str, str]  # dimension and member
Counted = TypeVar("Counted", IndicatorCount, ClosingTimeHistogram)


def largest_groups(counts: Iterable[IndicatorCount], most: int) -> set[Group]:
    """Find the groups with most cases, at most so many of each dimension.

    Examples
    --------
    >>> counts = [IndicatorCount("7d", "beat", name, "filed", n, None) for name, n in (("a", 3),
    ...     ("b", 1), ("c", 2))]
    >>> sorted(largest_groups(counts, most=2))
    [('beat', 'a'), ('beat', 'c')]
    """
    sizes: dict[str, dict[str, float]] = {}
    for one in counts:
        if one.denominator is None:
            of_dimension = sizes.setdefault(one.by, {})
            of_dimension[one.group] = of_dimension.get(one.group, 0.0) + one.numerator
    found: set[Group] = set()
    for by, groups in sizes.items():
        named = (group for group in groups if group != OTHERS)
        ranked = sorted(named, key=lambda group: (-groups[group], group))
        found.update((by, group) for group in ranked[:most])
    return found


def added_up(counts: Iterable[IndicatorCount]) -> list[IndicatorCount]:
    """Add up the counts of one name: numerators and denominators, in the order of the names."""
    merged: dict[tuple[str, str, str, str], tuple[float, int | None]] = {}
    for one in counts:
        key = (one.window, one.by, one.group, one.indicator)
        numerator, denominator = merged.get(key, (0, None))
        if one.denominator is not None:
            denominator = (denominator or 0) + one.denominator
        merged[key] = (numerator + one.numerator, denominator)
    return [IndicatorCount(*key, *merged[key]) for key in sorted(merged)]


def with_others(some: Iterable[Counted], kept: set[Group]) -> list[Counted]:
    """Call every group that is not kept `OTHERS`; what belongs together is still to be added up."""
    return [
        one
        if one.by == _EVERYTHING or (one.by, one.group) in kept
        else msgspec.structs.replace(one, group=OTHERS)
        for one in some
    ]
