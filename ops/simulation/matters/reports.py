"""Daily reports of an invented day: on time, a few late or missing, now and then corrected."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from config.catalog import Catalog, Feed
from models.feeds.kinds.reports.config import ReportsFeed
from models.feeds.raw import RawMessage
from ops.simulation.matters.days import Span, at_hour, in_order, message

_USUAL: Final = 60.0
_MISSING, _LATE, _CORRECTED = 0.01, 0.03, 0.02


def messages(feed: Feed, catalog: Catalog, span: Span) -> Iterator[RawMessage]:
    """Give the reports that come on each day, of the day before."""
    del catalog
    assert isinstance(feed, ReportsFeed)
    for day in span.days():
        about, made = (day - timedelta(days=1)).date(), list[RawMessage]()
        for unit in feed.units if about >= feed.starts else ():
            rng = span.chance(f"{feed.name} {unit}", day)
            if rng.random() < _MISSING:
                continue
            figures = {code: int(rng.poisson(_USUAL)) for code in feed.figures}
            hour = feed.due_h + (3 if rng.random() < _LATE else -1) * rng.random()
            row = {"unit": unit, "day": about.isoformat(), "figures": figures}
            made.append(message(at_hour(day, hour), unit, row))
            if rng.random() < _CORRECTED:
                more = {code: n + 1 for code, n in figures.items()}
                made.append(message(at_hour(day, hour + 2), unit, row | {"figures": more}))
        yield from in_order(made)
