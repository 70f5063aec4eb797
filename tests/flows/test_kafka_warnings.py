"""The life of a warning on real Kafka, from hours of an April to its closing, killed at each step.

Hours of five stations are replayed with a local excess in them. The warning is explained, reaches
a webhook, a mailbox and the CAP feed, waits until nobody has acknowledged it in time, and is then
acknowledged, assigned, accepted, cleared and closed. The worker is killed between any two steps.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import capparser
import httpx
import msgspec
import pytest
import yaml  # type: ignore[import-untyped]
from aiosmtpd.controller import Controller

from config import names
from config.settings import Settings
from models.messages.envelope import decode, encode
from models.messages.feed_health import FeedHealth
from models.timing.units import MINUTE_MS
from ops.files.sources import read_messages
from ops.kafka.apache import Kafka
from ops.kafka.clients import writer
from ops.kafka.raw_publisher import RawPublisher
from ops.kafka.replay import publish_all
from ops.processes.child import Child
from ops.processes.fleet import Fleet, environment
from ops.processes.ports import free_port
from ops.processes.receiver import Receiver
from tests.flows.dust import STATIONS, at_ms, hours, raised, written
from tests.flows.line import Line, line
from tests.ops.processes.test_watchdog import desk
from tests.streams.agents.test_silence import health
from tests.streams.sinks.test_mail import Mailbox

pytestmark = [pytest.mark.kafka, pytest.mark.data, pytest.mark.timeout(1800)]

HEALTH = decode(FeedHealth, health(0, 1))
SPRING = "2014-03-01", "2014-04-18"
EXCESS_FROM, EXCESS_HOURS, EXCESS = "2014-04-16 09:00", 8, 400.0
HALF = "2014-04-16 14:00"  # the people act in the middle of it
DONGSI, RULE = "110101006", "dust-local-excess"
SECRET = "of the loopback receiver"
MAIL = {
    "id": "dongsi-by-mail", "owner": "Bureau", "channel": "mail", "address": "desk@example.org",
    "areas": [DONGSI], "rules": [RULE], "until": "2035-12-31", "language": "en",
}  # fmt: skip
STEPS = {
    "acknowledged": ("ack",),
    "assigned": ("assign", "--to", "bureau", "-m", "Mrs Wang"),
    "accepted": ("accept", "-m", "watered"),
}


@dataclass
class Desk:
    """A running line and whoever is told by it."""

    line: Line
    receiver: Receiver
    mailbox: Mailbox
    wall: httpx.Client
    cap: Path
    replay: RawPublisher | None = None

    def kill(self) -> None:
        """Kill the worker without a warning, and start another."""
        worker = self.line.worker
        before = worker.children[0].pid
        worker.kill(0)
        while worker.children[0].pid == before:
            worker.supervise()

    def wait(self, what: Callable[[], Any]) -> Any:
        """Wait until something is there; ended processes are started again."""
        deadline_s = time.monotonic() + 600
        while not (found := what()):
            assert time.monotonic() < deadline_s, self.line.worker.logs()
            self.line.worker.supervise()
            self.line.ingest.supervise()
            if self.replay is not None:
                self.replay.pause(0)  # which says that it goes on
            time.sleep(0.1)
        return found

    def raised(self) -> dict[str, Any]:
        """Wait for the warning of the excess."""
        query = f"rule={RULE}&area={DONGSI}&since={EXCESS_FROM[:10]}T00:00:00%2B08:00"
        (found,) = self.api(f"warnings?{query}", lambda page: page["items"])["items"]
        return dict(found)

    def came(self, name: str, change: str) -> None:
        """Wait until a change of a warning has come about."""
        self.api(
            f"warnings/{name}/history",
            lambda page: change in [each["change"] for each in page["items"]],
        )

    def ask(self, *arguments: str) -> dict[str, Any]:
        result: dict[str, Any] = self.line.ask(
            "warnings", *arguments, "--actor", "li", "--wait", "120"
        )["result"]
        return result

    def api(self, path: str, is_so: Callable[[Any], bool]) -> Any:
        """Ask the API until its answer is as wanted."""

        def asked() -> Any:
            with suppress(httpx.TransportError):
                answer = self.wall.get(f"/api/v1/{path}")
                if answer.status_code == 200 and is_so(answer.json()):
                    return answer.json()
            return None

        return self.wait(asked)


def hasty(folder: Path) -> Path:
    """Give a configuration in which one minute is all the time there is to acknowledge."""
    shutil.copytree(Settings().config_dir / "city" / "dongcheng", folder / "city" / "dongcheng")
    path = folder / "city" / "dongcheng" / "roster.yaml"
    roster = yaml.safe_load(path.read_text())
    minutes = dict.fromkeys(roster["acknowledge_minutes"], 1)
    shifts = {
        name: {key: value for key, value in shift.items() if key != "acknowledge_minutes"}
        for name, shift in roster["shifts"].items()
    }
    changed = {**roster, "acknowledge_minutes": minutes, "shifts": shifts}
    path.write_text(yaml.safe_dump(changed, allow_unicode=True))
    return folder


@pytest.fixture(scope="module")
def started(kafka: Kafka, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("life")
    with ExitStack() as stack:
        receiver = stack.enter_context(Receiver(SECRET))
        mailbox, port, cap = Mailbox(), free_port(), folder / "cap"
        controller = Controller(mailbox, hostname="127.0.0.1", port=port)
        controller.start()
        stack.callback(controller.stop)
        running = stack.enter_context(
            line(
                folder,
                kafka.bootstrap,
                "dongcheng",
                config_dir=hasty(folder / "config"),
                webhook_url=receiver.url,
                webhook_secret=SECRET,
                smtp_host="127.0.0.1",
                smtp_port=port,
                smtp_tls="none",
                mail_from="gridpulse@example.org",
                cap_dir=str(cap),
            )
        )
        settings = replace(running.settings, wall_port=free_port(), demo_operator="li")
        fleet = stack.enter_context(Fleet(folder / "wall", print))
        fleet.start("wall", ("wall",), settings)
        url = f"http://127.0.0.1:{settings.wall_port}"
        wall = stack.enter_context(httpx.Client(base_url=url, timeout=30))
        yield Desk(running, receiver, mailbox, wall, cap)


def april(folder: Path, data: Path) -> Path:
    """Write the hours of five stations, with the excess at one of them."""
    frames = {station: hours(data, station, *SPRING) for station in STATIONS}
    frames["Dongsi"] = raised(frames["Dongsi"], EXCESS_FROM, EXCESS_HOURS, EXCESS)
    return written(folder / "stations", frames)


def test_a_life_goes_on_whatever_is_killed_between_its_steps(
    started: Desk, shared_data: Path, tmp_path: Path
) -> None:
    (tmp_path / "mail.yaml").write_text(yaml.safe_dump(MAIL))
    started.line.ask("subscriptions", "add", str(tmp_path / "mail.yaml"))
    city = started.line.catalog
    found = read_messages(april(tmp_path, shared_data), city.mapping("prsa"))
    messages = sorted(found, key=lambda each: each.ts_ms)
    first = [each for each in messages if each.ts_ms < at_ms(HALF)]
    answers = {}
    with RawPublisher(started.line.settings, print) as replay:
        started.replay = replay
        publish_all(replay, "dust", first, None)
        warning = started.raised()["id"]
        started.kill()
        explained(started, warning)
        started.kill()
        told(started, warning)
        started.came(warning, "escalated")
        for change, (do, *options) in STEPS.items():
            started.kill()
            answers[change] = started.ask(do, warning, *options, "--id", change)
            assert answers[change]["refusal"] is None
        started.kill()
        publish_all(replay, "dust", messages[len(first) :], None)
        started.came(warning, "cleared")
        started.replay = None
    started.kill()
    closed = started.ask("close", warning, "--cause", "resolved")
    assert (closed["refusal"], closed["state"]) == (None, "normal")
    again = started.ask("ack", warning, "--revision", "0", "--id", "acknowledged")
    assert again == answers["acknowledged"]
    remembered(started, warning)


def explained(started: Desk, warning: str) -> None:
    """The command line and the API say why, and what to do."""
    shown = started.line.ask("warnings", "show", warning)["warning"]
    over_http = started.api(f"warnings/{warning}", lambda found: found["state"])
    for found in (shown, over_http):
        assert found["state"] == "unacknowledged"
        assert "coarse" in found["explanation"]["en"].lower()
        assert found["suggestion"]["zh"]
        assert found["life"]["waits"]


def told(started: Desk, warning: str) -> None:
    """A webhook, a mailbox and the CAP feed have it, each with a receipt."""
    started.wait(lambda: [w for w in started.receiver.warnings if w.id == warning])
    started.wait(lambda: [each for each in started.mailbox.letters if "Dongsi" in each["Subject"]])

    def channels() -> bool:
        show = started.line.ask("deliveries", "show", warning)
        delivered = {each["channel"] for each in show["receipts"] if each["delivered"]}
        return delivered >= {"webhook", "mail", "cap"}

    started.wait(channels)
    alerts = [path.read_text() for path in started.cap.rglob("*.xml")]
    ours = [each for each in alerts if f"<value>{DONGSI}" in each]
    parsed = capparser.parse(stringXML=ours[0])  # type: ignore[no-untyped-call]
    assert parsed.status[0] == "Test"


def remembered(started: Desk, warning: str) -> None:
    """Each step is in the audit, once and in order, on the command line and over the API."""
    audit = started.line.ask("audit", warning)["entries"]
    assert [entry["revision"] for entry in audit] == list(range(len(audit)))
    moved = ("updated", "level-up", "level-down")  # by the hours, between the steps
    kept = [entry["change"] for entry in audit if entry["change"] not in moved]
    assert kept == ["raised", "escalated", *STEPS, "cleared", "closed"]
    assert [entry["actor"] for entry in audit if entry["role"] != "system"] == ["li"] * 4
    over_http = started.api(
        f"warnings/{warning}/history", lambda page: len(page["items"]) == len(audit)
    )
    assert [each["change"] for each in over_http["items"]] == [each["change"] for each in audit]
    advice = started.api(f"warnings/{warning}/advice", lambda found: found["precision"])
    assert (advice["precision"]["right"], advice["precision"]["n"]) == (1, 1)
    started.api(f"warnings/{warning}", lambda found: found["state"] == "normal")


def test_the_watchdog_tells_by_itself_that_the_worker_was_killed_and_that_it_is_back(
    started: Desk, tmp_path: Path
) -> None:
    """Ingest is made to say that its clock runs, so that a minute takes half a second."""
    minute, running = count(1), started.line
    with desk() as receiver, writer(running.settings) as producer:
        settings = replace(running.settings, watchdog_minutes=0.1, watchdog_url=receiver.url)
        command = [sys.executable, "-m", "ops.cli", "watchdog"]
        dog = Child("watchdog", command, tmp_path / "watchdog.log", environment(settings))

        def beat_until(states: list[str], *, supervise: bool) -> None:
            deadline_s = time.monotonic() + 120
            while receiver.states[-len(states) :] != states:
                if supervise:
                    running.worker.supervise()
                at_ms = round(time.time() * 1000) + next(minute) * MINUTE_MS
                value = msgspec.structs.replace(HEALTH, published_ms=at_ms)
                producer.send(names.HEALTH, value=encode(value), key=b"110101").get(60)
                time.sleep(0.5)
                assert time.monotonic() < deadline_s, (receiver.states, dog.log_tail(20))

        try:
            running.worker.kill(0)
            beat_until(["silent"], supervise=False)
            beat_until(["silent", "back"], supervise=True)
        finally:
            dog.stop()
    assert dog.returncode == 0
