"""One worker process: wait for the servers, run the Faust application, stop it in time."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, NoReturn

from config import names
from config.catalog import Catalog
from config.errors import ConfigError, GridpulseError
from config.settings import Settings
from models.messages.prepared import prepare_types
from ops.kafka import topics
from ops.kafka.programs import WORKER
from ops.kafka.rights import require
from ops.processes.checkpoints import connected
from streams import logs
from streams.health import Health, HealthServer
from streams.host.checkpoint import refuse_other_formats
from streams.host.processor import AgentSpec
from streams.ingest.servers import check_login
from streams.retry import Retry

if TYPE_CHECKING:
    from streams.host.transport import CheckpointApp

UNSIGNED_MODELS: Final = (
    "GRIDPULSE_MODEL_KEY is not set: whoever may write to case-models or baselines decides what "
    "counts as normal"
)

log = logs.get(__name__)


def run(settings: Settings, catalog: Catalog, specs: Sequence[AgentSpec] | None = None) -> NoReturn:
    """Run a worker until it is told to stop; ends the process.

    Raises
    ------
    ServerUnavailable
        Kafka or Redis did not answer within `settings.wait_s`.
    GridpulseError
        Topics are missing or have other partitions than the settings say.
    """
    from streams.agents import discover
    from streams.app import build

    logs.configure(settings.log_format)
    health = Health()
    agents = discover(catalog, settings) if specs is None else specs
    app = build(settings, catalog, agents, health)
    prepare_types()
    with HealthServer(health, settings.bind_host, settings.worker_port):
        await_servers(settings, health)
        refuse_outdated(settings)
        refuse_wrong_topics(settings, catalog, agents)
        if not settings.model_key:
            log.warning(UNSIGNED_MODELS)
        log.info("worker starts", agents=[agent.name for agent in agents])
        serve(app, settings)


def await_servers(settings: Settings, health: Health) -> None:
    """Wait for Redis and Kafka, with a line for each that is missing.

    Raises
    ------
    ServerUnavailable
        One did not answer within `settings.wait_s`.
    """
    asks: dict[str, Callable[[], Any]] = {
        "Redis": lambda: _ask_redis(settings),
        "Kafka": lambda: topics.problems(settings, [], timeout_s=2),
    }
    for name, ask in asks.items():
        Retry(name, settings.wait_s, health).call(ask)


def refuse_outdated(settings: Settings) -> None:
    """Refuse to start on state of another version.

    Raises
    ------
    CheckpointRefused
        Says how to rebuild it.
    """
    with connected(settings) as redis:
        refuse_other_formats(redis)


def refuse_wrong_topics(settings: Settings, catalog: Catalog, agents: Sequence[AgentSpec]) -> None:
    """Refuse to start on topics that are missing or wrongly partitioned.

    Raises
    ------
    GridpulseError
        Names them and the command that makes them.
    """
    read = {topic for agent in agents for topic in agent.topics}
    plans = [p for p in topics.plan(settings, catalog) if not p.name.startswith(names.RAW_PREFIX)]
    unknown = read - {p.name for p in plans}
    if unknown:
        msg = f"agents read topics that nobody plans: {', '.join(sorted(unknown))}"
        raise GridpulseError(msg)
    require(
        settings,
        reads=read,
        writes={names.DEAD_LETTERS, *WORKER.writes}.union(*(agent.sends for agent in agents)),
        describes=[p.name for p in plans],
        groups=[settings.worker_group],
    )
    wrong = topics.problems(settings, plans)
    if wrong:
        raise GridpulseError("; ".join(wrong))


def _ask_redis(settings: Settings) -> None:
    with connected(settings) as redis:
        redis.ping()


def serve(app: CheckpointApp, settings: Settings) -> NoReturn:
    """Hand the main thread to Faust; a crash of it is one line and status 70."""
    from streams.host.environment import EXIT_CANNOT_GO_ON
    from streams.host.runner import Runner

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    runner = Runner(app, loop=loop)
    try:
        runner.execute_from_commandline()
    except BaseException as error:
        crash = runner.crash_reason or (None if isinstance(error, SystemExit) else error)
        if crash is None and not runner.is_told_to_stop:
            crash = _why_not(settings)
        if crash is not None:
            why = str(crash) if isinstance(crash, GridpulseError) else repr(crash)
            log.critical("the worker crashed and ends", why=why)
        sys.stderr.flush()
        os._exit(0 if crash is None else EXIT_CANNOT_GO_ON)


def _why_not(settings: Settings) -> GridpulseError:
    """Find out why Faust gave up at its start, of which it says nothing but in its log."""
    try:
        check_login(settings)
    except ConfigError as error:
        return error
    return GridpulseError("Faust could not start; the lines before say why")
