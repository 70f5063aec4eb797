"""Serve the wall over HTTP/1.1 so that slow or idle clients never shut others out.

uvicorn answers many connections in one thread, but waits without end for a client that never
finishes its request, and counts such clients against everybody's limit. `BoundedProtocol` gives
each request a total time, a stream that is taken as it comes apart, and drops the longest idle
connection when there are too many.
"""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from operator import itemgetter
from typing import Any, Final

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from config.errors import GridpulseError

REQUEST_S: Final = 20.0  # from the first byte of a request to the last of its answer
KEEP_ALIVE_S: Final = 10
MOST_CONNECTIONS: Final = 256
LARGEST_HEAD: Final = 16 * 1024  # bytes of a request line with its headers
_BACKLOG: Final = 1024
_STOP_S: Final = 3


class BoundedProtocol(H11Protocol):
    """HTTP/1.1 with a total time for each request and a bound on connections."""

    _deadline: asyncio.TimerHandle | None = None
    idle_since_s: float | None = 0.0  # loop time; None while a request is answered

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection; the longest idle one makes room for it where there are too many."""
        super().connection_made(transport)
        self.idle_since_s = self.loop.time()
        self._limit()
        if len(self.connections) > MOST_CONNECTIONS:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the time limit."""
        self._unlimit()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on; a request that is there in full is no longer idle."""
        if self._deadline is None:
            self._limit()
        super().data_received(data)
        if self.cycle is not None and not (self.cycle.more_body or self.cycle.response_complete):
            self.idle_since_s = None

    def on_response_complete(self) -> None:
        """Wait for the next request, under the limit for idle connections."""
        if not self.transport.get_write_buffer_size():  # else the client has not taken it yet
            self._unlimit()
        self.idle_since_s = self.loop.time()
        super().on_response_complete()

    def _limit(self) -> None:
        self._deadline = self.loop.call_later(REQUEST_S, self._end_of_time)

    def _unlimit(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _end_of_time(self) -> None:
        self._deadline = None
        waits = self.transport.get_write_buffer_size() > 0
        if self._is_streaming() and not waits:
            self._limit()  # it takes what it is sent: it may go on
        elif waits or self.cycle is None or not self.cycle.response_complete:
            self.drop()

    def _is_streaming(self) -> bool:
        """Tell whether an answer has begun that has no end in sight."""
        cycle = self.cycle
        return cycle is not None and cycle.response_started and not cycle.response_complete

    def drop(self) -> None:
        """End the connection at once."""
        self.transport.abort()

    def _make_room(self) -> None:
        own: Any = self.connections - {self}  # all of them are of this class
        idle = [(one.idle_since_s, one) for one in own if one.idle_since_s is not None]
        if idle:
            min(idle, key=itemgetter(0))[1].drop()


def serve(app: Any, listening: socket.socket) -> None:
    """Serve an ASGI application on an open socket until the process is asked to end."""
    with listening, suppress(KeyboardInterrupt):
        server_of(app).run(sockets=[listening])


def server_of(app: Any) -> uvicorn.Server:
    """Make the server; it listens where `run` is told to."""
    config = uvicorn.Config(
        app,
        http=BoundedProtocol,
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=_STOP_S,
        h11_max_incomplete_event_size=LARGEST_HEAD,
    )
    return uvicorn.Server(config)


def listen(host: str, port: int) -> socket.socket:
    """Open the listening socket.

    Raises
    ------
    GridpulseError
        The address is in use, or does not belong to this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        why = error.strerror or str(error)
        msg = f"cannot listen on {host}:{port}: {why}; set GRIDPULSE_BIND_HOST or the port"
        raise GridpulseError(msg) from error
