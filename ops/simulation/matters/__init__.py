"""Made-up messages of supervised matters: one module a kind of feed, found by its name.

A module gives `messages(feed, catalog, span)` in the order of event time. What happens on a day
depends on the seed and that day only: two spans that meet give the same as one that covers both.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from types import ModuleType

from config.catalog import Catalog, Feed
from config.discovery import modules_of
from models.feeds.raw import RawMessage
from ops.simulation.matters.days import Span


@cache
def simulated_kinds() -> dict[str, ModuleType]:
    """Give the modules by the kind of feed that they simulate."""
    return {name: module for name, module in modules_of(__name__) if hasattr(module, "messages")}


def matter_messages(feed: Feed, catalog: Catalog, span: Span) -> Iterator[RawMessage]:
    """Give the messages of a feed in the order of event time; none of a kind without a module."""
    module = simulated_kinds().get(feed.kind)
    if module is None:
        return
    for message in module.messages(feed, catalog, span):
        if span.start_ms <= message.ts_ms < span.end_ms:
            yield message
