"""Fixtures shared by all tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

from ops.kafka.apache import Kafka, missing_tools
from ops.processes.embedded import embedded_broker, embedded_redis, redis_server

# A loaded machine is slow, not wrong: properties are not judged by the clock.
settings.register_profile("house", deadline=None)
settings.load_profile("house")
# A mutant is killed or not: the same examples each time, and the first that fails will do.
settings.register_profile(
    "mutants",
    deadline=None,
    database=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=(HealthCheck.too_slow,),
)

ROOT = Path(__file__).resolve().parent.parent


# Longest first, so that no process is left with a long file at the end.
FIRST = ("tests/flows", "tests/faults", "tests/simulation", "tests/browser", "tests/ops")


# Fixtures of a session that take seconds to start: the files that share one stay together.
SHARED = ("kafka", "wall")


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep in one process of pytest-xdist what is of one file, or shares a server."""
    groups = {item.path: item.nodeid.partition("::")[0] for item in items}
    for item in items:
        for fixture in set(SHARED).intersection(getattr(item, "fixturenames", ())):
            groups[item.path] = fixture
    for item in items:
        item.add_marker(pytest.mark.xdist_group(groups[item.path]))
    items.sort(key=lambda item: (groups[item.path] != "kafka", _rank(item.nodeid)))


def _rank(nodeid: str) -> int:
    return next((at for at, folder in enumerate(FIRST) if nodeid.startswith(folder)), len(FIRST))


def missing(what: str) -> None:
    """Skip because something cannot be had here; fail where CI promises it."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what}, and CI=true promises it")
    pytest.skip(what)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the real data beside the project."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        missing(f"no real data in {folder}")
    return folder


@pytest.fixture(scope="session")
def light_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Bootstrap servers of the embedded broker; quick to start, forgets all when it stops."""
    with embedded_broker(tmp_path_factory.mktemp("broker")) as bootstrap:
        yield bootstrap


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    """One Apache Kafka broker for the session; a test that kills it starts its own."""
    lacking = missing_tools()
    if lacking:
        missing(lacking)
    with Kafka(tmp_path_factory.mktemp("kafka")) as cluster:
        yield cluster


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    """URL of a fresh Redis: the installed one, else the one in a wheel."""
    installed = shutil.which("redis-server")
    server = (
        redis_server(installed, tmp_path / "redis")
        if installed
        else embedded_redis(tmp_path / "redis")
    )
    with server as url:
        yield url
