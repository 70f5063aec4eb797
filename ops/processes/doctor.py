"""What is wrong with this installation, and how to mend it: one finding a check."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

import httpx
import redis

from config.catalog import Catalog
from config.errors import GridpulseError, ServerUnavailable
from config.loader import load
from config.settings import Settings
from models.situation.snapshot import Snapshot
from ops.kafka import topics
from ops.processes.checkpoints import failing
from ops.processes.figures import count_workers, read_snapshot
from ops.processes.platform import wall_url
from streams.host.checkpoint import outdated

_SNAPSHOT_S = 5.0  # the worker writes one a second
_INGEST_S = 10.0  # ingest speaks once a second
_LAG_RECORDS = 100_000
_SKEW_S = 2.0
_TIMEOUT_S = 3.0


class CheckOutcome(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARN = "warn"  # works, but look at it
    FAIL = "fail"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What one check found.

    Attributes
    ----------
    check : str
        Name of the check.
    verdict : Verdict
    detail : str
        What was seen.
    mend : str
        What to do; empty where all is well.
    """

    check: str
    verdict: CheckOutcome
    detail: str
    mend: str = ""


def examine(settings: Settings, now_s: Callable[[], float] = time.time) -> Iterator[Finding]:
    """Check configuration, Kafka, topics, Redis, clocks, ingest, workers, lag and wall, in turn."""
    try:
        catalog = load(settings)
    except GridpulseError as error:
        yield _fail("configuration", str(error), mend="mend that file")
        return
    feeds = ", ".join(sorted(catalog.feeds))
    yield _ok("configuration", f"city {settings.city}, feeds {feeds}")
    yield _kafka(settings, catalog)
    with redis.Redis.from_url(
        settings.redis_url, socket_timeout=_TIMEOUT_S, socket_connect_timeout=_TIMEOUT_S
    ) as client:
        try:
            yield from _redis(client, now_s())
            yield from _state(client)
            yield from _pipeline(client, now_s())
        except (redis.RedisError, ServerUnavailable) as error:
            yield _fail(
                "redis", f"does not answer: {error}", mend="start Redis, or set GRIDPULSE_REDIS_URL"
            )
    yield _wall(settings)


def _ok(check: str, detail: str) -> Finding:
    return Finding(check=check, verdict=CheckOutcome.OK, detail=detail)


def _warn(check: str, detail: str, *, mend: str) -> Finding:
    return Finding(check=check, verdict=CheckOutcome.WARN, detail=detail, mend=mend)


def _fail(check: str, detail: str, *, mend: str) -> Finding:
    return Finding(check=check, verdict=CheckOutcome.FAIL, detail=detail, mend=mend)


def _kafka(settings: Settings, catalog: Catalog) -> Finding:
    try:
        wrong = topics.problems(settings.brokers, topics.plan(settings, catalog))
    except ServerUnavailable as error:
        return _fail("kafka", str(error), mend="start Kafka, or set GRIDPULSE_BROKERS")
    if wrong:
        return _fail("topics", "; ".join(wrong), mend=f"run `{topics.CREATE_COMMAND}`")
    return _ok("kafka", f"answers at {settings.brokers}, all topics are there")


def _redis(client: redis.Redis, now_s: float) -> Iterator[Finding]:
    seconds, micros = client.time()
    keeps = dict(client.config_get("appendonly")).get("appendonly")
    if keeps == "yes":
        yield _ok("redis", "answers, and keeps an append-only file")
    else:
        yield _warn(
            "redis",
            "answers, but forgets its checkpoints when it stops",
            mend="set `appendonly yes`; without it a restart reads the topics from their beginning",
        )
    skew_s = seconds + micros / 1e6 - now_s
    if abs(skew_s) <= _SKEW_S:
        yield _ok("clocks", f"Redis and this machine differ by {abs(skew_s) * 1000:.0f} ms")
    else:
        yield _fail(
            "clocks",
            f"Redis is {skew_s:+.1f} s off this machine",
            mend="set both clocks by NTP: ages and clock checks are wrong until then",
        )


def _state(client: redis.Redis) -> Iterator[Finding]:
    old, sick = outdated(client), failing(client)
    if old:
        yield _fail("checkpoints", old[0], mend="`gridpulse checkpoints discard`, then start again")
    for partition, why in sick.items():
        mend = "see `gridpulse dead-letters show` and the worker's log (docs/operations.md)"
        yield _fail(partition, why, mend=mend)
    if not old and not sick:
        yield _ok("state", "no tick and no checkpoint fails")


def _pipeline(client: redis.Redis, now_s: float) -> Iterator[Finding]:
    workers = count_workers(client)
    if workers:
        yield _ok("workers", f"{workers} alive")
    else:
        yield _fail(
            "workers",
            "none has sent a heartbeat",
            mend="start one with `gridpulse worker` and read its log",
        )
    snapshot = read_snapshot(client)
    yield _snapshot(snapshot, now_s)
    if snapshot is not None:
        yield from (_ingest(snapshot, now_s), _lag(snapshot))


def _snapshot(snapshot: Snapshot | None, now_s: float) -> Finding:
    mend = "see the worker's log; the wall shows STALE until it writes again"
    if snapshot is None:
        return _fail("snapshot", "none was ever written", mend=mend)
    age_s = now_s - snapshot.written_ms / 1000
    if age_s > _SNAPSHOT_S:
        detail = f"the newest is {age_s:.0f} s old"
        return _fail("snapshot", detail, mend=mend)
    return _ok("snapshot", f"version {snapshot.version}, {age_s:.1f} s old")


def _ingest(snapshot: Snapshot, now_s: float) -> Finding:
    silent = [f.feed for f in snapshot.feeds if now_s - f.published_ms / 1000 > _INGEST_S]
    if silent or not snapshot.feeds:
        return _fail(
            "ingest",
            f"has not spoken of {', '.join(silent) or 'any feed'} lately",
            mend="start it with `gridpulse ingest` and read its log",
        )
    return _ok("ingest", f"speaks of {len(snapshot.feeds)} feeds")


def _lag(snapshot: Snapshot) -> Finding:
    lags = {f.feed: f.lag_records for f in snapshot.feeds}
    text = ", ".join(f"{feed} {lag}" for feed, lag in sorted(lags.items()))
    if sum(lags.values()) > _LAG_RECORDS:
        return _warn(
            "lag",
            f"records not yet read: {text}",
            mend="wait for it to fall, or start more ingest processes and workers",
        )
    return _ok("lag", f"records not yet read: {text}")


def _wall(settings: Settings) -> Finding:
    url = wall_url(settings)
    try:
        status = httpx.get(f"{url}/live", timeout=_TIMEOUT_S).status_code
    except httpx.HTTPError as error:
        return _warn(
            "wall",
            f"does not answer at {url}: {type(error).__name__}",
            mend="start it with `gridpulse wall`, if it is to run on this machine",
        )
    if status != httpx.codes.OK:
        return _fail("wall", f"answers {status} at {url}", mend="see its log and restart it")
    return _ok("wall", f"answers at {url}")
