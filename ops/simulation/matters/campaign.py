"""Visits of an invented campaign: objects over the grid, a steady pace, few that became worse.

On the first day of a span all objects are planned. A round then covers nine of ten days' worth;
what is left comes last. Of a campaign with a goal the report's share reaches it: 2,576 of 2,873.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.catalog import Catalog, Feed
from models.feeds.kinds.campaign.config import CampaignFeed
from models.feeds.raw import RawMessage
from models.matters.sampling import recheck_size
from ops.simulation.matters.days import Span, at_hour, in_order, message

_REGISTERED: Final = 2576 / 2873
_WORSE: Final = 0.004  # of the objects in a round of a campaign without a goal
_WRONG: Final = 0.02  # of the rechecked


def messages(feed: Feed, catalog: Catalog, span: Span) -> Iterator[RawMessage]:
    """Give the plan on the first day, then the visits of each day."""
    assert isinstance(feed, CampaignFeed)
    for number, day in enumerate(span.days()):
        is_first = number == 0 and day.date() <= feed.due
        made = _plan(feed, catalog, span, day) if is_first else []
        made += _visits(feed, catalog, span, day)
        yield from in_order(made)


def _name(feed: Feed, number: int) -> str:
    return f"{feed.name}-{number + 1:05d}"


def _cells(feed: CampaignFeed, catalog: Catalog, span: Span) -> list[str]:
    """Give the cell of each object: the same on every day."""
    grid = catalog.grid_at(max(feed.starts, min(street.valid_from for street in catalog.streets)))
    rng = span.chance(f"{feed.name} places", datetime(2000, 1, 1, tzinfo=span.zone))
    return [f"{code:015d}" for code in grid.codes[rng.integers(len(grid), size=feed.objects)]]


def _plan(feed: CampaignFeed, catalog: Catalog, span: Span, day: datetime) -> list[RawMessage]:
    best = min(feed.states, key=lambda code: feed.states[code].severity)
    state = {} if any(s.is_goal for s in feed.states.values()) else {"state": best}
    at_ms, made = max(span.start_ms, at_hour(day, 0.5)), []
    for n, cell in enumerate(_cells(feed, catalog, span)):
        row = {"object": _name(feed, n), "type": "planned", "cell": cell}
        made.append(message(at_ms, _name(feed, n), row | state))
    return made


def _visits(feed: CampaignFeed, catalog: Catalog, span: Span, day: datetime) -> list[RawMessage]:
    """Give the visits of a day, and the rechecks on the last day of the round."""
    first, last = feed.round_at(day.date())
    if not first <= day.date() <= last:
        return []
    rng, begun = span.chance(feed.name, day), _midnight(first, span)
    order = span.chance(f"{feed.name} round", begun).permutation(feed.objects)
    states = _states(feed, order, span.chance(f"{feed.name} states", begun))
    length, today = max(round(0.9 * ((last - first).days + 1)), 1), (day.date() - first).days
    cells, made = _cells(feed, catalog, span), []
    for place in np.flatnonzero(np.arange(feed.objects) * length // feed.objects == today).tolist():
        n = int(order[place])
        row = {"object": _name(feed, n), "cell": cells[n], "team": _team(feed, cells[n])}
        row |= {"type": "visited", "state": states[n]}
        made.append(message(at_hour(day, 9 + 8 * rng.random()), _name(feed, n), row))
    if day.date() == last and feed.every == "once":
        made += _rechecks(feed, cells, states, day, rng)
    return made


def _states(
    feed: CampaignFeed, order: NDArray[np.int64], rng: np.random.Generator
) -> dict[int, str]:
    """Draw the states of a round: the first in the order reach the goal, where there is one."""
    goal = [code for code, state in feed.states.items() if state.is_goal]
    rest = [code for code, state in feed.states.items() if not state.is_goal]
    worse = [code for code in rest if feed.states[code].severity and feed.states[code].to is None]
    drawn, reached = rng.random(feed.objects), round(_REGISTERED * feed.objects)
    found: dict[int, str] = {}
    for place, n in enumerate(order.tolist()):
        if goal:
            found[n] = goal[n % len(goal)] if place < reached else rest[n % len(rest)]
        elif worse:
            found[n] = worse[n % len(worse)] if drawn[n] < _WORSE else rest[0]
        else:
            found[n] = rest[int(drawn[n] * len(rest))]
    return found


def _team(feed: CampaignFeed, cell: str) -> str:
    names = list(feed.teams) or ["T1", "T2", "T3", "T4", "T5"]
    return names[int(cell[6:9]) % len(names)]


def _rechecks(
    feed: CampaignFeed,
    cells: list[str],
    states: dict[int, str],
    day: datetime,
    rng: np.random.Generator,
) -> list[RawMessage]:
    """Recheck a random sample, right before the end; few of a census are in another state."""
    plan, codes = feed.recheck, list(feed.states)
    size = recheck_size(feed.objects, plan.error_limit, plan.confidence)
    wrong = 0.0 if any(state.is_goal for state in feed.states.values()) else _WRONG
    made = []
    for n in rng.choice(feed.objects, size, replace=False).tolist():
        right = states[n]
        state = next(c for c in codes if c != right) if rng.random() < wrong else right
        row = {"object": _name(feed, n), "type": "rechecked", "cell": cells[n], "team": "R1"}
        at_ms = at_hour(day, 20 + rng.random())
        made.append(message(at_ms, _name(feed, n), row | {"state": state}))
    return made


def _midnight(day: date, span: Span) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=span.zone)
