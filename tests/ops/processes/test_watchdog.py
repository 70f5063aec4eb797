"""The watchdog tells until it was heard, whatever becomes of Kafka or of its receiver."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from config.loader import load
from config.settings import Settings
from ops.processes.ports import free_port
from ops.processes.signals import Stop
from ops.processes.watchdog import Report, Watchdog, WebhookTeller, run, tellers_of
from streams.background_server import BackgroundServer

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


def watchdog(*tellers: WebhookTeller) -> Watchdog:
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
