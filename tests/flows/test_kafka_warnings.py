"""The life of a warning on real Kafka: commands, answers, a worker killed between steps."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import pytest

from config import names
from models.messages.envelope import decode, encode
from models.messages.feed_health import FeedHealth
from models.messages.warnings import CityWarning
from models.timing.units import MINUTE_MS
from ops.kafka.apache import Kafka
from ops.kafka.clients import writer
from ops.processes.child import Child
from ops.processes.fleet import environment
from ops.warnings.asking import newest_warnings
from streams.host.processor import Record
from tests.flows.line import Line, line
from tests.ops.processes.test_watchdog import desk
from tests.streams.agents.test_silence import health
from tests.streams.agents.test_warn import LIFE

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(600)]

HEALTH = decode(FeedHealth, health(0, 1))
STEPS = {
    "acknowledged": ("ack",),
    "assigned": ("assign", "--to", "bureau", "-m", "Mrs Wang"),
    "accepted": ("accept", "-m", "watered"),
}


@pytest.fixture(scope="module")
def started(kafka: Kafka, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    with line(tmp_path_factory.mktemp("life"), kafka.bootstrap, "dongcheng") as running:
        yield running


def signalled(started: Line, records: list[Record]) -> None:
    with writer(started.settings) as producer:
        for record in records:
            producer.send(names.SIGNALS, value=record.value, key=b"110101").get(60)


def newest(started: Line, revision: int) -> CityWarning:
    """Wait until the one warning there is has come to a revision."""
    deadline_s = time.monotonic() + 120
    while True:
        started.worker.supervise()
        found = list(newest_warnings(started.settings).values())
        if found and found[0].revision >= revision:
            return found[0]
        assert time.monotonic() < deadline_s, (found, started.worker.logs())


def killed(started: Line) -> None:
    """Kill the worker without a warning, and start another."""
    before = started.worker.children[0].pid
    started.worker.kill(0)
    while started.worker.children[0].pid == before:
        started.worker.supervise()


def ask(started: Line, *arguments: str) -> dict[str, Any]:
    result: dict[str, Any] = started.ask("warnings", *arguments, "--actor", "li", "--wait", "120")[
        "result"
    ]
    return result


def test_a_life_goes_on_whatever_is_killed_between_its_steps(started: Line) -> None:
    signalled(started, LIFE[:1])
    name = newest(started, 0).id
    answers = {}
    for change, (do, *options) in STEPS.items():
        killed(started)
        answers[change] = ask(started, do, name, *options, "--id", change)
        assert answers[change]["refusal"] is None
    signalled(started, LIFE[1:])
    killed(started)
    assert newest(started, len(STEPS) + 1).change.value == "cleared"
    closed = ask(started, "close", name, "--cause", "resolved")
    assert (closed["refusal"], closed["state"]) == (None, "normal")
    again = ask(started, "ack", name, "--revision", "0", "--id", "acknowledged")
    assert again == answers["acknowledged"]
    audit = started.ask("audit", name)["entries"]
    assert [(entry["revision"], entry["change"]) for entry in audit] == list(
        enumerate(["raised", *STEPS, "cleared", "closed"])
    )
    assert [entry["actor"] for entry in audit if entry["role"] != "system"] == ["li"] * 4


def test_the_watchdog_tells_by_itself_that_the_worker_was_killed_and_that_it_is_back(
    started: Line, tmp_path: Path
) -> None:
    """Ingest is made to say that its clock runs, so that a minute takes half a second."""
    minute = count(1)
    with desk() as receiver, writer(started.settings) as producer:
        settings = replace(started.settings, watchdog_minutes=0.1, watchdog_url=receiver.url)
        command = [sys.executable, "-m", "ops.cli", "watchdog"]
        dog = Child("watchdog", command, tmp_path / "watchdog.log", environment(settings))

        def beat_until(states: list[str], *, supervise: bool) -> None:
            deadline_s = time.monotonic() + 120
            while receiver.states[-len(states) :] != states:
                if supervise:
                    started.worker.supervise()
                at_ms = round(time.time() * 1000) + next(minute) * MINUTE_MS
                value = msgspec.structs.replace(HEALTH, published_ms=at_ms)
                producer.send(names.HEALTH, value=encode(value), key=b"110101").get(60)
                time.sleep(0.5)
                assert time.monotonic() < deadline_s, (receiver.states, dog.log_tail(20))

        try:
            started.worker.kill(0)
            beat_until(["silent"], supervise=False)
            beat_until(["silent", "back"], supervise=True)
        finally:
            dog.stop()
    assert dog.returncode == 0
