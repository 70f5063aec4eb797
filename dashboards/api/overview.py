"""What the archive says of whole areas and places: the situation index, dossiers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from http import HTTPStatus
from typing import Annotated, Final, Literal

import msgspec
from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import Response

from config.errors import GridpulseError, NothingUsed
from dashboards.access.callers import Caller
from dashboards.api.cases import archive_state, away
from dashboards.api.context import ApiContext
from dashboards.api.http.lists import answer_list, list_responses, page_of
from dashboards.api.http.paging import PageQuery
from dashboards.api.http.problems import Problem
from dashboards.api.newest import clock_of
from dashboards.common.overview import (
    WITHIN_DAYS,
    Overview,
    areas_seen,
    dossiers_seen,
)
from dashboards.common.wording import local
from models.cases.dossiers import Dossier, Share
from models.situation.index import AreaSituation, Contribution
from models.warnings.places import place_of

FIRST_DAY: Final = date(1971, 1, 1)  # its past lies after 1970
NO_ARCHIVE: Final = "this server has no archive"


class AreaIndexNow(msgspec.Struct, frozen=True, kw_only=True):
    """The situation index of an area on a day; 50 is usual for the area itself, above is worse.

    Attributes
    ----------
    rank : int
        By the index, the highest first, among the areas that the caller sees.
    index, day_before, week_before : float or None
        None: less than half of the weight is known.
    known : float
        Share of the weight that is known.
    parts : list of Contribution
        What moves it, the most first.
    """

    rank: int
    area: str
    name: Mapping[str, str]
    day: str
    index: float | None
    known: float
    day_before: float | None
    week_before: float | None
    parts: list[Contribution]


class DossierNow(msgspec.Struct, frozen=True, kw_only=True):
    """Open cases of one cell that concern several departments; each share has its own clock.

    Attributes
    ----------
    rank : int
        The dossier of the most departments first.
    """

    rank: int
    id: str
    cell: str
    first_ms: int
    last_ms: int
    shares: list[Share]


class IndexQuery(PageQuery):
    """Of which areas, on which day."""

    level: Literal["district", "street", "community"] = "street"
    day: date | None = Field(None, description="local, and over; the last one where none is given")


class DossierQuery(PageQuery):
    """Which dossiers."""

    within: int = Field(WITHIN_DAYS, ge=0, le=365, description="days between two of its cases")


def routes(context: ApiContext) -> APIRouter:
    """Give the routes."""
    router = APIRouter(tags=["situation"])
    gate, schemas = context.gate, context.schemas

    @router.get("/situation-index", responses=list_responses(schemas, AreaIndexNow))
    def list_index(request: Request, query: Annotated[IndexQuery, Query()]) -> Response:
        """List the situation index of areas on a day with what moves it, the highest first."""
        caller = gate.require(request)
        day = usable_day(context, query.day)
        found = situation_seen(context, caller, query.level, day)
        rows = [_index(context, n, one, day) for n, one in enumerate(found)]
        items, after = page_of(rows, lambda row: row.rank, query, int)
        return answer_list(request, query, AreaIndexNow, items, after, archive_state(context))

    @router.get("/dossiers", responses=list_responses(schemas, DossierNow))
    def list_dossiers(request: Request, query: Annotated[DossierQuery, Query()]) -> Response:
        """List places whose open cases several departments share, as the caller may see them."""
        caller = gate.require(request)
        found = shared_places(context, caller, query.within)
        rows = [_dossier(n, one) for n, one in enumerate(found)]
        items, after = page_of(rows, lambda row: row.rank, query, int)
        return answer_list(request, query, DossierNow, items, after, archive_state(context))

    return router


def usable_day(context: ApiContext, asked: date | None) -> date:
    """Give the day that was asked for, or the last one that is over where none was.

    By the clock of what is shown, which may be a replay's: a day that is not over would be compared
    with whole ones and look calm.

    Raises
    ------
    Problem
        422: the day is not over, or no archive reaches so far back.
    """
    last = local(clock_of(context), context.city.zone).date() - timedelta(days=1)
    day = last if asked is None else asked
    if not FIRST_DAY <= day <= last:
        detail = f"{day} is no day from {FIRST_DAY} to {last}, the last one that is over"
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail)
    return day


def situation_seen(
    context: ApiContext, caller: Caller, level: str, day: date
) -> list[AreaSituation]:
    """Give the index of the areas that a caller sees; raises `Problem` 404 or 503."""
    try:
        return areas_seen(_overview(context).situation(level, day), caller)
    except NothingUsed as error:
        raise Problem(HTTPStatus.NOT_FOUND, str(error)) from None
    except GridpulseError as error:
        raise away(error) from None


def shared_places(context: ApiContext, caller: Caller, within_days: int) -> list[Dossier]:
    """Give the dossiers that a caller sees; raises `Problem` 503."""
    try:
        return dossiers_seen(_overview(context).dossiers(within_days), caller)
    except GridpulseError as error:
        raise away(error) from None


def _overview(context: ApiContext) -> Overview:
    if context.overview is None:
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, NO_ARCHIVE)
    return context.overview


def _index(context: ApiContext, rank: int, one: AreaSituation, day: date) -> AreaIndexNow:
    return AreaIndexNow(
        rank=rank,
        area=one.now.area,
        name=place_of(context.city.catalog, one.now.area),
        day=day.isoformat(),
        index=one.now.value,
        known=one.now.known,
        day_before=one.day_before,
        week_before=one.week_before,
        parts=list(one.now.parts),
    )


def _dossier(rank: int, one: Dossier) -> DossierNow:
    return DossierNow(
        rank=rank,
        id=one.id,
        cell=one.cell,
        first_ms=one.first_ms,
        last_ms=one.last_ms,
        shares=list(one.shares),
    )
