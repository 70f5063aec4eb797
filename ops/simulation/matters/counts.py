"""Counts of an invented day: opening hours, weekday, season, a turnaround where there is an end.

About 1,670 visits a day in the community stations: 610,000 in 2008 (the report). Other feeds have a
size by the number of their units.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from config.catalog import Catalog, Feed
from models.feeds.kinds.counts.config import CountsFeed
from models.feeds.raw import RawMessage
from ops.simulation.matters.days import Span, at_hour, in_order, message

_HOURS: Final = np.array([8, 9, 10, 11, 13, 14, 15, 16])
_SHARES: Final = np.array([0.16, 0.2, 0.17, 0.1, 0.1, 0.12, 0.09, 0.06])
_MONTHS: Final = np.array([1.2, 1.0, 1.1, 1.0, 0.95, 0.9, 0.85, 0.85, 0.95, 1.0, 1.1, 1.1])
_VISITS: Final = 167.0  # a unit and day, of what has no end
_REQUESTS: Final = 4.0  # of what has one
_MEDIAN_SHARE: Final = 0.4  # of the limit that a request takes in the middle


def messages(feed: Feed, catalog: Catalog, span: Span) -> Iterator[RawMessage]:
    """Give the counts of a span, an hour of a unit and class each."""
    del catalog
    assert isinstance(feed, CountsFeed)
    for day in span.days():
        rng = span.chance(feed.name, day)
        base = (_REQUESTS if feed.ends else _VISITS) * _MONTHS[day.month - 1]
        base *= 0.4 if day.weekday() >= 5 else 1.15
        shares = 1.0 / np.arange(2, 2 + len(feed.categories))
        made: list[RawMessage] = []
        for unit in feed.units:
            for category, share in zip(feed.categories, shares / shares.sum(), strict=True):
                hourly = rng.poisson(base * share * _SHARES)
                for hour, n in zip(_HOURS, hourly.tolist(), strict=True):
                    if n:
                        row = {"unit": unit, "class": category, "n": n}
                        at_ms = at_hour(day, hour + 0.9 * rng.random())
                        made.append(message(at_ms, unit, row))
                        made += _finished(feed, row, at_ms, rng)
        yield from in_order(made)


def _finished(
    feed: CountsFeed, row: dict[str, object], at_ms: int, rng: np.random.Generator
) -> Iterator[RawMessage]:
    """Tell of the ends: of as many requests, opened earlier, as were opened."""
    if not feed.ends or rng.random() < 0.03:
        return
    middle = _MEDIAN_SHARE * (feed.limit_h or 24.0)
    hours = round(float(middle * rng.lognormal(0.0, 0.6)), 1)
    ended = {**row, "step": "finished", "hours": hours}
    yield message(at_ms + 60_000, str(row["unit"]), ended)
