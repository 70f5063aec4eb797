"""Hand-overs between shifts: the notes, writing one, signing one; through Kafka and answered."""

from __future__ import annotations

import uuid
from http import HTTPStatus
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Path, Query, Request
from pydantic import Field
from starlette.responses import Response

from dashboards.access.callers import Caller, Scope
from dashboards.api.commands import CommandName, asked, require_done
from dashboards.api.context import ApiContext
from dashboards.api.http.answers import answer
from dashboards.api.http.bodies import body_of, described
from dashboards.api.http.lists import answer_list, list_responses
from dashboards.api.http.paging import PageQuery, newest_first
from models.messages.handovers import (
    EventName,
    HandoverCommand,
    HandoverNote,
    HandoverResult,
    NoteWords,
)

_MASK: Final = "*"


class NoteBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A note for who takes over; the same `id` again is answered alike and writes nothing."""

    event: EventName
    text: NoteWords
    id: CommandName = ""


class SignatureBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The signature of who takes over, with a remark."""

    text: NoteWords = ""
    id: CommandName = ""


class HandoverAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of it, and that in words; without a `result` it is on its way."""

    id: str
    result: HandoverResult | None = None
    told: dict[str, str] = {}


class HandoverQuery(PageQuery):
    """Which notes."""

    event: str = Field("", max_length=100, description="name of a major event")
    open: bool | None = Field(None, description="nobody has signed it")


def routes(context: ApiContext) -> APIRouter:
    """Give the routes."""
    router = APIRouter(tags=["handovers"])
    schemas = context.schemas
    done = schemas.responses(
        HandoverAnswer,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.CONFLICT,
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    )
    answers = {**done, 202: schemas.responses(HandoverAnswer, status=HTTPStatus.ACCEPTED)[202]}

    @router.get("/handovers", responses=list_responses(schemas, HandoverNote))
    def list_handovers(request: Request, query: Annotated[HandoverQuery, Query()]) -> Response:
        """List the notes, those last written or signed first."""
        caller = context.gate.require(request)
        view, after = context.warnings.handovers(), query.key(int)
        found = [
            (each.change, seen_note(each.value, caller))
            for each in view.entries.values()
            if after is None or each.change < after
            if query.event in ("", each.value.event)
            if query.open is None or query.open is not bool(each.value.signer)
        ]
        items, following = newest_first(found, query.most)
        return answer_list(request, query, HandoverNote, items, following, view.state)

    @router.post("/handovers", responses=answers, openapi_extra=described(schemas, NoteBody))
    async def write_handover(request: Request) -> Response:
        """Write a note for who takes over."""
        caller = context.gate.require(request, Scope.COMMAND)
        given = await body_of(request, NoteBody)
        command = _command(context, caller, given.id, event=given.event, text=given.text)
        return await _answered(context, request, command)

    @router.post(
        "/handovers/{note}/signature",
        responses=answers,
        openapi_extra=described(schemas, SignatureBody),
    )
    async def sign_handover(
        request: Request, note: Annotated[str, Path(min_length=1, max_length=64)]
    ) -> Response:
        """Sign a note, as who takes over: another person than who wrote it."""
        caller = context.gate.require(request, Scope.COMMAND)
        given = await body_of(request, SignatureBody)
        command = _command(context, caller, given.id, note=note, text=given.text)
        return await _answered(context, request, command)

    return router


def seen_note(note: HandoverNote, caller: Caller) -> HandoverNote:
    """Give a note as a caller may see it: without people and words for whom they are not meant."""
    if caller.knows_people:
        return note
    signer = _MASK if note.signer else ""
    return msgspec.structs.replace(note, writer=_MASK, signer=signer, text="", remark="")


def _command(context: ApiContext, caller: Caller, name: str, **more: str) -> HandoverCommand:
    return HandoverCommand(
        id=name or uuid.uuid4().hex,
        actor=caller.name,
        role=caller.role,
        sent_ms=context.now_ms(),
        **more,
    )


async def _answered(context: ApiContext, request: Request, command: HandoverCommand) -> Response:
    result = await asked(context.ask_handover, command)
    if result is None:
        return answer(request, HandoverAnswer(id=command.id), HTTPStatus.ACCEPTED)
    require_done(result)
    told = HandoverAnswer(id=command.id, result=result, told=result.explanation)
    return answer(request, told)
