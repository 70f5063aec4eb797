"""`gridpulse doctor` calls a whole platform healthy, and names each part that is missing."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest
from typer.testing import CliRunner

from config.loader import load
from config.settings import Settings
from ops.cli import application
from ops.processes.child import Child
from ops.processes.embedded import embedded_broker, embedded_redis
from ops.processes.fleet import Fleet, environment
from ops.processes.platform import launch
from ops.processes.ports import free_port

pytestmark = [pytest.mark.broker, pytest.mark.timeout(400)]

PATIENCE_S = 120.0


class Platform(NamedTuple):
    """All parts, each of which can be stopped for good."""

    settings: Settings
    parts: Mapping[str, Child]
    servers: Mapping[str, ExitStack]


def diagnosis(settings: Settings) -> tuple[int, bool, dict[str, str]]:
    """Exit status, verdict, and verdict of each check."""
    answer = CliRunner(env=environment(settings)).invoke(application(), ["doctor", "--json"])
    said = json.loads(answer.stdout)
    assert all(f["mend"] for f in said["findings"] if f["verdict"] != "ok")
    checks = {finding["check"]: finding["verdict"] for finding in said["findings"]}
    return answer.exit_code, said["healthy"], checks


def await_verdict(settings: Settings, check: str, verdict: str | None) -> None:
    """Ask until a check ends so; None: until it finds nothing to say."""
    deadline_s = time.monotonic() + PATIENCE_S
    while (found := diagnosis(settings))[2].get(check) != verdict:
        assert time.monotonic() < deadline_s, found
        time.sleep(0.5)
    status, healthy, checks = found
    assert status == (0 if healthy else 1)
    assert healthy == ("fail" not in checks.values())


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    folder = tmp_path_factory.mktemp("doctor")
    with ExitStack() as broker, ExitStack() as redis, Fleet(folder / "log", print) as fleet:
        settings = Settings(
            brokers=broker.enter_context(embedded_broker(folder / "broker")),
            redis_url=redis.enter_context(embedded_redis(folder / "redis")),
            wall_port=free_port(),
            worker_port=free_port(),
            ingest_port=free_port(),
        )
        parts = launch(fleet, settings, load(settings), print)
        yield Platform(settings, parts, {"broker": broker, "redis": redis})


def test_a_whole_platform_is_healthy(platform: Platform) -> None:
    for check in ("workers", "snapshot", "ingest", "wall"):
        await_verdict(platform.settings, check, "ok")
    await_verdict(platform.settings, "workers backlog", None)  # of what was said at the start
    await_verdict(platform.settings, "line", "ok")
    status, healthy, checks = diagnosis(platform.settings)
    assert (status, healthy) == (0, True)
    del checks["calendar"]  # goes by today's date
    # Nothing was ever sent: the processes are well, and the city is not called normal. No key
    # signs the models either.
    feeds = load(platform.settings).feeds
    awaited = (name for name, feed in feeds.items() if not feed.optional)
    unknown = {"models", "stage", *(f"feed {name}" for name in awaited)}
    assert {check for check, verdict in checks.items() if verdict == "warn"} == unknown
    assert {checks[check] for check in set(checks) - unknown} == {"ok"}


# In the order of the line, so that what still runs does not depend on what was stopped.
@pytest.mark.parametrize(
    ("part", "check", "verdict"),
    [
        ("wall", "wall", "warn"),
        ("ingest", "ingest", "fail"),
        ("worker", "workers", "fail"),
        ("worker", "snapshot", "fail"),
    ],
)
def test_a_stopped_process_is_named(
    platform: Platform, part: str, check: str, verdict: str
) -> None:
    platform.parts[part].stop()
    await_verdict(platform.settings, check, verdict)


@pytest.mark.parametrize(("server", "check"), [("redis", "redis"), ("broker", "kafka")])
def test_a_stopped_server_is_named(platform: Platform, server: str, check: str) -> None:
    platform.servers[server].close()
    await_verdict(platform.settings, check, "fail")


def test_a_broken_city_is_named_before_anything_else(tmp_path: Path) -> None:
    settings = Settings(config_dir=tmp_path, city="nowhere")
    status, healthy, checks = diagnosis(settings)
    assert (status, healthy, checks) == (1, False, {"configuration": "fail"})
