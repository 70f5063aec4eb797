"""Ask the wall's application without a socket."""

from __future__ import annotations

import asyncio
from typing import Any

from httpx import ASGITransport, AsyncClient, Response
from starlette.types import ASGIApp


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
