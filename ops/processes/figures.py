"""The figures of a run (`--report`), read from the snapshot and the heartbeats in Redis."""

from __future__ import annotations

from typing import Any

import msgspec
import redis

from config.errors import ServerUnavailable
from config.names import SNAPSHOT, worker_key
from config.redis_client import sync_redis
from config.settings import Settings
from models.situation.snapshot import Snapshot

COUNTS = (
    "readings_in",
    "readings_rejected",
    "readings_late",
    "cases_in",
    "case_events_rejected",
    "cells_active",
    "panes_closed",
    "anomalies",
    "warnings_opened",
    "warnings_open",
    "deliveries",
    "lag_records",
)
_CONNECT_S = 2.0
NO_LATENCY = {"p50": None, "p99": None}


def read_snapshot(client: redis.Redis) -> Snapshot | None:
    """Read the newest snapshot; None when there is none yet.

    Raises
    ------
    ServerUnavailable
        Redis does not answer, or holds a snapshot that this program cannot read.
    """
    try:
        data = client.get(SNAPSHOT)
    except redis.RedisError as error:
        msg = f"Redis does not answer: {error}"
        raise ServerUnavailable(msg) from error
    if not isinstance(data, bytes):
        return None
    try:
        return Snapshot.from_bytes(data)
    except (msgspec.MsgspecError, ValueError) as error:
        msg = f"Redis holds a snapshot that this program cannot read: {error}"
        raise ServerUnavailable(msg) from error


def snapshot_now(settings: Settings) -> Snapshot | None:
    """Read the newest snapshot of the city; raises ServerUnavailable as `read_snapshot`."""
    with sync_redis(settings, socket_connect_timeout=_CONNECT_S) as client:
        return read_snapshot(client)


def count_workers(client: redis.Redis) -> int:
    """Workers whose heartbeat has not run out."""
    return sum(1 for _ in client.scan_iter(worker_key("*")))


def figures(
    snapshot: Snapshot | None, *, now_ms: int, workers: int | None, wall_url: str | None
) -> dict[str, Any]:
    """Put the figures of the contract together.

    Parameters
    ----------
    snapshot : Snapshot or None
        The newest; None gives zeros and an unknown age.
    now_ms : int
        Wall clock, for the age of the snapshot.
    workers, wall_url
        What the snapshot does not know; None where it does not apply.
    """
    counts = {} if snapshot is None else snapshot.figures
    latency = {} if snapshot is None else snapshot.latency_ms
    age_s = None if snapshot is None else round((now_ms - snapshot.written_ms) / 1000, 3)
    return {
        **{name: int(counts.get(name, 0)) for name in COUNTS},
        "snapshot_age_s": age_s,
        "latency_ms": {
            name: latency.get(name, NO_LATENCY)
            for name in ("ingest_to_snapshot", "ingest_to_warning")
        },
        "workers": workers,
        "wall_url": wall_url,
    }
