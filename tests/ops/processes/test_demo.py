"""`gridpulse demo` and `gridpulse up` as people run them: processes, figures, and a clean end."""

from __future__ import annotations

import json
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from ops.processes.demo import _watch
from ops.processes.embedded import embedded_broker
from ops.processes.figures import COUNTS
from ops.processes.ports import free_port
from ops.processes.signals import Stop
from tests.dashboards import factory
from tests.dashboards.small_city import small_grid
from tests.ops.running import Running

pytestmark = [pytest.mark.broker, pytest.mark.timeout(600)]

LINE = re.compile(r"([\d,]+) readings, ([\d,]+) case events")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Give a demo that was told to stop once a reading had reached the wall."""
    folder, port = tmp_path_factory.mktemp("demo"), free_port()
    arguments = ("demo", "--headless", "--report", "report.json")
    with Running(folder, *arguments, wall_port=port) as running:
        running.await_that(lambda: shown_ms(port) is not None)
        running.process.send_signal(signal.SIGINT)
        assert running.end() == 0, running.output
        yield running


def shown_ms(port: int) -> float | None:
    """Milliseconds from ingest to the snapshot, of half the readings; None: none is shown yet."""
    try:
        answer = httpx.get(f"http://127.0.0.1:{port}/api/v1/situation")
    except httpx.TransportError:
        return None
    found = answer.json()["latency_ms"]["ingest_to_snapshot"] if answer.is_success else {}
    return found.get("p50")


@pytest.fixture(scope="module")
def report(demo: Running) -> dict[str, Any]:
    text = (demo.folder / "report.json").read_text()
    figures: dict[str, Any] = json.loads(text)
    return figures


def test_the_report_has_the_figures_of_the_contract(report: dict[str, Any]) -> None:
    assert set(report) == {*COUNTS, "snapshot_age_s", "latency_ms", "workers", "wall_url"}
    assert all(type(report[name]) is int and report[name] >= 0 for name in COUNTS)
    assert report["workers"] == 1
    assert report["snapshot_age_s"] < 30
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", report["wall_url"])
    for name in ("ingest_to_snapshot", "ingest_to_warning"):
        assert set(report["latency_ms"][name]) == {"p50", "p99"}
    shown = report["latency_ms"]["ingest_to_snapshot"]
    assert 0 < shown["p50"] <= shown["p99"]


def test_all_that_is_simulated_arrives(report: dict[str, Any]) -> None:
    assert report["readings_in"] > 1000
    assert report["cases_in"] > 10
    assert report["readings_rejected"] == report["case_events_rejected"] == 0


def test_the_numbers_move(demo: Running, report: dict[str, Any]) -> None:
    told = [int(match[1].replace(",", "")) for match in LINE.finditer(demo.output)]
    assert told == sorted(told)
    assert report["readings_in"] > (told[0] if told else 0)


class Watched:
    """A fleet, a city and a Redis in which the first snapshot stands from the start."""

    error = None

    def __init__(self) -> None:
        self.looks = 0
        self.snapshot = factory.snapshot(small_grid()).to_bytes()

    def watch(self) -> None:
        self.looks += 1

    def get(self, name: str) -> bytes:
        return self.snapshot


def test_a_demo_for_some_seconds_ends_by_itself() -> None:
    all_in_one: Any = Watched()
    began_s = time.monotonic()
    with Stop() as stop:
        _watch(all_in_one, all_in_one, all_in_one, stop, 1.0)
    assert time.monotonic() - began_s >= 1.0
    assert all_in_one.looks >= 2


def test_nothing_is_left_of_a_demo(demo: Running) -> None:
    demo.assert_nothing_is_left()
    (logs,) = re.findall(r"logs in (\S+)\)", demo.output)
    assert not Path(logs).exists()


def test_up_runs_the_platform_until_it_is_told_to_stop(tmp_path: Path, redis_url: str) -> None:
    with embedded_broker(tmp_path / "broker") as brokers:
        settings = {
            "brokers": brokers,
            "redis_url": redis_url,
            "wall_port": free_port(),
            "worker_port": free_port(),
            "ingest_port": free_port(),
        }
        with Running(tmp_path, "up", **settings) as up:
            up.await_that(lambda: "the wall is at" in up.output)
            base = "http://127.0.0.1"
            up.await_that(lambda: _is_ready(f"{base}:{settings['worker_port']}/ready"))
            up.await_that(lambda: _is_ready(f"{base}:{settings['ingest_port']}/ready"))
            assert httpx.get(f"{base}:{settings['wall_port']}/live").status_code == httpx.codes.OK
            # A library may start a helper of its own for a moment; the platform's processes stay.
            assert len([process for process in up.started if process.is_running()]) == 4
            up.process.terminate()
            assert up.end() == 0, up.output
        up.assert_nothing_is_left()
        logs = sorted(path.name for path in (tmp_path / "var" / "log").iterdir())
        assert logs == ["ingest.log", "wall.log", "watchdog.log", "worker.log"]
        assert "starts again" not in up.output


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(url).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
