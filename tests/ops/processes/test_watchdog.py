"""The watchdog tells until it was heard, whatever becomes of Kafka or of its receiver."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler

import httpx
import pytest
from aiosmtpd.controller import Controller
from standardwebhooks.webhooks import Webhook

from config.errors import ConfigError
from config.loader import load
from config.settings import Settings
from ops.processes.ports import free_port
from ops.processes.signals import Stop
from ops.processes.watchdog import Report, Teller, Watchdog, WebhookTeller, run, tellers_of
from streams.background_server import BackgroundServer
from tests.streams.sinks.test_mail import Mailbox

NOW_MS = 1_718_000_000_000
LIMIT_MS = 300_000
SECRET = "whsec_" + base64.b64encode(b"key").decode()


class Desk(BackgroundServer):
    """A receiver that answers with the statuses given, then with 200."""

    def __init__(self, *statuses: int) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.statuses = list(statuses)
        self.came = threading.Event()
        desk = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                desk.got.append((dict(self.headers.items()), body))
                self.send_response(desk.statuses.pop(0) if desk.statuses else 200)
                self.send_header("Location", "http://127.0.0.1:1/")
                self.send_header("Content-Length", "0")
                self.end_headers()
                desk.came.set()

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        super().__init__(Handler, "127.0.0.1", 0)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    @property
    def states(self) -> list[str]:
        return [json.loads(body)["state"] for _, body in self.got]


@contextmanager
def desk(*statuses: int) -> Iterator[Desk]:
    with Desk(*statuses) as server:
        yield server


def watchdog(*tellers: Teller) -> Watchdog:
    return Watchdog("dongcheng", "Asia/Shanghai", tellers, LIMIT_MS, NOW_MS)


def test_it_tells_signed_in_both_languages_what_is_silent_since_when() -> None:
    with desk() as receiver:
        dog = watchdog(WebhookTeller(receiver.url, SECRET))
        dog.hear(NOW_MS, NOW_MS + 1000)
        dog.look(NOW_MS + 1000 + LIMIT_MS)
        [(headers, body)] = receiver.got
    said = json.loads(body)
    assert (said["type"], said["state"]) == ("gridpulse.watchdog", "silent")
    assert said["heard"] == "2024-06-10T14:13:21+08:00"
    assert "5 min" in said["text"]["en"]
    assert "5分钟" in said["text"]["zh"]
    assert Webhook(SECRET).verify(body, headers) == said


@pytest.mark.parametrize("status", [500, 410, 302])
def test_what_was_not_taken_is_told_again_and_a_redirect_is_not_followed(status: int) -> None:
    with desk(status) as receiver:
        dog = watchdog(WebhookTeller(receiver.url, ""))
        for seconds in (0, 5, 10, 11, 60):
            dog.look(NOW_MS + LIMIT_MS + seconds * 1000)
        assert receiver.states == ["silent", "silent"]
        assert "webhook-signature" not in receiver.got[0][0]


def test_one_receiver_that_is_dead_keeps_the_other_waiting_for_nothing() -> None:
    with desk() as receiver:
        dead = WebhookTeller(f"http://127.0.0.1:{free_port()}/", "")
        dog = watchdog(dead, WebhookTeller(receiver.url, ""))
        dog.look(NOW_MS + LIMIT_MS)
        dog.hear(NOW_MS + LIMIT_MS + 1000, NOW_MS + LIMIT_MS + 1000)
        dog.look(NOW_MS + LIMIT_MS + 1000)
        assert receiver.states == ["silent", "back"]


def test_an_address_that_is_none_ends_nothing() -> None:
    watchdog(WebhookTeller("http://[", "")).look(NOW_MS + LIMIT_MS)


def test_without_a_broker_it_hears_nothing_and_tells_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ops.processes.watchdog._ANSWER_S", 0.2)
    with desk() as receiver, Stop() as stop:
        settings = Settings(
            brokers=f"127.0.0.1:{free_port()}",
            watchdog_url=receiver.url,
            watchdog_minutes=0.01,
        )
        thread = threading.Thread(target=run, args=(settings, load(settings), stop))
        thread.start()
        try:
            assert receiver.came.wait(20)
        finally:
            stop._event.set()
            thread.join(20)
        assert not thread.is_alive()
    assert receiver.states[0] == "silent"


def test_without_an_address_there_is_nobody_to_tell() -> None:
    assert tellers_of(Settings()) == []
    with pytest.raises(httpx.HTTPError):
        tellers_of(Settings(watchdog_url=f"http://127.0.0.1:{free_port()}/"))[0](
            Report(state="silent", city="x", heard="", told="", age_s=0.0, text={})
        )


@contextmanager
def mailbox() -> Iterator[tuple[Mailbox, Settings]]:
    """A real SMTP server, and the settings that lead to it."""
    box, port = Mailbox(), free_port()
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    try:
        yield box, Settings(
            smtp_host="127.0.0.1", smtp_port=port, smtp_tls="none", mail_from="dog@city.example",
            watchdog_mail="duty@city.example, chief@city.example",
        )  # fmt: skip
    finally:
        server.stop()


def test_it_writes_to_each_address_beside_its_webhook() -> None:
    with mailbox() as (box, settings):
        dog = watchdog(*tellers_of(settings))
        dog.look(NOW_MS + LIMIT_MS)
        dog.look(NOW_MS + LIMIT_MS + 20_000)
    assert box.recipients == ["duty@city.example", "chief@city.example"]
    letter = box.letters[0]
    assert letter["From"] == "dog@city.example"
    assert letter["Subject"].endswith("/ Gridpulse dongcheng: silent")
    assert letter["Auto-Submitted"] == "auto-generated"
    assert "已5分钟没有心跳" in letter.get_content()
    assert "Gridpulse has had no heartbeat for 5 min" in letter.get_content()


def test_a_letter_that_is_refused_is_written_again_and_holds_the_webhook_up_for_nobody() -> None:
    with mailbox() as (box, settings), desk() as receiver:
        box.rcpt = "451 later"
        dog = watchdog(*tellers_of(replace(settings, watchdog_url=receiver.url)))
        dog.look(NOW_MS + LIMIT_MS)
        assert (receiver.states, box.letters) == (["silent"], [])
        box.rcpt = "250 OK"
        dog.look(NOW_MS + LIMIT_MS + 9_999)
        assert box.letters == []
        dog.look(NOW_MS + LIMIT_MS + 10_000)
        assert (receiver.states, len(box.letters)) == (["silent"], 2)


def test_a_mail_server_that_is_away_is_tried_again() -> None:
    with mailbox() as (box, settings), desk() as receiver:
        away = replace(settings, smtp_port=free_port(), watchdog_url=receiver.url)
        dog = watchdog(*tellers_of(away))
        dog.look(NOW_MS + LIMIT_MS)
        assert (receiver.states, box.letters) == (["silent"], [])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"watchdog_mail": "a@b"}, "needs GRIDPULSE_SMTP_HOST and GRIDPULSE_MAIL_FROM"),
        ({"watchdog_mail": "nobody", "smtp_host": "h", "mail_from": "d@c"}, "found 'nobody'"),
        ({"watchdog_mail": "a@b\nBcc: x@y", "smtp_host": "h", "mail_from": "d@c"}, "name@host"),
    ],
)
def test_an_address_that_cannot_be_written_to_is_refused_at_the_start(
    given: dict[str, str], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        tellers_of(Settings(**given))  # type: ignore[arg-type]
