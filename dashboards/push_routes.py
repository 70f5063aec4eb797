"""Where browsers ask for what a page shows: `/push/<page>` as a stream, with `?once` one answer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Final

from fastapi import FastAPI, Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from dashboards.common.pages import Page
from dashboards.common.push import GZIP_HEAD
from dashboards.pusher import Pusher

STREAM: Final = "text/event-stream; charset=utf-8"


def add_push_routes(api: FastAPI, pages: Sequence[Page], pusher: Pusher) -> None:
    """Add the route."""
    names = {page.name for page in pages}

    @api.get("/push/{name}", include_in_schema=False)
    async def push(name: str, request: Request) -> Response:
        if name not in names:
            return PlainTextResponse("there is no such page\n", 404)
        headers = {"Cache-Control": "no-store"}
        if "once" in request.query_params:
            return Response(await pusher.now(name), media_type=STREAM, headers=headers)
        is_packed = "gzip" in request.headers.get("accept-encoding", "")
        if is_packed:
            headers["Content-Encoding"] = "gzip"
        body = _body(pusher, name, is_packed=is_packed)
        return StreamingResponse(body, media_type=STREAM, headers=headers)


async def _body(pusher: Pusher, name: str, *, is_packed: bool) -> AsyncIterator[bytes]:
    if is_packed:
        yield GZIP_HEAD
    async for frame in pusher.follow(name):
        yield frame.packed if is_packed else frame.plain
