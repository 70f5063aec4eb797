"""The API on real Kafka: a signal becomes a warning that is listed, commanded, followed and told.

Ingest, worker and wall are the processes a city runs; the worker is killed between two commands.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import httpx
import pytest

from benchmarks.commands import Listener, measure
from config import names
from config.names import raw_topic
from ops.kafka.apache import Kafka
from ops.kafka.clients import writer
from ops.kafka.topic_reader import read_values
from ops.processes.fleet import Fleet
from ops.processes.ports import free_port
from tests.flows.line import Line, line
from tests.streams.agents.test_warn import LIFE

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(600)]

API = "/api/v1"
MOST_MEDIAN_MS = 5_000  # a machine that does much else; figures are in docs/performance.md


@pytest.fixture(scope="module")
def started(kafka: Kafka, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    with line(tmp_path_factory.mktemp("api"), kafka.bootstrap, "dongcheng") as running:
        yield running


@pytest.fixture(scope="module")
def client(started: Line, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    settings = replace(started.settings, wall_port=free_port(), demo_operator="li")
    with Fleet(tmp_path_factory.mktemp("wall"), print) as fleet:
        fleet.start("wall", ("wall",), settings)
        url = f"http://127.0.0.1:{settings.wall_port}"
        with httpx.Client(base_url=url, timeout=30) as asking:
            yield asking


def wait_for(started: Line, client: httpx.Client, path: str, is_so: Any) -> dict[str, Any]:
    """Ask until an answer is as wanted; the worker is started again where it was killed."""
    deadline_s = time.monotonic() + 180
    found: Any = None
    while time.monotonic() < deadline_s:
        started.worker.supervise()
        with suppress(httpx.TransportError):  # the wall is starting
            answer = client.get(f"{API}/{path}")
            found = answer.json()
            if answer.status_code == 200 and is_so(found):
                return dict(found)
        time.sleep(0.1)
    raise AssertionError((path, found, started.worker.logs()))


def command(
    started: Line, client: httpx.Client, warning: dict[str, Any], do: str, **more: Any
) -> Any:
    """Ask for a change, again by its id until it is answered; a killed worker is replaced."""
    name = f"{do}-{warning['revision']}"
    body = {"revision": warning["revision"], "action": {"do": do}, "id": name, **more}
    deadline_s = time.monotonic() + 180
    while True:
        started.worker.supervise()
        answer = client.post(f"{API}/warnings/{warning['id']}/commands", json=body)
        if answer.status_code not in (202, 503):
            return answer
        assert time.monotonic() < deadline_s, answer.text


def test_a_warning_is_followed_and_commanded_over_the_api(
    started: Line, client: httpx.Client
) -> None:
    wait_for(started, client, "warnings", lambda page: page["state"] == "fresh")
    listener = Listener(client)
    assert listener.is_ready.wait(30)
    with writer(started.settings) as producer:
        producer.send(names.SIGNALS, value=LIFE[0].value, key=b"110101").get(60)
    page = wait_for(started, client, "warnings", lambda page: page["items"])
    (raised,) = page["items"]
    listener.wait(raised["id"], 0, 60)
    answer = command(started, client, raised, "acknowledge", text="on the way")
    assert answer.status_code == 200, answer.text
    assert answer.json()["result"]["state"] == "acknowledged"
    listener.wait(raised["id"], 1, 60)
    late = command(started, client, raised, "escalate")  # it saw revision 0
    assert late.status_code == 409
    assert [each["actor"] for each in late.json()["result"]["since"]] == ["li"]
    started.worker.kill(0)
    seen = client.get(f"{API}/warnings/{raised['id']}").json()
    to_bureau = {"do": "assign", "to": "bureau"}
    done = command(started, client, seen, "assign", text="Mrs Wang", action=to_bureau)
    assert done.status_code == 200, done.text
    listener.wait(raised["id"], 2, 120)
    history = wait_for(
        started, client, f"warnings/{raised['id']}/history", lambda page: len(page["items"]) == 3
    )
    changes = [(each["change"], each["actor"]) for each in history["items"]]
    assert changes[1:] == [("acknowledged", "li"), ("assigned", "li")]


def test_a_report_comes_to_the_raw_topic_of_cases(started: Line, client: httpx.Client) -> None:
    report = {"service_code": "E0102", "lat": "39.93", "long": "116.42"}
    answer = client.post(f"{API}/open311/v2/requests.json", data=report)
    assert answer.status_code == 201, answer.text
    number = answer.json()[0]["service_request_id"]
    sent = [json.loads(value) for value in read_values(started.settings, raw_topic("cases"))]
    assert [each["case"] for each in sent] == [number]


def test_how_long_a_command_takes_to_whoever_listens(client: httpx.Client) -> None:
    count = int(os.environ.get("GP_COMMANDS", "5"))
    _, heard = measure(str(client.base_url), count, "")
    times = sorted(heard)
    print(f"listener: p50 {times[len(times) // 2]:.0f} ms, most {times[-1]:.0f} ms of {count}")
    assert times[len(times) // 2] < MOST_MEDIAN_MS
