"""A register of an invented day: hazards over the grid, inspections in turn, a few that get worse.

All are registered on the first day of a span; each is inspected about every three weeks.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

import numpy as np

from config.catalog import Catalog, Feed
from models.feeds.kinds.registry.config import RegistryFeed
from models.feeds.raw import RawMessage
from ops.simulation.matters.days import Span, at_hour, in_order, message

_OBJECTS: Final = 120
_TURN_DAYS: Final = 21
_WORN: Final = 0.02  # of the inspections find a worse condition


def messages(feed: Feed, catalog: Catalog, span: Span) -> Iterator[RawMessage]:
    """Give the register on the first day, then inspections and what they found."""
    assert isinstance(feed, RegistryFeed)
    rows = _rows(feed, catalog, span)
    for number, day in enumerate(span.days()):
        at_ms = max(span.start_ms, at_hour(day, 0.3))
        made = [message(at_ms, str(row["object"]), row) for row in rows] if number == 0 else []
        made += _inspections(feed, rows, span, day)
        yield from in_order(made)


def _rows(feed: RegistryFeed, catalog: Catalog, span: Span) -> list[dict[str, object]]:
    grid = catalog.grid_at(max(street.valid_from for street in catalog.streets))
    rng = span.chance(f"{feed.name} places", datetime(2000, 1, 1, tzinfo=span.zone))
    classes, levels = list(feed.classes), list(feed.levels)
    shares = 1.0 / np.arange(1, 1 + len(levels)) ** 2
    return [
        {
            "object": f"{feed.name}-{n + 1:04d}",
            "type": "registered",
            "class": classes[n % len(classes)],
            "level": levels[int(rng.choice(len(levels), p=shares / shares.sum()))],
            "cell": f"{grid.codes[at]:015d}",
        }
        for n, at in enumerate(rng.integers(len(grid), size=_OBJECTS).tolist())
    ]


def _inspections(
    feed: RegistryFeed, rows: list[dict[str, object]], span: Span, day: datetime
) -> list[RawMessage]:
    rng, made = span.chance(feed.name, day), []
    conditions = list(feed.conditions)
    for n in range(day.toordinal() % _TURN_DAYS, len(rows), _TURN_DAYS):
        found = conditions[1] if rng.random() < _WORN else conditions[0]
        row = {"object": rows[n]["object"], "cell": rows[n]["cell"], "type": "inspected"}
        at_ms = at_hour(day, 9 + 8 * rng.random())
        made.append(message(at_ms, str(row["object"]), row | {"condition": found}))
    return made
