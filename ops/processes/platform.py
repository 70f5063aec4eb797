"""The whole platform on one machine: topics, ingest, worker, wall, watched until told to stop."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from config.catalog import Catalog
from config.settings import Settings
from ops.kafka import topics
from ops.processes.child import Child
from ops.processes.fleet import Fleet
from ops.processes.signals import Stop

PROCESSES = ("ingest", "worker", "wall")
_WATCH_S = 1.0
_START_S = 120.0


def wall_url(settings: Settings) -> str:
    """Address of the wall."""
    return f"http://{settings.bind_host}:{settings.wall_port}"


def launch(
    fleet: Fleet, settings: Settings, catalog: Catalog, say: Callable[[str], None]
) -> dict[str, Child]:
    """Make the topics that are missing, start the processes, and wait until the wall answers.

    Gives the processes by name.

    Raises
    ------
    ServerUnavailable
        Kafka does not answer, or the wall ended or did not answer in time.
    GridpulseError
        A topic has other partitions than the settings say.
    """
    made = topics.create(settings, topics.plan(settings, catalog), timeout_s=settings.wait_s)
    if made:
        say(f"made {len(made)} topics")
    started = {name: fleet.start(name, (name,), settings) for name in PROCESSES}
    started["wall"].wait_until_listening(settings.wall_port, _START_S, settings.bind_host)
    return started


def run_until(fleet: Fleet, end_s: float | None, stop: Stop) -> None:
    """Watch the processes until a time (monotonic seconds) or until told to stop."""
    while end_s is None or time.monotonic() < end_s:
        fleet.watch()
        if stop.wait(_WATCH_S):
            return


def log_folder() -> Path:
    """Folder for the logs of the processes of this machine."""
    return Path("var") / "log"
