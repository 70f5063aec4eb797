"""Supervisors of an invented day: one post in every third beat walks its cells in the shifts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from config.catalog import Catalog, Feed
from models.feeds.kinds.patrol.config import PatrolFeed
from models.feeds.raw import RawMessage
from models.matters.divided import DividedGrid
from ops.simulation.matters.days import Span, at_hour, in_order, message

_STEP_H: Final = 0.25
_EVERY: Final = 3  # beats


def messages(feed: Feed, catalog: Catalog, span: Span) -> Iterator[RawMessage]:
    """Give a position of each post every quarter of an hour while its shift lasts."""
    assert isinstance(feed, PatrolFeed)
    grid = catalog.grid_at(max(street.valid_from for street in catalog.streets))
    cells: dict[str, list[str]] = {}
    for cell, beat in DividedGrid(catalog.grids[feed.beats], grid).part_of.items():
        cells.setdefault(beat, []).append(cell)
    for day in span.days():
        made: list[RawMessage] = []
        for number, (_, own) in enumerate(sorted(cells.items())[::_EVERY]):
            rng = span.chance(f"{feed.name} {number}", day)
            post = f"S-{number + 1:03d}"
            for step in range(round(7 / _STEP_H), round(21 / _STEP_H)):
                hour = step * _STEP_H + 0.2 * rng.random()
                row = {"post": post, "cell": own[step % len(own)], "free": rng.random() < 0.8}
                made.append(message(at_hour(day, hour), post, row))
        yield from in_order(made)
