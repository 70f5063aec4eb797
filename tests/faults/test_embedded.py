"""One worker process on the embedded broker, as the demo runs it."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from config import names
from config.loader import load
from config.settings import Settings
from ops.kafka.topics import create, plan
from ops.processes.embedded import embedded_broker
from ops.processes.ports import free_port
from tests.faults.rig import KEYS, Sender, number, rig

pytestmark = pytest.mark.broker
LAG = 'gridpulse_lag_records{agent="counting",partition="0",topic="frames"}'


def test_a_worker_counts_says_how_it_is_and_stops(tmp_path: Path) -> None:
    with embedded_broker(tmp_path / "broker") as brokers:
        settings = Settings(brokers=brokers)
        create(settings, plan(settings, load(settings)))
        with rig(tmp_path, brokers, "embedded", count=1) as line:
            with Sender(brokers):
                line.await_progress()
                base = f"http://127.0.0.1:{line.workers.ports[0]}"
                assert httpx.get(f"{base}/live").status_code == 200
                ready = httpx.get(f"{base}/ready").json()
                assert (ready["ready"], ready["problems"]) == (True, {})
                assert set(ready["lag_records"]) == {"counting"}
                line.await_that(lambda: LAG in httpx.get(f"{base}/metrics").text, 20)
                metrics = httpx.get(f"{base}/metrics").text
                assert httpx.get(f"{base}/table").status_code == 404
            line.await_totals()
            with line.redis.client() as redis:
                assert len(redis.keys(names.worker_key("*"))) == 1
                line.workers.stop()
                assert redis.keys(names.worker_key("*")) == []
            assert line.workers.children[0].returncode == 0
    assert 'gridpulse_applied_records_total{agent="counting",partition="0"}' in metrics


def test_without_topics_a_worker_ends_and_names_the_command(tmp_path: Path) -> None:
    with (
        embedded_broker(tmp_path / "broker") as brokers,
        rig(tmp_path, brokers, "embedded", module="ops.cli worker", count=1) as line,
    ):
        child = line.workers.children[0]
        line.await_that(lambda: child.returncode is not None, 30, supervise=False)
        assert child.returncode == 2
        assert "run `gridpulse topics create`" in child.log_tail(1)


def test_without_servers_a_worker_waits_with_a_word_and_gives_up(tmp_path: Path) -> None:
    nowhere = f"127.0.0.1:{free_port()}"
    with rig(tmp_path, nowhere, "nowhere", module="ops.cli worker", count=1, wait_s=1) as line:
        child = line.workers.children[0]
        line.await_that(lambda: child.returncode is not None, 30, supervise=False)
        assert child.returncode == 1
        assert "waiting for Kafka" in child.log.read_text()
        assert child.log_tail(1).startswith("gridpulse: Kafka at 127.0.0.1")


def test_every_key_of_the_sender_comes_up() -> None:
    assert {number(sent)[1] for sent in range(KEYS)} == {b"%09d" % key for key in range(KEYS)}
