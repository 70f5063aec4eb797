"""Ask the wall's application without a socket, or serve it on one."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from httpx import ASGITransport, AsyncClient, Response
from starlette.types import ASGIApp

from dashboards.serving import listen, server_of


class WebClient:
    """Sends one request at a time to an ASGI application."""

    def __init__(self, app: ASGIApp, host: str = "127.0.0.1:8050") -> None:
        self._app = app
        self._base = f"http://{host}"

    def get(self, path: str, **more: Any) -> Response:
        return self.send("GET", path, **more)

    def post(self, path: str, **more: Any) -> Response:
        return self.send("POST", path, **more)

    def send(self, method: str, path: str, **more: Any) -> Response:
        async def ask() -> Response:
            transport = ASGITransport(self._app)
            async with AsyncClient(transport=transport, base_url=self._base) as client:
                return await client.request(method, path, **more)

        return asyncio.run(ask())


@contextmanager
def served(app: ASGIApp) -> Iterator[int]:
    """Serve an application on a free port of loopback; gives the port."""
    listening = listen("127.0.0.1", 0)
    server = server_of(app)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield int(listening.getsockname()[1])
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()
    assert not thread.is_alive()
