"""Cases from the archive: the list, and one with its timeline."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Query, Request
from pydantic import Field
from starlette.responses import Response

from config.errors import GridpulseError
from dashboards.access.callers import Caller
from dashboards.api.context import ApiContext
from dashboards.api.http.answers import answer
from dashboards.api.http.lists import answer_list, list_responses
from dashboards.api.http.moments import Code, Moment, ms_of
from dashboards.api.http.paging import PageQuery
from dashboards.api.http.problems import Problem
from dashboards.api.newest import newest
from dashboards.common.book import BookState
from dashboards.common.case_book import (
    CaseKey,
    CaseNow,
    CaseQuestion,
    Cases,
    CaseTimeline,
)

Short = Annotated[str, Field(max_length=200)]


class CaseQuery(PageQuery):
    """Which cases."""

    area: list[Code] = Field(default_factory=list, max_length=50)
    department: list[Short] = Field(default_factory=list, max_length=50)
    category: list[Short] = Field(default_factory=list, max_length=50)
    number: str = Field("", max_length=200, description="part of the number of the case")
    open: bool | None = Field(None, description="by its last step")
    since: Moment | None = Field(None, description="first heard of at or after")
    until: Moment | None = Field(None, description="first heard of before")


def routes(context: ApiContext) -> APIRouter:
    """Give the routes."""
    router = APIRouter(tags=["cases"])
    gate, schemas = context.gate, context.schemas

    @router.get("/cases", responses=list_responses(schemas, CaseNow))
    def list_cases(request: Request, query: Annotated[CaseQuery, Query()]) -> Response:
        """List the cases of the archive, the newest first; it is about a minute behind."""
        caller = gate.require(request)
        question = CaseQuestion(
            areas=frozenset(query.area),
            departments=frozenset(query.department),
            categories=frozenset(query.category),
            number=query.number,
            is_open=query.open,
            since_ms=ms_of(query.since),
            until_ms=ms_of(query.until),
            within=caller.areas,
            own_departments=caller.departments,
            after=query.key(CaseKey),
            limit=query.most,
        )
        try:
            items, after = cases_of(context).find(question)
        except GridpulseError as error:
            raise away(error) from None
        return answer_list(request, query, CaseNow, items, after, archive_state(context))

    @router.get(
        "/cases/{case:path}", responses=schemas.responses(CaseTimeline, HTTPStatus.NOT_FOUND)
    )
    def get_case(
        request: Request, case: Annotated[str, Path(min_length=1, max_length=200)]
    ) -> Response:
        """Give one case with all its steps."""
        caller = gate.require(request)
        found = known_cases(context, caller, (case,))
        if not found:
            detail = f"no case {case!r} in the archive, which is about a minute behind"
            raise Problem(HTTPStatus.NOT_FOUND, detail)
        return answer(request, found[0])

    return router


def archive_state(context: ApiContext) -> BookState:
    """Tell whether the line that fills the archive runs: its snapshots say so."""
    _, state = newest(context)
    return BookState.FRESH if state is BookState.FRESH else BookState.STALE


def cases_of(context: ApiContext) -> Cases:
    """Give what answers questions about cases; raises `Problem` 503."""
    if context.cases is None:
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "this server has no archive of cases")
    return context.cases


def known_cases(context: ApiContext, caller: Caller, cases: tuple[str, ...]) -> list[CaseTimeline]:
    """Give cases by their numbers, those that a caller may see; raises `Problem` 503."""
    question = CaseQuestion(
        cases=cases,
        within=caller.areas,
        own_departments=caller.departments,
        limit=max(len(cases), 1),
    )
    try:
        found = cases_of(context).timelines(question)
    except GridpulseError as error:
        raise away(error) from None
    return found if caller.knows_people else [_without_people(each) for each in found]


def away(error: GridpulseError) -> Problem:
    """Say that the archive, or the way to Kafka, is not in reach."""
    return Problem(HTTPStatus.SERVICE_UNAVAILABLE, str(error), {"Retry-After": "2"})


def _without_people(timeline: CaseTimeline) -> CaseTimeline:
    steps = [msgspec.structs.replace(step, actor="") for step in timeline.steps]
    return msgspec.structs.replace(timeline, steps=steps)
