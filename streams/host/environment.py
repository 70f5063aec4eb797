"""What the host touches outside its process, gathered: a simulation gives its own."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, NoReturn

from config.catalog import Catalog
from config.kafka_security import python_client
from config.settings import Settings
from models.messages.subscriptions import Channel
from models.warnings.notice import Titles
from streams import logs
from streams.clock import SYSTEM_CLOCK, Clock
from streams.health import Health
from streams.host.caution import Survives
from streams.host.effects import Archiver
from streams.host.gaps import surely_gone
from streams.host.trial import survives
from streams.ingest.servers import TopicShape, topic_shapes
from streams.retry import Retry
from streams.sinks.archive import ArchiveSink
from streams.sinks.cap import CapSink
from streams.sinks.channel import ChannelSink
from streams.sinks.chat import ChatSink
from streams.sinks.mail import MailSink
from streams.sinks.redis import worker_name
from streams.sinks.webhook import WebhookSink

EXIT_CANNOT_GO_ON: Final = 70  # sysexits.h: EX_SOFTWARE
PULSE_MS: Final = 100  # between two ticks of a partition
QUICK_PULSE_MS: Final = 25  # … of an agent on the way to the snapshot
LIFE_PULSE_S: Final = 3.0

log = logs.get(__name__)


@dataclass(frozen=True, kw_only=True)
class Environment:
    """Clock, servers and files of one worker.

    Attributes
    ----------
    channels : mapping of Channel to ChannelSink
        How warnings are delivered.
    archiver : Archiver
    topic_shapes : callable
        Topics → their partitions and identities; waits for the broker.
    surely_gone : callable
        (topic, partition, first, end) → how many of the records there retention deleted; raises
        where one is still there. See `streams.host.gaps`.
    end_process : callable
        Ends the process at once, with a reason.
    clock : Clock
    survives : callable
        Tries work that may end the process; see `streams.host.trial`.
    worker : str
        Name of the process.
    district : str
        Code of the district that the worker reports to; empty: it sends no reports on the line.
    pulse_ms, quick_pulse_ms, life_pulse_s
        Between two ticks, those of agents that are quick, and between two signs of life.
    """

    channels: Mapping[Channel, ChannelSink]
    archiver: Archiver
    topic_shapes: Callable[[Sequence[str]], Awaitable[Mapping[str, TopicShape]]]
    surely_gone: Callable[[str, int, int, int], Awaitable[int]]
    end_process: Callable[[str], NoReturn]
    clock: Clock = SYSTEM_CLOCK
    survives: Survives = survives
    worker: str = field(default_factory=worker_name)
    district: str = ""
    pulse_ms: int = PULSE_MS
    quick_pulse_ms: int = QUICK_PULSE_MS
    life_pulse_s: float = LIFE_PULSE_S


def real_environment(
    settings: Settings, health: Health, catalog: Catalog | None = None
) -> Environment:
    """Give the servers and the archive that the settings name."""
    return Environment(
        channels=channels_of(settings, os.environ, catalog),
        archiver=ArchiveSink(settings.archive_dir),
        topic_shapes=partial(_shapes, settings, health),
        surely_gone=partial(_gone, settings),
        end_process=end_process,
        district="" if catalog is None else catalog.city.code,
    )


def channels_of(
    settings: Settings, variables: Mapping[str, str], catalog: Catalog | None
) -> dict[Channel, ChannelSink]:
    """Make the sink of each channel; secrets are looked up in `variables` when they are needed.

    What is written for people needs the names of a catalog.
    """
    channels: dict[Channel, ChannelSink] = {Channel.WEBHOOK: WebhookSink(settings, variables)}
    if catalog is not None:
        titles = Titles(catalog)
        channels[Channel.MAIL] = MailSink(settings, titles)
        channels[Channel.CHAT] = ChatSink(variables, titles)
        if settings.cap_dir:
            channels[Channel.CAP] = CapSink(settings, catalog)
    return channels


def end_process(reason: str) -> NoReturn:
    """End at once, without the clean-up that could still commit or write something half done."""
    log.critical("the worker cannot go on and ends; it reads on from its checkpoints", why=reason)
    sys.stderr.flush()
    os._exit(EXIT_CANNOT_GO_ON)


async def _gone(settings: Settings, topic: str, partition: int, first: int, end: int) -> int:
    outer = settings.namespace.outer(topic)
    return await surely_gone(python_client(settings), outer, partition, first, end)


async def _shapes(
    settings: Settings, health: Health, topics: Sequence[str]
) -> Mapping[str, TopicShape]:
    retry = Retry("Kafka", settings.wait_s, health)
    return await asyncio.to_thread(retry.call, lambda: topic_shapes(settings, topics))
