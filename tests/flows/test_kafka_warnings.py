"""The life of a warning on real Kafka: commands, answers, a worker killed between steps."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from config import names
from models.messages.warnings import CityWarning
from ops.kafka.apache import Kafka
from ops.kafka.clients import writer
from ops.warnings.asking import newest_warnings
from streams.host.processor import Record
from tests.flows.line import Line, line
from tests.streams.agents.test_warn import LIFE

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(600)]

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
