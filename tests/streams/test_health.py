"""The three pages of a process, over real HTTP."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import httpx
import pytest

from streams import logs
from streams.health import Health, HealthServer


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def health(clock: Clock) -> Health:
    return Health(clock)


@pytest.fixture
def base(health: Health) -> Iterator[str]:
    with HealthServer(health, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.port}"


def test_live_follows_the_pulse_of_the_main_loop(health: Health, clock: Clock, base: str) -> None:
    assert httpx.get(f"{base}/live").status_code == 200
    clock.now_s = 31
    assert httpx.get(f"{base}/live").status_code == 503
    health.heartbeat()
    assert httpx.get(f"{base}/live").json() == {"live": True}


def test_ready_says_what_is_missing(health: Health, base: str) -> None:
    assert httpx.get(f"{base}/ready").status_code == 503
    health.condition("partitions", "none assigned yet")
    health.condition("redis", None)
    answer = httpx.get(f"{base}/ready")
    assert answer.status_code == 503
    assert answer.json() == {
        "ready": False, "problems": {"partitions": "none assigned yet"}, "lag_records": {},
    }  # fmt: skip
    health.lag = {"detect": 412}
    health.condition("partitions", None)
    assert httpx.get(f"{base}/ready").json() == {
        "ready": True, "problems": {}, "lag_records": {"detect": 412},
    }  # fmt: skip


def test_metrics_are_in_the_prometheus_format(health: Health, base: str) -> None:
    health.metrics.applied.labels("panes", "3").inc(5)
    text = httpx.get(f"{base}/metrics").text
    assert 'gridpulse_applied_records_total{agent="panes",partition="3"} 5.0' in text
    assert "process_start_time_seconds" in text


@pytest.mark.parametrize("path", ["/live", "/ready", "/metrics", "/nothing"])
def test_head_is_get_without_a_body(base: str, path: str) -> None:
    asked, told = httpx.head(f"{base}{path}"), httpx.get(f"{base}{path}")
    assert asked.status_code == told.status_code
    assert asked.headers["Content-Type"] == told.headers["Content-Type"]
    assert asked.content == b""


def test_nothing_else_is_served(base: str) -> None:
    assert httpx.get(f"{base}/table").status_code == 404
    assert httpx.post(f"{base}/live").status_code == 501


@pytest.fixture
def _root() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


@pytest.mark.usefixtures("_root")
def test_logs_as_json_carry_their_fields(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json")
    logs.get("streams.host.host").warning("partition lost", agent="panes", partition=3)
    logging.getLogger("aiokafka.client").info("not for people")
    logging.getLogger("aiokafka.client").error("broker %s gone", 1)
    ours, theirs = map(json.loads, capsys.readouterr().err.splitlines())
    assert (ours["event"], ours["agent"], ours["partition"]) == ("partition lost", "panes", 3)
    assert (theirs["event"], theirs["level"]) == ("broker 1 gone", "error")


@pytest.mark.usefixtures("_root")
def test_a_library_that_repeats_itself_is_heard_once(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json")
    for number in range(50):
        logging.getLogger("aiokafka.producer").error("broker %s gone", number)
        logs.get("streams.host.host").info("ours", number=number)
    lines = capsys.readouterr().err.splitlines()
    assert sum("gone" in line for line in lines) == 1
    assert sum("ours" in line for line in lines) == 50


def test_a_library_is_heard_again_after_a_while(clock: Clock) -> None:
    calm = logs.Calm(clock)
    line = logging.LogRecord("aiokafka", logging.ERROR, "client.py", 7, "gone", None, None)
    assert calm.filter(line)
    clock.now_s = 29.9
    assert not calm.filter(line)
    clock.now_s = 30
    assert calm.filter(line)


@pytest.mark.usefixtures("_root")
def test_a_logged_exception_shows_no_local_variables(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("console")
    secret = "".join(["s3", "cr3t"])
    try:
        [][len(secret)]
    except IndexError:
        logs.get("x").exception("failed")
    shown = capsys.readouterr().err
    assert "IndexError" in shown
    assert secret not in shown


@pytest.mark.usefixtures("_root")
def test_logs_for_people_are_lines(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("console")
    logs.get("x").info("ready", partitions=4)
    assert "ready" in capsys.readouterr().err


@pytest.mark.usefixtures("_root")
@pytest.mark.parametrize("log_format", ["console", "json"])
def test_what_comes_from_outside_acts_on_no_terminal(
    log_format: str, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure(log_format)
    hostile = "x\x1b]0;owned\x07\x9b2J\u202e"
    logs.get("x").info(hostile, sensor=hostile, names=[hostile])
    try:
        raise ValueError(hostile)
    except ValueError:
        logs.get("x").exception("failed")
    shown = capsys.readouterr().err
    assert "owned" in shown
    assert not {c for c in shown if not (c.isprintable() or c == "\n")}
