"""Changes as server-sent events: `warning`, `snapshot`, `state`, and `reset` where all is new."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.responses import Response

from dashboards.access.callers import Caller
from dashboards.api.context import ApiContext
from dashboards.api.http.changes import ChangeWatch, Moment
from dashboards.api.http.clients import client_of
from dashboards.api.warnings import bounds_of

PING_S: Final = 15
AGAIN_MS: Final = 2_000
_LOGIN_S: Final = 30.0  # so often it is seen whether the login still holds
_SEND_S: Final = 10.0  # a listener that takes nothing for so long is let go of
_STREAM: Final = "text/event-stream"


class EventQuery(BaseModel):
    """From when on."""

    model_config = ConfigDict(extra="forbid")

    since: str = Field(
        "", max_length=60, description="id of the last event seen; else that of Last-Event-ID."
    )


def routes(context: ApiContext) -> APIRouter:
    """Give the route."""
    router = APIRouter(tags=["events"])
    watch = ChangeWatch(context.warnings, context.snapshots)
    answers: dict[int | str, dict[str, Any]] = {
        200: {"description": "Events", "content": {_STREAM: {"schema": {}}}},
        **context.schemas.problems(),
    }

    @router.get("/events", responses=answers)
    async def follow(request: Request, query: Annotated[EventQuery, Query()]) -> Response:
        """Follow the changes of warnings and the versions of the snapshot.

        Each `warning` has the id of its change: a listener that comes back with it misses none.
        `reset` says that what it saw is of another time: read the lists anew. `state` says how far
        all of it may be believed.
        """
        caller = context.gate.require(request)
        since = query.since or request.headers.get("last-event-id", "")
        listening = watch.listening(client_of(request, is_behind_proxy=context.is_behind_tls))
        listening.__enter__()  # before the answer begins: too many is a problem, not a stream

        async def body() -> AsyncIterator[ServerSentEvent]:
            try:
                async for event in _events(context, watch, request, caller, since):
                    yield event
            finally:
                listening.__exit__(None, None, None)

        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return EventSourceResponse(body(), ping=PING_S, send_timeout=_SEND_S, headers=headers)

    return router


async def _events(
    context: ApiContext, watch: ChangeWatch, request: Request, caller: Caller, since: str
) -> AsyncIterator[ServerSentEvent]:
    """Give what changes until the listener leaves or its login is over."""
    bounds = bounds_of(context, caller)
    seen: Moment | None = None
    mark = since
    while context.gate.caller(request) == caller:
        moment = await watch.after(seen, _LOGIN_S)
        if seen is None:
            yield ServerSentEvent("{}", event="hello", id=mark or moment[0], retry=AGAIN_MS)
            mark = mark or moment[0]
        if seen is None or moment[1] != seen[1]:
            yield ServerSentEvent(_json({"state": moment[1]}), event="state")
        if moment[0] != mark:
            changes = await context.in_thread(context.warnings.changes, mark, bounds)
            if changes.is_whole:
                yield ServerSentEvent("{}", event="reset", id=changes.mark)
            else:
                for each in changes.items:
                    name = f"{changes.mark.partition('-')[0]}-{each.change}"
                    yield ServerSentEvent(_json(each.value), event="warning", id=name)
            mark = changes.mark
        if seen is not None and moment[2] != seen[2]:
            yield ServerSentEvent(_json({"version": moment[2]}), event="snapshot")
        seen = moment


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
