"""The hours of places beside the same season of earlier years: JSON, CSV, a picture, a document."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any, Final, Literal
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from config.errors import GridpulseError
from dashboards.access.callers import Caller
from dashboards.api.cases import away
from dashboards.api.context import ApiContext
from dashboards.api.http.answers import answer, tagged
from dashboards.api.http.exports import CSV, PDF, as_csv
from dashboards.api.http.moments import Moment, ms_of
from dashboards.api.http.problems import Problem
from dashboards.api.newest import clock_of
from dashboards.common.asked_history import file_name, known_places
from dashboards.common.cases_near import AWAY
from dashboards.common.history_rows import HistoryAnswer, HistoryCase, HistoryHour, answer_of
from dashboards.common.messages import pick
from dashboards.common.shown_history import (
    MOST_PLACES,
    HistoryQuestion,
    HistoryShown,
    dust_feed,
    history_shown,
)
from dashboards.figures.season_chart import DESK, season_chart
from dashboards.panels.history_document import document_parts, foot_lines
from models.history.span import MOST_DAYS, RANGES, HistorySpan, UnusableSpan, last_span, own_span

PlaceCode = Annotated[str, Field(pattern="^[1-9]([0-9]{5}|[0-9]{8}|[0-9]{11}|[0-9]{14})$")]
SVG: Final = "image/svg+xml"


class HistoryQuery(BaseModel):
    """Which hours of which places."""

    model_config = ConfigDict(extra="forbid")

    place: list[PlaceCode] = Field(
        min_length=1, max_length=MOST_PLACES, description="codes of cells, or of areas"
    )
    metric: str = Field(max_length=100, description="of the feed that measures dust")
    range: Literal["24h", "7d", "30d"] = Field("24h", description="where `since` is not given")
    since: Moment | None = Field(None, description="whole hours from then on")
    until: Moment | None = Field(
        None, description=f"before; at most {MOST_DAYS} days after `since`"
    )
    format: Literal["json", "csv", "svg", "pdf"] = "json"
    table: Literal["hours", "cases"] = Field("hours", description="which rows a CSV has")
    language: Literal["zh", "en"] = "zh"


def routes(context: ApiContext) -> APIRouter:
    """Give the route."""
    router = APIRouter(tags=["history"])
    also = (CSV.partition(";")[0], SVG, PDF)

    @router.get(
        "/history",
        responses=context.schemas.responses(HistoryAnswer, HTTPStatus.NOT_FOUND, also=also),
    )
    def get_history(request: Request, query: Annotated[HistoryQuery, Query()]) -> Response:
        """Give hours of dust, the band of earlier years, and the cases on dust beside them.

        As CSV, picture or document it says itself what was asked, when it was made and from what.
        """
        caller = context.gate.require(request)
        shown = _shown(context, caller, query)
        if query.format == "json":
            return answer(request, answer_of(shown, query.language))
        data, kind = _file(context, shown, query)
        name = file_name(shown.question, context.city.zone)
        ending = f"-cases.{query.format}" if query.table == "cases" else f".{query.format}"
        told = f"attachment; filename*=UTF-8''{quote(name + ending)}"
        return tagged(request, data, kind, more={"Content-Disposition": told})

    return router


def _shown(context: ApiContext, caller: Caller, query: HistoryQuery) -> HistoryShown:
    if context.history is None:
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "this server has no archive of readings")
    question = HistoryQuestion(
        metric=query.metric, places=known_places(query.place), span=_span(context, query)
    )
    try:
        shown = history_shown(context, caller, context.history, question)
    except GridpulseError as error:
        raise away(error) from None
    if shown is None:
        feed = dust_feed(context.city)
        known = ", ".join(feed.metrics) if feed else "none: no feed measures dust"
        raise Problem(HTTPStatus.NOT_FOUND, f"no metric {query.metric!r}; there are {known}")
    return shown


def _span(context: ApiContext, query: HistoryQuery) -> HistorySpan:
    now_ms = clock_of(context)
    if query.since is None and query.until is None:
        assert query.range in RANGES
        return last_span(query.range, now_ms)
    since_ms, until_ms = (ms_of(each) if each else None for each in (query.since, query.until))
    try:
        return own_span(since_ms, until_ms, now_ms)
    except UnusableSpan as unusable:
        detail = f"since and until cannot be used: {unusable.fault.value}"
        raise _unusable(detail) from None


def _file(context: ApiContext, shown: HistoryShown, query: HistoryQuery) -> tuple[bytes, str]:
    """Write a file; gives its bytes and its media type."""
    if query.format == "csv":
        if query.table == "cases" and not shown.cases and shown.near.doubt:
            # A file with a head alone would say that there are none.
            is_away = shown.near.why == AWAY
            status = HTTPStatus.SERVICE_UNAVAILABLE if is_away else HTTPStatus.UNPROCESSABLE_ENTITY
            raise Problem(status, pick(shown.near.doubt, "en"))
        told = answer_of(shown, query.language)
        rows: tuple[type, list[Any]] = (
            (HistoryHour, told.items) if query.table == "hours" else (HistoryCase, told.cases)
        )
        return as_csv(*rows), CSV
    if query.format == "svg":
        foot = foot_lines(shown, query.language)
        return season_chart(shown, query.language, DESK, foot).encode(), SVG
    if context.to_pdf is None:
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "this server makes no documents")
    title, parts = document_parts(shown, query.language)
    return context.to_pdf(title, query.language, parts), PDF


def _unusable(detail: str) -> Problem:
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail)
