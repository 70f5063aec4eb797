"""How far event time has come in each checkpoint, and how a clock that ran away is set back."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from redis import Redis

from config.catalog import Catalog, Feed
from config.errors import GridpulseError
from config.names import ingest_key
from config.settings import Settings
from models.feeds.intake_state import IntakeState
from models.timing.source_clocks import NEVER
from ops.processes.checkpoints import StoredCheckpoint, stored
from streams.agents import discover
from streams.host.checkpoint import Checkpoints
from streams.host.fields import STATE, unprefixed
from streams.host.processor import AgentSpec, Timed
from streams.ingest.assignment import INTAKE

INGEST: Final = "ingest."  # before the name of the feed, in the name of a checkpoint


@dataclass(frozen=True, slots=True)
class HeldWatermark:
    """How far one partition of an agent, or of ingest, has come with a feed.

    Attributes
    ----------
    agent, partition
        Whose it is, as in `gridpulse checkpoints list`.
    feed : str
    watermark_ms : int
        Event time.
    ahead_s : float
        How far it lies ahead of where it may: at ingest and in the streets of the wall clock less
        the allowed lateness, in the district of the wall clock.
    """

    agent: str
    partition: int
    feed: str
    watermark_ms: int
    ahead_s: float


@dataclass(frozen=True, slots=True)
class SetBack:
    """A raw partition whose watermark was set back, and from when to when, event time."""

    partition: int
    before_ms: int
    after_ms: int


def watermarks(
    redis: Redis, catalog: Catalog, settings: Settings, now_ms: int
) -> Iterator[HeldWatermark]:
    """Read the watermarks of all checkpoints, as they were saved last."""
    specs = {spec.name: spec for spec in discover(catalog, settings)}
    for each in stored(redis):
        fields = Checkpoints(redis).load(each.key)
        feed = catalog.feeds.get(each.agent.removeprefix(INGEST))
        if feed is not None and INTAKE in fields:
            found = _of_ingest(feed, fields[INTAKE])
        else:
            found = _of_agent(specs.get(each.agent), each, fields)
        for name, watermark_ms in sorted(found.items()):
            lateness_s = catalog.feeds[name].allowed_lateness_s if name in catalog.feeds else 0
            is_bounded = each.agent.startswith(INGEST) or _is_of_street(specs.get(each.agent))
            ahead_s = (watermark_ms - now_ms) / 1000 + (lateness_s if is_bounded else 0)
            yield HeldWatermark(each.agent, each.partition, name, watermark_ms, ahead_s)


def reset(
    redis: Redis, feed: Feed, *, watermark_ms: int, asked_ms: int, partition: int | None = None
) -> list[SetBack]:
    """Set the watermark of a feed back at ingest; the rest of the line follows when it starts.

    A partition that has not gone beyond the time is left as it is, so that asking twice does no
    more than asking once.

    Parameters
    ----------
    watermark_ms, asked_ms : int
        Event time to go back to, and the wall clock.
    partition : int, optional
        Only this raw partition.

    Raises
    ------
    GridpulseError
        Ingest is running, the time lies in the future, or there is no such checkpoint.
    """
    _refuse(redis, watermark_ms, asked_ms)
    found = [
        each
        for each in stored(redis, f"{INGEST}{feed.name}")
        if partition in (None, each.partition)
    ]
    if not found:
        which = "" if partition is None else f" of its partition {partition}"
        msg = f"ingest has no checkpoint of the feed {feed.name}{which}; it begins without a past"
        raise GridpulseError(msg)
    every = (_set_back(redis, each, feed, watermark_ms, asked_ms) for each in found)
    return [each for each in every if each is not None]


def _refuse(redis: Redis, watermark_ms: int, asked_ms: int) -> None:
    client: Any = redis
    alive = sum(1 for _ in client.scan_iter(ingest_key("*")))
    if alive:
        msg = (
            f"{alive} ingest processes are alive; stop them first (workers may run on), "
            "and wait ten seconds if they have just stopped"
        )
        raise GridpulseError(msg)
    if watermark_ms > asked_ms:
        msg = "a watermark is set back to a time that is over, not to the future"
        raise GridpulseError(msg)


def _set_back(
    redis: Redis, each: StoredCheckpoint, feed: Feed, watermark_ms: int, asked_ms: int
) -> SetBack | None:
    store, owner = Checkpoints(redis), uuid.uuid4().hex
    fields = store.claim(each.key, owner)
    if INTAKE not in fields:
        return None
    state = msgspec.msgpack.decode(fields[INTAKE], type=IntakeState)
    lateness_ms = feed.allowed_lateness_s * 1000
    before_ms = state.newest_ms - lateness_ms
    if not state.rewind(watermark_ms, asked_ms, lateness_ms):
        return None
    if not store.save(each.key, owner, {INTAKE: msgspec.msgpack.encode(state)}):
        msg = f"another process took {each.key} over; is ingest running? Stop it and ask again"
        raise GridpulseError(msg)
    return SetBack(each.partition, before_ms, state.newest_ms - lateness_ms)


def _of_ingest(feed: Feed, data: bytes) -> dict[str, int]:
    state = msgspec.msgpack.decode(data, type=IntakeState)
    if state.newest_ms == NEVER:
        return {}
    return {feed.name: state.newest_ms - feed.allowed_lateness_s * 1000}


def _of_agent(
    spec: AgentSpec | None, each: StoredCheckpoint, fields: dict[bytes, bytes]
) -> dict[str, int]:
    """Ask a processor that has the state of a checkpoint; nothing of one that holds no time."""
    processor = None if spec is None else spec.make(each.partition)
    if not isinstance(processor, Timed):
        return {}
    processor.restore(unprefixed(fields, STATE))
    return dict(processor.watermarks())


def _is_of_street(spec: AgentSpec | None) -> bool:
    return spec is not None and spec.level == "street"
