"""Deliveries to a real HTTP receiver on loopback."""

from __future__ import annotations

import asyncio
import base64
import gzip
import threading
import time
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpcore
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from config.settings import Settings
from models.messages.bounds import LATEST_MS
from models.messages.subscriptions import Channel, Subscription
from models.messages.warnings import CityWarning, Level, WarningChange
from models.warnings.identity import receiver_name
from ops.processes.ports import free_port
from streams.sinks.channel import Outcome
from streams.sinks.webhook import WebhookSink, signature, signing_key

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
        self.headers: dict[str, str] = {}
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.calls.append(Call(self.path, dict(self.headers), body))
                self.send_response(receiver.statuses.pop(0) if receiver.statuses else 204)
                self.send_header("Location", "/elsewhere")
                for name, value in receiver.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/in?token=t"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    started = Receiver()
    yield started
    started.stop()


SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
LOOPBACK = Settings(webhook_hosts="127.0.0.0/8")


def asking(url: str) -> Subscription:
    return Subscription(
        id="desk",
        owner="Desk",
        channel=Channel.WEBHOOK,
        address=url,
        secret="DESK",
        since_ms=0,
        until_ms=LATEST_MS,
    )


async def tried(
    url: str, *changes: CityWarning, allowed: Settings = LOOPBACK, **more: Any
) -> Outcome:
    sink = WebhookSink(allowed, {"GRIDPULSE_SIGN_DESK": SECRET}, **more)
    try:
        return await sink.send(asking(url), changes or [WARNING])
    finally:
        await sink.close()


async def test_a_delivery_is_a_signed_event_that_standard_webhooks_accept(
    receiver: Receiver,
) -> None:
    outcome = await tried(receiver.url)
    (call,) = receiver.calls
    event = Webhook(SECRET).verify(call.body, call.headers)
    assert (event["specversion"], event["id"]) == ("1.0", "w-1_r2")
    assert (event["type"], event["subject"]) == ("gridpulse.warning.raised", "w-1")
    assert event["source"] == "/gridpulse/110101/warnings"
    assert event["time"] == "1970-01-01T00:00:00.001Z"
    assert msgspec.convert(event["data"], CityWarning) == WARNING
    assert call.headers["webhook-id"] == "w-1_r2"
    assert call.headers["Content-Type"] == "application/cloudevents+json"
    assert (outcome.delivered, outcome.status) == (True, 204)
    for header in ("webhook-id", "webhook-timestamp"):
        with pytest.raises(WebhookVerificationError):
            Webhook(SECRET).verify(call.body, {**call.headers, header: "1700000000"})
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(call.body[:-1] + b" ", call.headers)


async def test_changes_that_go_together_are_a_batch_of_events(receiver: Receiver) -> None:
    changes = [msgspec.structs.replace(WARNING, revision=n) for n in range(3)]
    await tried(receiver.url, *changes)
    await tried(receiver.url, *changes)
    first, again = receiver.calls
    assert first.body == again.body
    assert first.headers["webhook-id"] == again.headers["webhook-id"]
    assert first.headers["Content-Type"] == "application/cloudevents-batch+json"
    events = Webhook(SECRET).verify(first.body, first.headers)
    assert [event["id"] for event in events] == ["w-1_r0", "w-1_r1", "w-1_r2"]


@settings(max_examples=30)
@given(key=st.binary(min_size=1), name=st.from_regex(r"[a-z0-9_]{1,40}", fullmatch=True))
def test_any_key_signs_as_the_reference_does(key: bytes, name: str) -> None:
    secret = "whsec_" + base64.b64encode(key).decode()
    moment = datetime.fromtimestamp(1_700_000_000, UTC)
    expected = Webhook(secret).sign(name, moment, "{}")
    assert signature(signing_key(secret), name, 1_700_000_000, b"{}") == expected


def test_a_secret_that_is_no_base64_signs_as_it_stands_and_a_torn_one_is_refused() -> None:
    assert signing_key("plain words") == b"plain words"
    with pytest.raises(ValueError, match="should go on in base64"):
        signing_key("whsec_***")


@pytest.mark.parametrize(
    ("variables", "detail"),
    [
        ({}, "GRIDPULSE_SIGN_DESK is not set"),
        ({"GRIDPULSE_SIGN_DESK": "whsec_*"}, "GRIDPULSE_SIGN_DESK: a secret that begins"),
    ],
)
async def test_without_a_key_nothing_is_sent(
    receiver: Receiver, variables: dict[str, str], detail: str
) -> None:
    outcome = await WebhookSink(LOOPBACK, variables).send(asking(receiver.url), [WARNING])
    assert not outcome.delivered
    assert outcome.detail.startswith(detail)
    assert receiver.calls == []


@pytest.mark.parametrize("status", [302, 307, 400, 401, 410, 429, 500, 503])
async def test_a_call_is_one_try_and_a_redirect_is_not_followed(
    receiver: Receiver, status: int
) -> None:
    receiver.statuses = [status]
    outcome = await tried(receiver.url)
    assert (outcome.status, outcome.delivered) == (status, False)
    assert (outcome.is_gone, outcome.is_final) == (status == 410, status == 410)
    assert [call.path for call in receiver.calls] == ["/in?token=t"]


@pytest.mark.parametrize(
    ("status", "text", "pause_s"),
    [
        (503, "120", 120),
        (429, "Tue, 14 Nov 2023 22:14:20 GMT", 60),
        (503, "Tue, 14 Nov 2023 22:00:00 GMT", 0),
        (503, "99999999999999", 86_400),
        (503, "soon", 0),
        (503, "-5", 0),
        (500, "120", 0),
    ],
)
async def test_a_receiver_may_ask_for_a_pause(
    receiver: Receiver, status: int, text: str, pause_s: int
) -> None:
    receiver.statuses, receiver.headers = [status], {"Retry-After": text}
    outcome = await tried(receiver.url, clock=lambda: 1_700_000_000.0)
    assert outcome.retry_after_s == pause_s


