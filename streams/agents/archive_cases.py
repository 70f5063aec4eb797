"""Street agent `archive-cases`: every step of every case as a row by day.

What a case is follows from the set of its steps (`models.cases.timeline`), so the steps as they
come are the whole history; the agent needs no word from the agent `cases`.
"""

from __future__ import annotations

from config.catalog import Catalog
from config.names import CASE_EVENTS
from config.settings import Settings
from models.timing.zone import zone_of
from streams.agents.archive import ArchiveProcessor
from streams.host.processor import AgentSpec


def spec(catalog: Catalog, settings: Settings) -> AgentSpec:
    """Describe the agent."""
    del settings
    zone = zone_of(catalog.city.timezone)
    return AgentSpec(
        "archive-cases", "street", (CASE_EVENTS,), lambda number: ArchiveProcessor(zone, number)
    )
