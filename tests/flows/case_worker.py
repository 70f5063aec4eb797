"""A worker with the two agents of the case stream alone, as `python -m tests.flows.case_worker`.

Years of cases take seconds through these; the agents that look for outbreaks in them take minutes.
"""

from __future__ import annotations

from typing import Final

from models.timing.zone import zone_of
from streams.agents import archive_cases, cases
from streams.agents.archive import ArchiveProcessor
from streams.host.processor import AgentSpec

WAIT_MS: Final = 2000  # a test does not wait a minute for the archive


if __name__ == "__main__":
    from config.loader import load
    from config.settings import Settings
    from ops.processes.worker import run

    settings = Settings.from_env()
    catalog = load(settings)
    zone = zone_of(catalog.city.timezone)
    archive = archive_cases.spec(catalog, settings)
    quick = AgentSpec(
        archive.name, archive.level, archive.topics, lambda n: ArchiveProcessor(zone, n, WAIT_MS)
    )
    run(settings, catalog, [cases.spec(catalog, settings), quick])
