"""Slow, idle and half-open connections do not shut an honest client out."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, closing

import httpx
import pytest
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.types import Receive, Scope, Send

from config.errors import GridpulseError
from dashboards import serving
from dashboards.serving import LARGEST_HEAD, MOST_CONNECTIONS, listen
from tests.dashboards.web import served

MANY = 400
WITHIN_S = 5.0


async def _ticks() -> AsyncIterator[bytes]:
    while True:
        yield b"tick\n"
        await asyncio.sleep(0.05)


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Reads the whole body, then answers; `/large` with more than a socket's buffers hold."""
    while (await receive()).get("more_body", False):
        pass
    if scope["path"] == "/stream":
        await StreamingResponse(_ticks())(scope, receive, send)
        return
    text = "x" * 50_000_000 if scope["path"] == "/large" else "well"
    await PlainTextResponse(text)(scope, receive, send)


@pytest.fixture
def port() -> Iterator[int]:
    """Port of a running server."""
    with served(application) as port:
        yield port


def client_of(stack: ExitStack, port: int, sent: bytes) -> socket.socket:
    one = stack.enter_context(closing(socket.create_connection(("127.0.0.1", port), 5)))
    one.sendall(sent)
    return one


def is_served(port: int) -> bool:
    """Tell whether an honest client gets its answer soon."""
    plain = httpx.Client(verify=False, timeout=WITHIN_S)  # making a TLS context takes its time
    with plain as client:
        return client.get(f"http://127.0.0.1:{port}/").text == "well"


def is_closed(one: socket.socket) -> bool:
    """Wait for the end of a connection."""
    one.settimeout(WITHIN_S)
    try:
        while one.recv(65_536):
            pass
    except ConnectionError:
        return True
    except TimeoutError:
        return False
    return True


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: wall\r\nX-Slow: ",
        b"POST / HTTP/1.1\r\nHost: wall\r\nContent-Length: 1000\r\n\r\n{",
        b"GET / HTTP/1.1\r\nHost: wall\r\n\r\n",
    ],
    ids=["nothing", "half a head", "half a body", "kept alive"],
)
def test_many_open_connections_shut_nobody_out(port: int, sent: bytes) -> None:
    with ExitStack() as stack:
        for _ in range(MANY):
            client_of(stack, port, sent)
        assert all(is_served(port) for _ in range(3))


def test_the_longest_idle_connection_makes_room(port: int) -> None:
    with ExitStack() as stack:
        first = client_of(stack, port, b"GET / HTTP/1.1\r\n")
        assert is_served(port)
        others = [client_of(stack, port, b"GET") for _ in range(MOST_CONNECTIONS)]
        assert is_closed(first)
        others[-1].settimeout(0.2)
        with pytest.raises(TimeoutError):
            others[-1].recv(1)


@pytest.mark.parametrize("path", ["/", "/large"])
def test_a_request_that_takes_too_long_is_ended(
    port: int, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "REQUEST_S", 0.5)
    with ExitStack() as stack:
        if path == "/":
            slow = client_of(stack, port, b"GET / HTTP/1.1\r\nHost: wall\r\n")
        else:  # asks, and does not read the answer
            slow = client_of(stack, port, b"GET /large HTTP/1.1\r\nHost: wall\r\n\r\n")
            time.sleep(1.0)
        assert is_closed(slow)
        assert is_served(port)


def test_a_second_request_on_a_connection_has_its_own_time(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "REQUEST_S", 0.6)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        for _ in range(4):
            assert client.get("/").text == "well"
            time.sleep(0.3)


def test_an_oversized_head_is_refused(port: int) -> None:
    with ExitStack() as stack:
        head = b"GET / HTTP/1.1\r\nHost: wall\r\nX-Large: " + b"x" * (LARGEST_HEAD + 1)
        large = client_of(stack, port, head)
        large.settimeout(WITHIN_S)
        assert large.recv(12) == b"HTTP/1.1 400"


def test_an_address_that_is_taken_is_said_in_one_sentence() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(GridpulseError, match=rf"cannot listen on 127.0.0.1:{port}: .*in use"):
            listen("127.0.0.1", port)


def test_a_stream_that_is_taken_goes_on_past_the_time_of_a_request(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "REQUEST_S", 0.3)
    plain = httpx.Client(verify=False, timeout=WITHIN_S)
    with plain as client, client.stream("GET", f"http://127.0.0.1:{port}/stream") as answer:
        begun_s, ticks = time.monotonic(), 0
        for line in answer.iter_lines():
            ticks += line == "tick"
            if time.monotonic() - begun_s > 1.2:
                break
    assert ticks > 10
