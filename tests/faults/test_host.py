"""Whatever dies, and however often: the totals are those of the topics, none lost, none twice.

Kills of workers, ingest and broker are in `test_line.py`, and by the thousand in the simulation.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from config import names
from config.loader import load
from config.settings import Settings
from models.messages.dead_letters import Rejected
from models.messages.envelope import decode
from ops.kafka.apache import Kafka, missing_tools
from ops.kafka.topics import create, plan
from tests.conftest import missing
from tests.faults.rig import Rig, Sender, forget_all, read_all, rig

pytestmark = [pytest.mark.kafka, pytest.mark.broker]

RECOVERY_S = 20


@contextmanager
def _started(folder: Path) -> Iterator[Kafka]:
    """Start a broker with all topics."""
    lacking = missing_tools()
    if lacking:
        missing(lacking)
    with Kafka(folder, lives_for_minutes=True) as kafka:
        settings = Settings(brokers=kafka.bootstrap)
        create(settings, plan(settings, load(settings)))
        yield kafka


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    with _started(tmp_path_factory.mktemp("kafka")) as kafka:
        yield kafka


@pytest.fixture
def line(cluster: Kafka, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Rig]:
    """Two workers that have begun to count, in a group of their own."""
    forget_all(cluster.bootstrap, Settings())
    with rig(tmp_path, cluster.bootstrap, f"fault-{request.node.name}") as started:
        yield started


def test_redis_killed_and_restarted(line: Rig) -> None:
    with Sender(line.brokers):
        line.await_progress()
        line.redis.kill()
        time.sleep(1)
        line.redis.start()
        line.await_progress(RECOVERY_S)
    line.await_totals()


def test_redis_wiped_is_rebuilt_from_the_beginning_of_the_topics(line: Rig) -> None:
    with Sender(line.brokers):
        line.await_shared_out()
        line.await_progress()
        line.redis.wipe()
        line.await_that(lambda: 70 in line.workers.statuses, RECOVERY_S)
    line.await_totals()
    assert "is gone or older than it was left" in line.workers.logs()


def test_a_worker_that_slept_cannot_overwrite_its_successor(line: Rig) -> None:
    with Sender(line.brokers):
        line.await_shared_out()  # the one that sleeps has something to lose
        line.await_progress()
        line.workers.signal(0, signal.SIGSTOP)
        line.await_progress(RECOVERY_S)
        line.workers.signal(0, signal.SIGCONT)
        line.await_progress(RECOVERY_S)
    line.await_totals()
    assert "partition has a newer owner" in line.workers.logs()


def test_a_record_that_ends_the_process_is_set_aside_by_its_successor(line: Rig) -> None:
    with Sender(line.brokers) as sender:
        line.await_progress()
        sender.send(names.FRAMES, b"%09d" % 1, b"poison=die")
        line.await_that(lambda: _letters(line, b"poison=die") == 1, 3 * RECOVERY_S)
        line.await_progress()
    line.await_totals()
    assert line.workers.statuses.count(9) >= 2
    assert _letters(line, b"poison=die") == 1


def _letters(line: Rig, data: bytes) -> int:
    """Count the dead letters of a record."""
    letters = [decode(Rejected, v) for v in read_all(line.brokers, names.DEAD_LETTERS, 1)]
    return sum(letter.data == data for letter in letters)


def test_a_worker_stops_in_order_and_keeps_all_it_has_applied(line: Rig) -> None:
    with Sender(line.brokers):
        line.await_progress()
        line.workers.stop()
    assert [child.returncode for child in line.workers.children] == [0, 0]
    line.await_totals()
