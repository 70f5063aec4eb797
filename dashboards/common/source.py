"""Where the wall gets its snapshot: Redis, read with short timeouts and never with an exception."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

import msgspec
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from config.names import SNAPSHOT, SNAPSHOT_VERSION
from config.redis_client import redis_at
from models.situation.snapshot import FORMAT, Snapshot

_CONNECT_S = 0.3
_ANSWER_S = 0.5  # connect and answer together stay under the wall's one second


class Trouble(StrEnum):
    """Why there is no snapshot to show; each has its message `stale.<value>`."""

    REDIS = "redis"  # Redis cannot be reached
    EMPTY = "empty"  # nothing has been written yet
    BROKEN = "broken"  # the bytes are not a snapshot
    FORMAT = "format"  # a snapshot of another format
    GRID = "grid"  # its arrays belong to another grid than the configured one


class _Head(msgspec.Struct):
    """What every format of a snapshot begins with."""

    format: int


class SnapshotSource:
    """Reads the newest snapshot; one decode for each version, however many screens ask."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._held: tuple[bytes, Snapshot | Trouble] | None = None

    @classmethod
    def at(cls, url: str, prefix: str = "") -> Self:
        """Source at a Redis URL; connects at the first read."""
        return cls(redis_client(url, prefix))

    def read(self) -> Snapshot | Trouble:
        """Newest snapshot, or why there is none."""
        try:
            version = self._client.get(SNAPSHOT_VERSION)
            if not isinstance(version, bytes):
                return Trouble.EMPTY
            held = self._held
            if held is not None and held[0] == version:
                return held[1]
            data = self._client.get(SNAPSHOT)
        except (RedisError, OSError):
            return Trouble.REDIS
        if not isinstance(data, bytes):
            return Trouble.EMPTY
        found = decode(data)
        # Perhaps written after the version was read: the next read then decodes once more.
        self._held = (version, found)
        return found


def redis_client(url: str, prefix: str = "") -> Redis:
    """Make a client that gives up within a second and tries nothing twice."""
    return redis_at(
        url,
        prefix,
        socket_connect_timeout=_CONNECT_S,
        socket_timeout=_ANSWER_S,
        retry=Retry(NoBackoff(), 0),
    )


def decode(data: bytes) -> Snapshot | Trouble:
    """Read the snapshot in these bytes, or say why there is none."""
    try:
        return Snapshot.from_bytes(data)
    except (msgspec.MsgspecError, ValueError):
        return _diagnose(data)


def _diagnose(data: bytes) -> Trouble:
    """Tell a snapshot of another format from bytes that are not a snapshot."""
    try:
        head = msgspec.msgpack.decode(data, type=_Head)
    except msgspec.MsgspecError:
        return Trouble.BROKEN
    return Trouble.BROKEN if head.format == FORMAT else Trouble.FORMAT
