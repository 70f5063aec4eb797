"""Deliveries to a real HTTP receiver on loopback."""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from models.messages.warnings import CityWarning, Level, WarningChange, encode_warning
from streams.sinks.webhook import WebhookSink, without_secrets

WARNING = CityWarning(
    id="w-1",
    revision=2,
    rule="dust-high",
    change=WarningChange.RAISED,
    level=Level.ORANGE,
    feed="dust",
    metric="pm10",
    area="110101001",
    cells=["110101001001001"],
    raised_ms=1,
    updated_ms=1,
)


@dataclass
class Call:
    path: str
    headers: dict[str, str]
    body: bytes


class Receiver:
    """Answers with the statuses it was given, then 204, and keeps what it got."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.statuses: list[int] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.calls.append(Call(self.path, dict(self.headers), body))
                self.send_response(receiver.statuses.pop(0) if receiver.statuses else 204)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        self.url = f"http://user:pw@127.0.0.1:{self._server.server_address[1]}/in?token=t"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    started = Receiver()
    yield started
    started.stop()


class Pauses(list[float]):
    async def __call__(self, pause_s: float) -> None:
        self.append(pause_s)


async def test_a_delivery_is_signed_and_receipted(receiver: Receiver) -> None:
    sink = WebhookSink(receiver.url, "key", clock=lambda: 1_700_000_000.5)
    body = encode_warning(WARNING)
    (receipt,) = await sink.deliver(body)
    await sink.close()
    (call,) = receiver.calls
    assert call.body == body
    expected = hmac.new(b"key", b"1700000000." + body, hashlib.sha256).hexdigest()
    assert call.headers["X-Gridpulse-Signature"] == f"v1={expected}"
    assert call.headers["X-Gridpulse-Timestamp"] == "1700000000"
    assert call.headers["Idempotency-Key"] == "w-1.2"
    assert (receipt.warning, receipt.revision, receipt.attempt) == ("w-1", 2, 1)
    assert (receipt.delivered, receipt.status) == (True, 204)
    assert receipt.sent_ms == 1_700_000_000_500
    assert receipt.receiver == receiver.url.split("?")[0].replace("user:pw@", "")


async def test_an_overloaded_receiver_is_tried_again_with_the_same_key(receiver: Receiver) -> None:
    receiver.statuses = [503, 429]
    pauses = Pauses()
    sink = WebhookSink(receiver.url, "key", sleep=pauses)
    receipts = await sink.deliver(encode_warning(WARNING))
    await sink.close()
    assert [(r.attempt, r.status, r.delivered) for r in receipts] == [
        (1, 503, False),
        (2, 429, False),
        (3, 204, True),
    ]
    assert {call.headers["Idempotency-Key"] for call in receiver.calls} == {"w-1.2"}
    assert pauses == [0.5, 2.0]


async def test_it_gives_up_after_three_tries(receiver: Receiver) -> None:
    receiver.statuses = [500] * 9
    sink = WebhookSink(receiver.url, "key", sleep=Pauses())
    receipts = await sink.deliver(encode_warning(WARNING))
    await sink.close()
    assert [r.delivered for r in receipts] == [False] * 3
    assert len(receiver.calls) == 3


@pytest.mark.parametrize("status", [302, 307, 400, 401, 410])
async def test_a_refusal_is_final_and_a_redirect_is_not_followed(
    receiver: Receiver, status: int
) -> None:
    receiver.statuses = [status]
    sink = WebhookSink(receiver.url, "key", sleep=Pauses())
    (receipt,) = await sink.deliver(encode_warning(WARNING))
    await sink.close()
    assert (receipt.status, receipt.delivered) == (status, False)
    assert [call.path for call in receiver.calls] == ["/in?token=t"]


async def test_a_receiver_that_is_away_is_receipted_without_its_secrets(
    receiver: Receiver,
) -> None:
    receiver.stop()
    sink = WebhookSink(receiver.url, "key", sleep=Pauses())
    receipts = await sink.deliver(encode_warning(WARNING))
    await sink.close()
    assert [(r.status, r.detail) for r in receipts] == [(0, "ConnectError")] * 3
    assert "pw" not in str(receipts) and "token" not in str(receipts)
    receiver._thread = threading.Thread()
    receiver.stop = lambda: None  # type: ignore[method-assign]


async def test_without_a_url_nothing_is_delivered() -> None:
    assert await WebhookSink("", "").deliver(encode_warning(WARNING)) == ()


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://desk.example/in", "https://desk.example/in"),
        ("https://u:p@desk.example:8443/a/b?c=d#e", "https://desk.example:8443/a/b"),
        ("http://[::1]:9000/x", "http://[::1]:9000/x"),
    ],
)
def test_secrets_are_left_out(url: str, shown: str) -> None:
    assert without_secrets(url) == shown
