"""What a major event came to: figures with their definitions, and the report as HTML and PDF."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from config.errors import GridpulseError
from dashboards.api.cases import away
from dashboards.api.context import ApiContext
from dashboards.api.http.answers import answer, tagged
from dashboards.api.http.exports import PDF
from dashboards.api.http.problems import Problem
from dashboards.api.newest import clock_of
from dashboards.common.close_outs import CloseOutFigures, CloseOuts

HTML: Final = "text/html; charset=utf-8"
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"


class CloseOutQuery(BaseModel):
    """In which form."""

    model_config = ConfigDict(extra="forbid")

    format: Literal["json", "html", "pdf"] = "json"
    language: Literal["zh", "en"] = "zh"


def routes(context: ApiContext) -> APIRouter:
    """Give the route."""
    router = APIRouter(tags=["close-outs"])
    also = (HTML.partition(";")[0], PDF)

    @router.get(
        "/close-outs/{event}",
        responses=context.schemas.responses(CloseOutFigures, HTTPStatus.NOT_FOUND, also=also),
    )
    def get_close_out(
        request: Request,
        event: Annotated[str, Path(min_length=1, max_length=100)],
        query: Annotated[CloseOutQuery, Query()],
    ) -> Response:
        """Count the cases of an event as they stood at the end of its live phase, or stand now."""
        context.gate.require(request)
        if event not in context.city.catalog.events:
            raise Problem(HTTPStatus.NOT_FOUND, f"the city has no event {event!r}")
        try:
            return _answer(request, context, event, query)
        except GridpulseError as error:
            raise away(error) from None

    return router


def close_outs_of(context: ApiContext) -> CloseOuts:
    """Give what counts them; raises `Problem` 503."""
    if context.close_outs is None:
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "this server has no archive of cases")
    return context.close_outs


def _answer(request: Request, context: ApiContext, event: str, query: CloseOutQuery) -> Response:
    known, clock_ms = close_outs_of(context), clock_of(context)
    if query.format == "json":
        return answer(request, known.figures(event, clock_ms))
    name = f"{event}-close-out.{query.language}.{query.format}"
    if query.format == "pdf":
        told = {"Content-Disposition": f'attachment; filename="{name}"'}
        return tagged(request, known.document(event, clock_ms, query.language), PDF, more=told)
    page = known.page(event, clock_ms, query.language).encode()
    return tagged(request, page, HTML, more={"Content-Security-Policy": _POLICY})