async def test_a_receiver_that_is_away_fails_without_its_secrets() -> None:
    outcome = await tried(f"http://127.0.0.1:{free_port()}/in?token=t")
    assert (outcome.status, outcome.detail) == (0, "ConnectError")


@pytest.mark.parametrize(
    ("listed", "why"),
    [
        ("", "the host 127.0.0.1 is not listed in GRIDPULSE_WEBHOOK_HOSTS"),
        ("10.0.0.0/8", "the host 127.0.0.1 is not listed"),
    ],
)
async def test_what_is_not_listed_is_not_asked(receiver: Receiver, listed: str, why: str) -> None:
    outcome = await tried(receiver.url, allowed=Settings(webhook_hosts=listed))
    assert (outcome.delivered, outcome.detail.startswith(why)) == (False, True)
    assert receiver.calls == []


async def test_a_listed_name_does_not_lead_to_a_private_address(receiver: Receiver) -> None:
    url = receiver.url.replace("127.0.0.1", "localhost")
    outcome = await tried(url, allowed=Settings(webhook_hosts="localhost"))
    assert outcome.detail.startswith("localhost is at a private address that is not listed")
    assert receiver.calls == []
    both = Settings(webhook_hosts="localhost, 127.0.0.1, ::1")
    assert (await tried(url, allowed=both)).delivered


async def test_the_address_that_was_checked_is_the_one_connected_to(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that answers with a public address first and a private one then (rebinding)."""
    port, asked = int(receiver.url.rsplit(":", 1)[1].split("/")[0]), []

    def answers(host: str, port: int, **_: object) -> list[tuple[Any, ...]]:
        asked.append(host)
        address = "93.184.216.34" if len(asked) == 1 else "127.0.0.1"
        return [(None, None, None, "", (address, port))]

    connected: list[str] = []

    async def connect(self: object, host: str, *_: object) -> httpcore.AsyncNetworkStream:
        connected.append(host)
        raise httpcore.ConnectError

    monkeypatch.setattr("streams.sinks.pinned.socket.getaddrinfo", answers)
    monkeypatch.setattr(httpcore.AnyIOBackend, "connect_tcp", connect)
    listed = Settings(webhook_hosts="desk.example")
    for _ in range(2):
        assert not (await tried(f"http://desk.example:{port}/", allowed=listed)).delivered
    assert (asked, connected) == (["desk.example"] * 2, ["93.184.216.34"])


async def test_the_webhook_of_the_settings_may_lead_inside(receiver: Receiver) -> None:
    own = Settings(webhook_url=receiver.url, webhook_secret=SECRET)
    one = msgspec.structs.replace(asking(receiver.url), secret="")
    sink = WebhookSink(own, {})
    assert (await sink.send(one, [WARNING])).delivered
    other = msgspec.structs.replace(one, address=f"http://127.0.0.1:{free_port()}/")
    assert "is not listed" in (await sink.send(other, [WARNING])).detail
    await sink.close()


Reply = Callable[[asyncio.StreamWriter], Awaitable[None]]


async def _silence(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


async def _drip_of_headers(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-More: 1\r\n")
        await writer.drain()
        await asyncio.sleep(0.05)


async def _endless_headers(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-More: " + b"x" * 60_000 + b"\r\n")
        await writer.drain()


async def _garbage(writer: asyncio.StreamWriter) -> None:
    writer.write(b"\x00\xff" * 1000 + b"\r\n\r\n")
    await writer.drain()


async def _drip_of_body(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"1\r\nx\r\n")
        await writer.drain()
        await asyncio.sleep(0.05)


async def _endless_body(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"10000\r\n" + bytes(65_536) + b"\r\n")
        await writer.drain()


PACKED = gzip.compress(bytes(100 * 2**20))


async def _bomb(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n")
    writer.write(b"Content-Length: %d\r\n\r\n" % len(PACKED) + PACKED)
    await writer.drain()


@asynccontextmanager
async def _answering(reply: Reply) -> AsyncIterator[str]:
    """A server that reads a request and then does what it likes."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.CancelledError):
            await reader.readuntil(b"\r\n\r\n")
            await reply(writer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    finally:
        server.close()


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        (_silence, 0),
        (_drip_of_headers, 0),
        (_endless_headers, 0),
        (_garbage, 0),
        (_drip_of_body, 200),
        (_endless_body, 200),
        (_bomb, 200),
    ],
)
async def test_a_hostile_answer_costs_a_bounded_time_and_memory(reply: Reply, status: int) -> None:
    async with _answering(reply) as url:
        began_s = time.monotonic()
        tracemalloc.start()
        outcome = await tried(url, deadline_s=0.5)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert outcome.status == status
    assert time.monotonic() - began_s < 3
    assert peak < 20 * 2**20


async def test_the_deadline_holds_for_the_whole_try_and_is_told() -> None:
    async with _answering(_drip_of_headers) as url:
        outcome = await tried(url, deadline_s=0.3)
    assert outcome.detail == "no answer within 0.3 s"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://desk.example/in", "https://desk.example/in"),
        ("https://u:p@desk.example:8443/a/b?c=d#e", "https://desk.example:8443/a/b"),
        ("http://[::1]:9000/x", "http://[::1]:9000/x"),
    ],
)
def test_secrets_are_left_out(url: str, shown: str) -> None:
    assert receiver_name(url) == shown
