"""Commands on warnings: everything of `models.messages.commands`, through Kafka and answered."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Annotated, Final, TypeVar

import msgspec
from fastapi import APIRouter, Path, Request
from msgspec import Meta
from starlette.responses import Response

from config.errors import GridpulseError
from dashboards.access.callers import Caller, Scope
from dashboards.api.context import ApiContext
from dashboards.api.http.answers import answer
from dashboards.api.http.bodies import body_of, described
from dashboards.api.http.problems import Problem
from dashboards.api.warnings import known
from models.messages.bounds import Small
from models.messages.command_results import CommandResult, Refusal
from models.messages.commands import AnyAction, Command, Words
from models.messages.handovers import HandoverCommand, HandoverResult

C = TypeVar("C", Command, HandoverCommand)
R = TypeVar("R", CommandResult, HandoverResult)
CommandName = Annotated[str, Meta(max_length=64, pattern=r"^[\w.:-]*$")]
_WAIT_S: Final = 5.0
_STATUS: Final = {
    Refusal.UNKNOWN: HTTPStatus.NOT_FOUND,
    Refusal.STALE: HTTPStatus.CONFLICT,
    Refusal.FORBIDDEN: HTTPStatus.FORBIDDEN,
    Refusal.IMPOSSIBLE: HTTPStatus.CONFLICT,
    Refusal.INVALID: HTTPStatus.UNPROCESSABLE_ENTITY,
}


class CommandBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is asked. Who asks, and as what, comes from the login and stands in no body.

    Attributes
    ----------
    revision : int
        The newest revision that the asker saw: where it has changed since, nothing is done.
    action : AnyAction
    text : str
        Reason, comment or outcome, for the audit.
    id : str
        Name of the command; sent again, it is answered alike and not done twice. Empty: given here.
    """

    revision: Small
    action: AnyAction
    text: Words = ""
    id: CommandName = ""


class CommandAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a command; without a `result` it is on its way: send it again by its id."""

    id: str
    result: CommandResult | None = None


def routes(context: ApiContext) -> APIRouter:
    """Give the routes."""
    router = APIRouter(tags=["warnings"])
    schemas = context.schemas
    done = schemas.responses(
        CommandAnswer,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.CONFLICT,
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    )
    under_way = schemas.responses(CommandAnswer, status=HTTPStatus.ACCEPTED)

    @router.post(
        "/warnings/{warning}/commands",
        responses={**done, 202: under_way[202]},
        openapi_extra=described(schemas, CommandBody),
    )
    async def command_warning(
        request: Request, warning: Annotated[str, Path(min_length=1, max_length=200)]
    ) -> Response:
        """Ask for a change: 409 with what others did where it has changed since."""
        caller = context.gate.require(request, Scope.COMMAND)
        given = await body_of(request, CommandBody)
        await context.in_thread(known, context, caller, warning)
        command = _command(context, caller, warning, given)
        result = await asked(context.ask, command)
        if result is None:
            return answer(request, CommandAnswer(id=command.id), HTTPStatus.ACCEPTED)
        _check(result, warning)
        return answer(request, CommandAnswer(id=command.id, result=result))

    return router


def _command(context: ApiContext, caller: Caller, warning: str, given: CommandBody) -> Command:
    return Command(
        id=given.id or uuid.uuid4().hex,
        warning=warning,
        revision=given.revision,
        actor=caller.name,
        role=caller.role,
        text=given.text,
        sent_ms=context.now_ms(),
        action=given.action,
    )


async def asked(ask: Callable[[C, float], Awaitable[R | None]] | None, command: C) -> R | None:
    """Ask for what a command wants; None: no answer came in time; raises `Problem` 503."""
    if ask is None:
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "this server takes no commands")
    try:
        return await ask(command, _WAIT_S)
    except GridpulseError as error:
        after = {"Retry-After": "2"}
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, str(error), after) from None


def _check(result: CommandResult, warning: str) -> None:
    """Refuse the answer to another command; turn a refusal into a problem."""
    if result.warning != warning:
        detail = "a command of this id was sent for another warning; take a new id"
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail)
    require_done(result)


def require_done(result: CommandResult | HandoverResult) -> None:
    """Turn a refusal into a problem."""
    if result.refusal is not None:
        detail = result.explanation.get("en") or result.refusal.value
        raise Problem(_STATUS[result.refusal], detail, result=result)
