"""Deliveries to a real HTTP receiver on loopback."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import hmac
import threading
import time
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec
import pytest

from models.messages.warnings import CityWarning, Level, WarningChange
from models.warnings.identity import receiver_name
from ops.processes.child import free_port
from streams.sinks.webhook import WebhookSink

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


async def test_a_delivery_is_signed_and_receipted(receiver: Receiver) -> None:
    sink = WebhookSink(receiver.url, "key", clock=lambda: 1_700_000_000.5)
    body = msgspec.json.encode(WARNING)
    receipt = await sink.post(WARNING, 3)
    await sink.close()
    (call,) = receiver.calls
    assert call.body == body
    expected = hmac.new(b"key", b"1700000000." + body, hashlib.sha256).hexdigest()
    assert call.headers["X-Gridpulse-Signature"] == f"v1={expected}"
    assert call.headers["X-Gridpulse-Timestamp"] == "1700000000"
    assert call.headers["Idempotency-Key"] == "w-1.2"
    assert call.headers["Accept-Encoding"] == "identity"
    assert (receipt.warning, receipt.revision, receipt.attempt) == ("w-1", 2, 3)
    assert (receipt.delivered, receipt.status) == (True, 204)
    assert receipt.sent_ms == 1_700_000_000_500
    assert receipt.receiver == receiver.url.split("?")[0].replace("user:pw@", "")


@pytest.mark.parametrize("status", [302, 307, 400, 401, 410, 429, 500, 503])
async def test_a_call_is_one_try_and_a_redirect_is_not_followed(
    receiver: Receiver, status: int
) -> None:
    receiver.statuses = [status]
    sink = WebhookSink(receiver.url, "key")
    receipt = await sink.post(WARNING, 1)
    await sink.close()
    assert (receipt.status, receipt.delivered) == (status, False)
    assert [call.path for call in receiver.calls] == ["/in?token=t"]


async def test_a_receiver_that_is_away_is_receipted_without_its_secrets() -> None:
    sink = WebhookSink(f"http://user:pw@127.0.0.1:{free_port()}/in?token=t", "key")
    receipt = await sink.post(WARNING, 1)
    await sink.close()
    assert (receipt.status, receipt.detail) == (0, "ConnectError")
    assert "pw" not in str(receipt) and "token" not in str(receipt)


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
        sink = WebhookSink(url, "key", deadline_s=0.5)
        began_s = time.monotonic()
        tracemalloc.start()
        receipt = await sink.post(WARNING, 1)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        await sink.close()
    assert receipt.status == status
    assert time.monotonic() - began_s < 3
    assert peak < 20 * 2**20


async def test_the_deadline_holds_for_the_whole_try_and_is_told() -> None:
    async with _answering(_drip_of_headers) as url:
        sink = WebhookSink(url, "key", deadline_s=0.3)
        receipt = await sink.post(WARNING, 1)
        await sink.close()
    assert receipt.detail == "no answer within 0.3 s"


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
