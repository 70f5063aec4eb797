"""The CAP feed: its Atom file and the messages it names, as the agent `deliver` wrote them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from dashboards.api.context import ApiContext
from dashboards.api.http.answers import tagged
from dashboards.api.http.problems import Problem

ATOM: Final = "application/atom+xml"
CAP: Final = "application/cap+xml"
Identifier = Annotated[
    str, Path(pattern=r"^[0-9]{14}_[0-9]{14}_[0-9]$", description="31 characters, GB/T 35965.1.")
]


def routes(context: ApiContext) -> APIRouter:
    """Give the routes."""
    router = APIRouter(tags=["cap"])

    @router.get("/cap/feed.atom", response_class=Response, responses=_answers(context, ATOM))
    def get_cap_feed(request: Request) -> Response:
        """Give the Atom feed of the newest CAP messages."""
        context.gate.require(request)
        return tagged(request, _read(context, "feed.atom"), ATOM)

    @router.get("/cap/{identifier}.xml", response_class=Response, responses=_answers(context, CAP))
    def get_cap_message(request: Request, identifier: Identifier) -> Response:
        """Give one CAP 1.2 message."""
        context.gate.require(request)
        return tagged(request, _read(context, f"{identifier}.xml"), CAP)

    return router


def _answers(context: ApiContext, media_type: str) -> dict[int | str, Any]:
    content = {media_type: {"schema": {"type": "string"}}}
    done: dict[int | str, Any] = {
        200: {"description": "Done", "content": content},
        304: {"description": "As the asker has it"},
    }
    return done | context.schemas.problems(HTTPStatus.NOT_FOUND)


def _read(context: ApiContext, name: str) -> bytes:
    """Read a file of the feed; raises Problem where there is none."""
    if context.cap_dir is None:
        detail = "no CAP feed is written here: GRIDPULSE_CAP_DIR is not set"
        raise Problem(HTTPStatus.NOT_FOUND, detail)
    try:
        return (context.cap_dir / name).read_bytes()
    except FileNotFoundError:
        raise Problem(HTTPStatus.NOT_FOUND, f"there is no {name} in the CAP feed") from None
