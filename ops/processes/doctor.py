"""What is wrong with this installation, and how to mend it: one finding a check."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import httpx
import msgspec
import numpy as np
import redis

from config.catalog import Catalog
from config.errors import ConfigError, GridpulseError, ServerUnavailable
from config.loader import load
from config.names import ingest_key, worker_key
from config.redis_client import sync_redis
from config.settings import Settings
from models.cases.rulebook import Rulebook
from models.timing.units import DAY_MS
from ops.kafka import topics
from ops.processes.checkpoints import failing
from ops.processes.figures import read_snapshot
from ops.processes.findings import (
    CheckOutcome,
    Finding,
    SignOfLife,
    fail,
    ok,
    processes,
    situation,
    snapshot_age,
    warn,
)
from ops.processes.platform import wall_url
from ops.processes.worker import UNSIGNED_MODELS
from streams.host.checkpoint import outdated

_SKEW_S = 2.0
_TIMEOUT_S = 3.0
_CALENDAR_MS = 30 * DAY_MS  # longer than most limits


class _HeartbeatMessage(msgspec.Struct):
    """What of a heartbeat is read."""

    lag_records: int | None = 0
    records_s: float = 0.0
    problems: dict[str, str] = {}


def examine(settings: Settings, now_s: Callable[[], float] = time.time) -> Iterator[Finding]:
    """Check all parts of an installation, from its configuration to the wall."""
    try:
        catalog = load(settings)
    except GridpulseError as error:
        yield fail("configuration", str(error), mend="mend that file")
        return
    feeds = ", ".join(sorted(catalog.feeds))
    yield ok("configuration", f"city {settings.city}, feeds {feeds}")
    if settings.model_key:
        yield ok("models", "trained models are used only if they are signed")
    else:
        mend = "set it for workers and `gridpulse train`"
        yield warn("models", UNSIGNED_MODELS, mend=mend)
    yield from calendar(catalog, now_s())
    yield _kafka(settings, catalog)
    with sync_redis(
        settings, socket_timeout=_TIMEOUT_S, socket_connect_timeout=_TIMEOUT_S
    ) as client:
        try:
            yield from _redis(client, now_s())
            yield from _state(client)
            yield from _pipeline(client, now_s(), catalog)
        except (redis.RedisError, ServerUnavailable) as error:
            yield fail(
                "redis", f"does not answer: {error}", mend="start Redis, or set GRIDPULSE_REDIS_URL"
            )
    yield _wall(settings)


def calendar(catalog: Catalog, now_s: float) -> Iterator[Finding]:
    """Say whether the public holidays of the next weeks are known, where a city has limits."""
    if not catalog.registry.limits:
        return
    clock = Rulebook(catalog.registry, catalog.city.timezone).clock
    now_ms = np.array([round(now_s * 1000)])
    if clock.is_official(now_ms, now_ms + _CALENDAR_MS)[0]:
        yield ok("calendar", "the public holidays of the next 30 days are known")
    else:
        yield warn(
            "calendar",
            "public holidays of the next 30 days are not known: limits in working time count"
            " every day from Monday to Friday",
            mend="name the days under `overrides` in registry/calendar.yaml, or update Gridpulse",
        )


def _kafka(settings: Settings, catalog: Catalog) -> Finding:
    try:
        wrong = topics.problems(settings, topics.plan(settings, catalog))
    except (ServerUnavailable, ConfigError) as error:
        return fail("kafka", str(error), mend="start Kafka, or set GRIDPULSE_BROKERS")
    if wrong:
        return fail("topics", "; ".join(wrong), mend=f"run `{topics.CREATE_COMMAND}`")
    named = f" under the prefix {settings.prefix}" if settings.prefix else ""
    return ok("kafka", f"answers at {settings.brokers}, all topics are there{named}")


def _redis(client: redis.Redis, now_s: float) -> Iterator[Finding]:
    seconds, micros = client.time()
    keeps = dict(client.config_get("appendonly")).get("appendonly")
    if keeps == "yes":
        yield ok("redis", "answers, and keeps an append-only file")
    else:
        yield warn(
            "redis",
            "answers, but forgets its checkpoints when it stops",
            mend="set `appendonly yes`; without it a restart reads the topics from their beginning",
        )
    skew_s = seconds + micros / 1e6 - now_s
    if abs(skew_s) <= _SKEW_S:
        yield ok("clocks", f"Redis and this machine differ by {abs(skew_s) * 1000:.0f} ms")
    else:
        yield fail(
            "clocks",
            f"Redis is {skew_s:+.1f} s off this machine",
            mend="set both clocks by NTP: ages and clock checks are wrong until then",
        )


def _state(client: redis.Redis) -> Iterator[Finding]:
    old, sick = outdated(client), failing(client)
    if old:
        yield fail("checkpoints", old[0], mend="`gridpulse checkpoints discard`, then start again")
    for partition, why in sick.items():
        mend = "see `gridpulse dead-letters show` and the worker's log (docs/operations.md)"
        yield fail(partition, why, mend=mend)
    if not old and not sick:
        yield ok("state", "no tick and no checkpoint fails")


def _pipeline(client: redis.Redis, now_s: float, catalog: Catalog) -> Iterator[Finding]:
    ingest, workers = heartbeats(client, ingest_key), heartbeats(client, worker_key)
    yield from processes("ingest", "ingest", ingest)
    yield from processes("workers", "worker", workers)
    snapshot = read_snapshot(client)
    age = snapshot_age(snapshot, now_s)
    yield age
    if snapshot is not None and snapshot.city != catalog.city.code:
        detail = f"the snapshot is of {snapshot.city}, these settings are of {catalog.city.code}"
        mend = "give each city a GRIDPULSE_PREFIX of its own"
        yield fail("prefix", detail, mend=mend)
    elif snapshot is not None and age.verdict is CheckOutcome.OK:
        yield from situation(snapshot, ingest)


def heartbeats(client: redis.Redis, key: Callable[[str], str]) -> list[SignOfLife]:
    """Read the signs of life of one kind of process; one that cannot be read says only that."""
    found: list[SignOfLife] = []
    for name in client.scan_iter(key("*")):
        try:
            message = msgspec.json.decode(client.get(name) or b"", type=_HeartbeatMessage)
        except msgspec.MsgspecError:
            message = _HeartbeatMessage()  # of another version
        found.append(
            SignOfLife(
                process=name.decode().removeprefix(key("")),
                lag_records=message.lag_records,
                records_s=message.records_s,
                problems=message.problems,
            )
        )
    return sorted(found, key=lambda heartbeat: heartbeat.process)


def _wall(settings: Settings) -> Finding:
    url = wall_url(settings)
    try:
        status = httpx.get(f"{url}/live", timeout=_TIMEOUT_S).status_code
    except httpx.HTTPError as error:
        return warn(
            "wall",
            f"does not answer at {url}: {type(error).__name__}",
            mend="start it with `gridpulse wall`, if it is to run on this machine",
        )
    if status != httpx.codes.OK:
        return fail("wall", f"answers {status} at {url}", mend="see its log and restart it")
    return ok("wall", f"answers at {url}")
