"""Dead letters: how they stand, and sending them again."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from config.errors import GridpulseError
from dashboards.access.callers import Caller, Scope
from dashboards.api.context import ApiContext
from dashboards.api.http.answers import answer
from dashboards.api.http.bodies import body_of, described
from dashboards.api.http.problems import Problem
from dashboards.common.dead_letters import DeadLetters
from dashboards.common.messages import message
from dashboards.common.wording import number
from models.messages.commands import Role
from models.messages.dead_letters import Reason

ROLES = frozenset({Role.OPERATOR, Role.ADMIN})


class RetryBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which are sent again: those of one reason, or all."""

    reason: Reason | None = None


class RetryAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """How many were sent again, were sent before, and could not be; and that in words."""

    sent: int
    before: int
    rest: int
    told: dict[str, str]


class LetterCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How many there are, in all and of each reason."""

    total: int
    reasons: Mapping[str, int]


def routes(context: ApiContext) -> APIRouter:
    """Give the routes."""
    router = APIRouter(tags=["dead-letters"])
    schemas = context.schemas

    @router.get("/dead-letters", responses=schemas.responses(LetterCounts))
    async def count_dead_letters(request: Request) -> Response:
        """Count what was set aside, by reason."""
        readable(context, context.gate.require(request))
        try:
            page = await context.in_thread(letters_of(context).page)
        except GridpulseError as error:
            raise _away(error) from None
        return answer(request, LetterCounts(total=page.total, reasons=dict(page.reasons)))

    @router.post(
        "/dead-letters/retry",
        responses=schemas.responses(
            RetryAnswer, HTTPStatus.FORBIDDEN, HTTPStatus.UNSUPPORTED_MEDIA_TYPE
        ),
        openapi_extra=described(schemas, RetryBody),
    )
    async def retry_dead_letters(request: Request) -> Response:
        """Send dead letters again to their raw topics, each once; operators alone."""
        caller = readable(context, context.gate.require(request, Scope.COMMAND))
        given = await body_of(request, RetryBody)
        reason = given.reason.value if given.reason else None
        try:
            done = await context.in_thread(letters_of(context).retry, reason)
        except GridpulseError as error:
            raise _away(error) from None
        context.gate.note("dead letters sent again", user=caller.name, sent=done.sent)
        counts = {"sent": done.sent, "before": done.before, "rest": done.rest}
        told = message("letters.done", **{name: number(n) for name, n in counts.items()})
        return answer(request, RetryAnswer(**counts, told=told))

    return router


def readable(context: ApiContext, caller: Caller) -> Caller:
    """Let those read dead letters who work on the line; they may hold anything that was sent.

    Raises
    ------
    Problem
        403: another role.
    """
    if caller.role not in ROLES and not (caller.is_open and context.gate.is_open):
        detail = f"{caller.role} may not see dead letters; an operator or administrator may"
        raise Problem(HTTPStatus.FORBIDDEN, detail)
    return caller


def letters_of(context: ApiContext) -> DeadLetters:
    """Give what reads them; raises `Problem` 503."""
    if context.dead_letters is None:
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "this server does not read dead letters")
    return context.dead_letters


def _away(error: GridpulseError) -> Problem:
    return Problem(HTTPStatus.SERVICE_UNAVAILABLE, str(error), {"Retry-After": "2"})
