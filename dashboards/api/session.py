"""Login, who I am, logout."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

import msgspec
from fastapi import APIRouter, Request
from msgspec import Meta
from starlette.responses import Response

from dashboards.access.callers import Caller, Scope
from dashboards.access.login_page import set_session
from dashboards.access.sessions import COOKIE
from dashboards.api.context import ApiContext
from dashboards.api.http.answers import answer
from dashboards.api.http.bodies import body_of, described
from dashboards.api.http.clients import client_of
from models.messages.commands import Role


class Login(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Name and password of a user."""

    user: Annotated[str, Meta(min_length=1, max_length=64)]
    password: Annotated[str, Meta(min_length=1, max_length=256)]


class Me(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks, and what they may.

    Attributes
    ----------
    is_open : bool
        Nobody has to log in: the server answers its own machine alone.
    csrf : str
        To be sent as `X-CSRF-Token` with whatever a session changes.
    """

    user: str
    role: Role
    areas: list[str]
    departments: list[str]
    scopes: list[Scope]
    is_open: bool
    csrf: str


def routes(context: ApiContext) -> APIRouter:
    """Give the routes."""
    router = APIRouter(tags=["session"])
    gate, schemas = context.gate, context.schemas

    @router.get("/session", responses=schemas.responses(Me))
    def get_session(request: Request) -> Response:
        """Say who asks, and what they may."""
        return answer(request, _me(context, gate.require(request)))

    @router.post(
        "/session",
        responses=schemas.responses(Me, HTTPStatus.NOT_FOUND),
        openapi_extra=described(schemas, Login),
    )
    async def log_in(request: Request) -> Response:
        """Log in; the session is a cookie that no script can read and no other site sends."""
        given = await body_of(request, Login)
        address = client_of(request, is_behind_proxy=context.is_behind_tls)
        done = await context.in_thread(gate.login, given.user, given.password, address)
        response = answer(request, _me(context, done.caller))
        response.headers["Cache-Control"] = "no-store"
        secure = request.url.scheme == "https" or context.is_behind_tls
        set_session(response, done, secure=secure)
        return response

    @router.delete("/session", status_code=HTTPStatus.NO_CONTENT)
    def log_out(request: Request) -> Response:
        """Log out here; a new password ends the sessions on every machine."""
        caller = gate.require(request)
        gate.check_csrf(request, caller)
        gate.left(caller, client_of(request, is_behind_proxy=context.is_behind_tls))
        response = Response(status_code=HTTPStatus.NO_CONTENT)
        response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
        return response

    return router


def _me(context: ApiContext, caller: Caller) -> Me:
    return Me(
        user=caller.name,
        role=caller.role,
        areas=sorted(caller.areas),
        departments=sorted(caller.departments),
        scopes=[scope for scope in Scope if caller.may(scope)],
        is_open=caller.is_open,
        csrf=context.gate.csrf(caller),
    )
