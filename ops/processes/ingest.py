"""The ingest process: put together, run until told to stop, ended clearly when it must."""

from __future__ import annotations

import gc
import os
from typing import Final

from config import names
from config.catalog import Catalog
from config.loader import load
from config.redis_client import sync_redis
from config.settings import Settings
from models.messages.prepared import prepare_types
from models.messages.topics import topics_of
from ops.kafka.programs import INGEST
from ops.kafka.rights import require
from ops.processes.signals import Stop
from streams import logs
from streams.health import Health, HealthServer
from streams.host.checkpoint import refuse_other_formats
from streams.ingest.assignment import Assignment
from streams.ingest.run import Ingest
from streams.ingest.servers import topic_shapes
from streams.retry import Retry

log = logs.get(__name__)
_CANNOT_GO_ON: Final = 70  # EX_SOFTWARE of sysexits.h
_REDIS_ANSWER_S: Final = 5


def serve() -> int:
    """Run ingest with the settings of the environment; gives the exit status.

    Raises
    ------
    ConfigError
        A setting or a file of the city is wrong.
    ServerUnavailable
        Kafka or Redis was not there in time at the start.
    """
    settings = Settings.from_env()
    logs.configure(settings.log_format)
    catalog = load(settings)
    prepare_types()
    health = Health()
    with Stop() as stop, HealthServer(health, settings.bind_host, settings.ingest_port):
        ingest = assemble(catalog, settings, health)
        gc.collect()
        gc.freeze()  # the catalog and its grids stay: no collection needs to look at them again
        try:
            ingest.run(stop.is_set)
        except Exception as error:
            log.critical("ingest cannot go on", error=str(error), kind=type(error).__name__)
            # At once: what clients still hold must not go out after the decision to end.
            os._exit(_CANNOT_GO_ON)
    return 0


def assemble(catalog: Catalog, settings: Settings, health: Health) -> Ingest:
    """Wait for the servers, and put ingest together.

    Raises
    ------
    ServerUnavailable
        Kafka or Redis was not there in time, or a topic is missing.
    CheckpointRefused
        State in Redis is of another version.
    """
    health.condition("partitions", "no partition is assigned yet")
    redis = sync_redis(settings, socket_timeout=_REDIS_ANSWER_S)
    of_redis = Retry("Redis", settings.wait_s, health)
    of_redis.call(redis.ping)
    refuse_other_formats(redis)
    raw = [names.raw_topic(feed) for feed in catalog.feeds]
    wanted = [*raw, *topics_of("street"), *topics_of("one"), names.HEALTH]
    of_kafka = Retry("Kafka", settings.wait_s, health)
    of_kafka.call(
        lambda: require(
            settings,
            reads=raw,
            writes=set(wanted) & set(INGEST.writes),
            describes=wanted,
            groups=[settings.ingest_group],
        )
    )
    shapes = of_kafka.call(lambda: topic_shapes(settings, wanted))
    assignment = Assignment(
        catalog, shapes, redis, of_redis.call, health, replay_key=settings.replay_key
    )
    return Ingest(catalog, settings, assignment, shapes, health)
