"""Levels of an invented day: cars that fill the parks by noon, tenants that move and inspections.

Objects that a feed does not declare are listed on the first day of a span, with two tenants.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from config.catalog import Catalog, Feed
from models.feeds.kinds.stock.config import StockFeed
from models.feeds.raw import RawMessage
from models.grid.codes import street_of
from ops.simulation.matters.days import Span, at_hour, in_order, message

_STEP_H: Final = 0.25
_HOUSES: Final = 300
_MOVES: Final = 6.0  # a day
_INSPECTED: Final = _HOUSES / 60  # a day: each about every two months


def messages(feed: Feed, catalog: Catalog, span: Span) -> Iterator[RawMessage]:
    """Give levels where the feed declares its objects, else houses, changes and inspections."""
    assert isinstance(feed, StockFeed)
    for number, day in enumerate(span.days()):
        made = _levels(feed, span, day) if feed.objects else _moves(feed, catalog, span, day)
        if number == 0 and not feed.objects:
            made += _listed(feed, catalog, span, day)
        yield from in_order(made)


def _levels(feed: StockFeed, span: Span, day: datetime) -> list[RawMessage]:
    made = []
    for name, one in feed.objects.items():
        rng = span.chance(f"{feed.name} {name}", day)
        most, busy = one.capacity or 100.0, 0.75 if day.weekday() < _SATURDAY else 0.85
        for step in range(round(24 / _STEP_H)):
            hour = step * _STEP_H
            share = busy * math.exp(-((hour - 14) ** 2) / 40) + 0.08 + 0.03 * rng.random()
            row = {"object": name, "type": "level", "value": round(min(share, 1.0) * most)}
            made.append(message(at_hour(day, hour), name, row))
    return made


_SATURDAY: Final = 5


def _house(feed: Feed, number: int) -> str:
    return f"{feed.name}-{number + 1:04d}"


def _cells(feed: Feed, catalog: Catalog, span: Span) -> list[str]:
    grid = catalog.grid_at(max(street.valid_from for street in catalog.streets))
    rng = span.chance(f"{feed.name} places", datetime(2000, 1, 1, tzinfo=span.zone))
    first = min(street.valid_from for street in catalog.streets)
    old = {int(street.code) for street in catalog.streets if street.valid_from == first}
    cells = [code for code in grid.codes.tolist() if street_of(code) in old]
    return [f"{cells[at]:015d}" for at in rng.integers(len(cells), size=_HOUSES)]


def _listed(feed: Feed, catalog: Catalog, span: Span, day: datetime) -> list[RawMessage]:
    at_ms, made = max(span.start_ms, at_hour(day, 0.2)), []
    for n, cell in enumerate(_cells(feed, catalog, span)):
        row = {"object": _house(feed, n), "cell": cell}
        made.append(message(at_ms, _house(feed, n), row | {"type": "listed", "capacity": 40}))
        made.append(message(at_ms + 1000, _house(feed, n), row | {"type": "level", "value": 2}))
    return made


def _moves(feed: Feed, catalog: Catalog, span: Span, day: datetime) -> list[RawMessage]:
    rng, cells = span.chance(feed.name, day), _cells(feed, catalog, span)
    made = []
    for kind, mean in (("change", _MOVES), ("inspected", _INSPECTED)):
        for n in rng.integers(_HOUSES, size=int(rng.poisson(mean))).tolist():
            row = {"object": _house(feed, n), "type": kind, "cell": cells[n]}
            row |= {"value": 1 + int(rng.integers(2))} if kind == "change" else {}
            made.append(message(at_hour(day, 9 + 9 * rng.random()), _house(feed, n), row))
    return made
