"""Closing times as counts by bin, which add up over streets, and the median that they give.

A median of medians is not a median; counts by bin of all streets of a department are. The bins of
`models.windows.sketch` make the median right to 5 %.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np

from models.messages.street_summaries import ClosingTimeHistogram, IndicatorCount
from models.timing.units import HOUR_S
from models.windows.sketch import value_of

MEDIAN: Final = "median_hours_to_close"


def medians(spreads: Iterable[ClosingTimeHistogram]) -> list[IndicatorCount]:
    """Add up the spreads of each group and window, and give the median closing time of each.

    The numerator counts the closed cases that took no longer, the denominator all closed ones.

    Examples
    --------
    >>> from models.windows.sketch import bin_of
    >>> hours = bin_of(np.array([1, 2, 9]) * 3600).tolist()
    >>> [one] = medians([ClosingTimeHistogram("7d", "all", "all", hours, [1, 1, 1])])
    >>> one.numerator, one.denominator, round(one.value or 0, 1)
    (2, 3, 2.1)
    """
    return [_median(one) for one in spreads_added_up(spreads)]


def spreads_added_up(spreads: Iterable[ClosingTimeHistogram]) -> list[ClosingTimeHistogram]:
    """Add up the spreads of each window and group, in the order of their names."""
    merged: dict[tuple[str, str, str], dict[int, int]] = {}
    for one in spreads:
        sums = merged.setdefault((one.window, one.by, one.group), {})
        for place, count in zip(one.bins, one.counts, strict=True):
            sums[place] = sums.get(place, 0) + count
    found = []
    for key, sums in sorted(merged.items()):
        bins = sorted(sums)
        found.append(ClosingTimeHistogram(*key, bins, [sums[place] for place in bins]))
    return found


def _median(spread: ClosingTimeHistogram) -> IndicatorCount:
    up_to = np.cumsum(spread.counts)
    total = int(up_to[-1])
    at = int(np.searchsorted(up_to, (total + 1) // 2))
    hours = value_of(spread.bins[at]) / HOUR_S
    key = (spread.window, spread.by, spread.group)
    return IndicatorCount(*key, MEDIAN, int(up_to[at]), total, hours)
