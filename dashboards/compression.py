"""Answers compressed for the way: what never changes once for all, the rest as it is asked for.

Scripts and styles are a megabyte before and a fifth of it behind; they have their version in their
address, so their compressed form is kept.
"""

from __future__ import annotations

import gzip
from typing import Final

import brotli  # type: ignore[import-untyped]
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LEAST: Final = 1_024  # bytes: less is not worth it
MOST_KEPT: Final = 200
_QUALITY: Final = 6  # of brotli: half a second for all scripts of a page
_PREFIXES: Final = ("text/", "application/javascript", "application/json", "image/svg+xml")


class Compression:
    """ASGI application in front of another; streams pass as they are."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._kept: dict[tuple[str, str, str], bytes] = {}  # address, its tag, coding → answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and compress its answer."""
        coding = _coding(scope) if scope["type"] == "http" else None
        if coding is None:
            await self._app(scope, receive, send)
            return
        started: Message | None = None
        body = bytearray()

        async def sending(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start" and _is_wanted(message):
                started = message
            elif started is None:
                await send(message)
            else:
                body.extend(message.get("body", b""))
                if not message.get("more_body", False):
                    await self._finish(scope, coding, started, bytes(body), send)

        await self._app(scope, receive, sending)

    async def _finish(
        self, scope: Scope, coding: str, start: Message, body: bytes, send: Send
    ) -> None:
        headers = MutableHeaders(raw=list(start["headers"]))
        headers.add_vary_header("Accept-Encoding")
        if len(body) >= LEAST:
            tag = headers.get("etag") or headers.get("cache-control", "")
            body = self._compressed(scope, tag, coding, body)
            headers["Content-Encoding"] = coding
            headers["Content-Length"] = str(len(body))
        await send({**start, "headers": headers.raw})
        await send({"type": "http.response.body", "body": body})

    def _compressed(self, scope: Scope, tag: str, coding: str, body: bytes) -> bytes:
        address = f"{scope['path']}?{scope['query_string'].decode('latin-1')}"
        key = (address, f"{tag} {len(body)}", coding)
        is_fixed = scope["path"].startswith(("/_dash-component-suites/", "/assets/"))
        if is_fixed and key in self._kept:
            return self._kept[key]
        packed = _packed(coding, body)
        if is_fixed and len(self._kept) < MOST_KEPT:
            self._kept[key] = packed
        return packed


def _packed(coding: str, body: bytes) -> bytes:
    if coding == "br":
        return bytes(brotli.compress(body, quality=_QUALITY))
    return gzip.compress(body, compresslevel=6, mtime=0)


def _coding(scope: Scope) -> str | None:
    """Best coding that a browser takes; None for none."""
    accepted = {
        part.split(";")[0].strip()
        for part in Headers(scope=scope).get("accept-encoding", "").split(",")
        if not part.replace(" ", "").endswith(";q=0")
    }
    return next((coding for coding in ("br", "gzip") if coding in accepted), None)


def _is_wanted(start: Message) -> bool:
    """Whether an answer is text of known length that nobody has compressed yet."""
    headers = Headers(raw=start["headers"])
    kind = headers.get("content-type", "")
    is_stream = kind.startswith("text/event-stream") or "content-encoding" in headers
    return start["status"] == 200 and kind.startswith(_PREFIXES) and not is_stream
