"""Street agent `archive-cases`: every step of every case, and what was told of every matter.

What a case is follows from the set of its steps (`models.cases.timeline`), so the steps as they
come are the whole history; the agent needs no word from the agent `cases`. Kinds that may hold data
of a person, patrols and visits, are left out.
"""

from __future__ import annotations

from config.catalog import Catalog
from config.names import CASE_EVENTS
from config.settings import Settings
from models.feeds.kinds.contract import feed_kinds
from models.timing.zone import zone_of
from streams.agents.archive import ArchiveProcessor
from streams.host.processor import AgentSpec


def spec(catalog: Catalog, settings: Settings) -> AgentSpec:
    """Describe the agent."""
    del settings
    zone = zone_of(catalog.city.timezone)
    matters = (kind.topic for kind in feed_kinds().values() if kind.sends and not kind.is_private)
    topics = (CASE_EVENTS, *sorted(matters))
    return AgentSpec(
        "archive-cases",
        "street",
        topics,
        lambda number: ArchiveProcessor(zone, number),
        is_aside=True,
    )
