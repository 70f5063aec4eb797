"""Fixtures shared by all tests."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from redis import Redis
from xdist.scheduler import LoadScopeScheduling

from config import documents
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

# The tests start our processes hundreds of times: what was compiled once is kept, also where the
# environment says otherwise.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# Hundreds of tests load a city, most of them the same: each text is parsed once a process.
documents.document_of = cache(documents.document_of)

ROOT = Path(__file__).resolve().parent.parent


# Longest first, so that no process is left with a long file at the end.
FIRST = ("tests/flows", "tests/faults", "tests/simulation", "tests/browser", "tests/ops")


# Fixtures of a session that take seconds to start: the files that share one stay together.
SHARED = {"kafka": r"\bkafka: Kafka[,)]", "wall": r"\bwall: Wall[,)]"}


class GroupScheduling(LoadScopeScheduling):
    """Deals tests out to processes: those of one file, or of one shared server, to the same."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid.partition("::")[0])


@cache
def group_of(file: str) -> str:
    """Name of what a test file has to run beside: the server it asks for, else itself alone."""
    text = (ROOT / file).read_text(encoding="utf-8")
    return next((name for name, asked in SHARED.items() if re.search(asked, text)), file)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> GroupScheduling:
    """Give pytest-xdist our order; its own groups are lost on names of tests it cannot change."""
    return GroupScheduling(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put first what takes longest, and all of a shared server in a row."""
    items.sort(key=_order)


def _order(item: pytest.Item) -> tuple[bool, int]:
    file = item.nodeid.partition("::")[0]
    return (group_of(file) != "kafka", _rank(item.nodeid))


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
    with Kafka(tmp_path_factory.mktemp("kafka"), lives_for_minutes=True) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def shared_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of one Redis for the session: the installed one, else the one in a wheel."""
    folder = tmp_path_factory.mktemp("redis")
    installed = shutil.which("redis-server")
    with redis_server(installed, folder) if installed else embedded_redis(folder) as url:
        yield url


@pytest.fixture
def redis_url(shared_redis: str) -> str:
    """URL of an empty Redis."""
    with Redis.from_url(shared_redis) as client:
        client.flushall()
    return shared_redis
