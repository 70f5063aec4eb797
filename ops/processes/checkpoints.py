"""The checkpoints in Redis, for operators: what there is, what fails, and how to let it go."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from redis import Redis
from redis.exceptions import RedisError

from config.errors import GridpulseError, ServerUnavailable
from config.names import CHECKPOINTS, worker_key
from config.redis_client import sync_redis
from config.settings import Settings

_TIMEOUT_S: Final = 5


@dataclass(frozen=True, slots=True)
class StoredCheckpoint:
    """One checkpoint: the state of one partition of an agent, or of ingest.

    Attributes
    ----------
    agent, partition
        Whose it is; that of ingest is called `ingest.<feed>`.
    layout : str
        Format of its fields; `1` before formats were written down.
    fields, saves : int
        How many fields it has, and how often it was saved.
    """

    agent: str
    partition: int
    layout: str
    fields: int
    saves: int

    @property
    def key(self) -> str:
        """Its key in Redis."""
        return f"{CHECKPOINTS}{self.agent}:{self.partition}"


@contextmanager
def connected(settings: Settings) -> Iterator[Redis]:
    """Connect to Redis.

    Raises
    ------
    ServerUnavailable
        It does not answer.
    """
    try:
        with sync_redis(settings, socket_timeout=_TIMEOUT_S) as redis:
            yield redis
    except RedisError as error:
        msg = f"Redis did not answer: {error}; is it running where GRIDPULSE_REDIS_URL says?"
        raise ServerUnavailable(msg) from error


def failing(redis: Redis) -> dict[str, str]:
    """Say of each partition whose ticks or checkpoints fail, or which was halted, why."""
    client: Any = redis
    found: dict[str, str] = {}
    for key in client.scan_iter(worker_key("*")):
        try:
            found.update(json.loads(client.get(key) or b"{}").get("failing", {}))
        except (ValueError, AttributeError, TypeError):
            continue  # of another version
    return dict(sorted(found.items()))


def stored(redis: Redis, agent: str = "") -> Iterator[StoredCheckpoint]:
    """Give all checkpoints, or those of one agent, in order."""
    client: Any = redis
    for key in sorted(client.scan_iter(f"{CHECKPOINTS}*", count=1000)):
        name, _, number = key.decode().removeprefix(CHECKPOINTS).rpartition(":")
        if number.isdigit() and agent in ("", name):
            layout, saves = client.hmget(key, ["@format", "@saves"])
            fields = client.hlen(key)
            yield StoredCheckpoint(
                name, int(number), (layout or b"1").decode(), fields, int(saves or 0)
            )


def discard(redis: Redis, agent: str = "") -> list[StoredCheckpoint]:
    """Delete all checkpoints, or those of one agent: the state is rebuilt from the topics.

    Raises
    ------
    GridpulseError
        Workers are alive, or there is no checkpoint of that agent.
    """
    client: Any = redis
    alive = sum(1 for _ in client.scan_iter(worker_key("*")))
    if alive:
        msg = f"{alive} workers are alive; stop them and ingest before their state is discarded"
        raise GridpulseError(msg)
    found = list(stored(redis, agent))
    if agent and not found:
        names = sorted({each.agent for each in stored(redis)})
        msg = f"no checkpoint of an agent {agent!r}; there are: {', '.join(names) or 'none'}"
        raise GridpulseError(msg)
    for each in found:
        client.delete(each.key)
    return found
