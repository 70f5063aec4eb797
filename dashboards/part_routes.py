"""Where browsers ask for the parts of a page that depend on who looks: `/part/<page>/<part>`."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

from fastapi import FastAPI, Request
from starlette.responses import PlainTextResponse, Response

from dashboards.api.context import ApiContext
from dashboards.api.http.problems import Problem
from dashboards.common.pages import Live, Page
from dashboards.common.parts import Part, PartRequest
from dashboards.common.push import to_json

PATH: Final = "/part/"


def add_part_routes(api: FastAPI, pages: Sequence[Page], context: ApiContext | None) -> None:
    """Add the route; a server without books has no parts."""
    parts = {(page.name, part.name): part for page in pages for part in page.parts}

    @api.get(PATH + "{page}/{name}", include_in_schema=False)
    async def part(page: str, name: str, request: Request) -> Response:
        found = parts.get((page, name))
        if found is None or context is None:
            return PlainTextResponse("there is no such part\n", 404)
        try:
            live = await _rendered(found, context, request)
        except Problem as problem:
            return problem.response()
        return _answer(request, live)


async def _rendered(part: Part, context: ApiContext, request: Request) -> Live:
    params = request.query_params
    wanted = PartRequest(
        api=context,
        caller=context.gate.require(request),
        query={name: params.getlist(name) for name in params},
        language="en" if params.get("language") == "en" else "zh",
    )
    return await context.in_thread(part.render, wanted)


def _answer(request: Request, live: Live) -> Response:
    """Answer with what is to be set, or that it is what the browser has already."""
    body = f'{{"set":{to_json(live)}}}'.encode()
    tag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)
