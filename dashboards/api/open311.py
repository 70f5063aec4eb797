"""Open311 GeoReport v2 as JSON: services and requests; `open311_reports` takes reports.

References
----------
Open311, GeoReport v2, https://wiki.open311.org/GeoReport_v2/
"""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Final, Literal

import msgspec
from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from config.errors import GridpulseError
from dashboards.access.callers import Caller
from dashboards.api.cases import away, cases_of, known_cases
from dashboards.api.context import ApiContext
from dashboards.api.http.answers import answer
from dashboards.api.http.moments import Moment, ms_of
from dashboards.api.http.problems import Problem
from dashboards.common.case_book import CaseNow, CaseQuestion

PATH: Final = "/open311/v2"
_MOST: Final = 1_000  # by the specification
_DAYS_MS: Final = 90 * 86_400_000  # by the specification: the span of a question without dates


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """A class of cases that can be reported."""

    service_code: str
    service_name: str
    description: str
    metadata: bool
    type: str
    keywords: str
    group: str


class ServiceDefinition(msgspec.Struct, frozen=True, kw_only=True):
    """What a report of a class must say besides its place and its words: here nothing."""

    service_code: str
    attributes: list[str] = []


class ServiceRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A case, in the words of Open311."""

    service_request_id: str
    status: str
    status_notes: str
    service_name: str
    service_code: str
    agency_responsible: str
    requested_datetime: str
    updated_datetime: str
    expected_datetime: str | None
    address_id: str
    lat: float | None
    long: float | None


class RequestQuery(BaseModel):
    """Which requests."""

    model_config = ConfigDict(extra="ignore")  # clients send jurisdiction_id and more

    service_request_id: str = Field("", max_length=4_000, description="comma separated")
    service_code: str = Field("", max_length=1_000, description="comma separated")
    start_date: Moment | None = None
    end_date: Moment | None = None
    status: Literal["", "open", "closed", "open,closed", "closed,open"] = ""


def routes(context: ApiContext) -> APIRouter:
    """Give the routes."""
    router = APIRouter(tags=["open311"], prefix=PATH)
    gate, schemas = context.gate, context.schemas
    services = services_of(context)

    @router.get("/services.json", responses=schemas.responses(list[Service]))
    def list_services(request: Request) -> Response:
        """List what can be reported."""
        gate.require(request)
        return answer(request, list(services.values()))

    @router.get(
        "/services/{code}.json",
        responses=schemas.responses(ServiceDefinition, HTTPStatus.NOT_FOUND),
    )
    def get_service(
        request: Request, code: Annotated[str, Path(min_length=1, max_length=200)]
    ) -> Response:
        """Say what a report of a class must tell besides its place and its words."""
        gate.require(request)
        if code not in services:
            detail = f"no service {code!r}; {PATH}/services.json lists those there are"
            raise Problem(HTTPStatus.NOT_FOUND, detail)
        return answer(request, ServiceDefinition(service_code=code))

    @router.get(
        "/requests.json", responses=schemas.responses(list[ServiceRequest], HTTPStatus.NOT_FOUND)
    )
    def list_requests(request: Request, query: Annotated[RequestQuery, Query()]) -> Response:
        """List cases; without dates those of the last 90 days, at most 1,000."""
        caller = gate.require(request)
        try:
            found, _ = cases_of(context).find(_question(context, caller, query))
        except GridpulseError as error:
            raise away(error) from None
        return answer(request, [_request(context, each) for each in found])

    @router.get(
        "/requests/{case}.json",
        responses=schemas.responses(list[ServiceRequest], HTTPStatus.NOT_FOUND),
    )
    def get_request(
        request: Request, case: Annotated[str, Path(min_length=1, max_length=200)]
    ) -> Response:
        """Give one case."""
        found = known_cases(context, gate.require(request), (case,))
        if not found:
            detail = f"no case {case!r} in the archive, which is about a minute behind"
            raise Problem(HTTPStatus.NOT_FOUND, detail)
        return answer(request, [_request(context, each.case) for each in found])

    return router


def services_of(context: ApiContext) -> dict[str, Service]:
    """Give what can be reported, by its code."""
    found: dict[str, Service] = {}
    for feed in context.city.catalog.feeds_of("cases"):
        groups = {code: group.title for group in feed.groups.values() for code in group.categories}
        for code, category in feed.categories.items():
            group = groups.get(code, feed.title)
            title = category.title
            found[code] = Service(
                service_code=code,
                service_name=title["zh"],
                description=title.get("en", ""),
                metadata=False,
                type="realtime",
                keywords=title.get("en", ""),
                group=group["zh"],
            )
    return found


def _question(context: ApiContext, caller: Caller, query: RequestQuery) -> CaseQuestion:
    cases = tuple(filter(None, query.service_request_id.split(",")))
    since_ms = ms_of(query.start_date)
    if not cases and query.start_date is None:
        since_ms = (ms_of(query.end_date) or context.now_ms()) - _DAYS_MS
    return CaseQuestion(
        cases=cases,
        categories=frozenset(filter(None, query.service_code.split(","))),
        is_open=None if "," in query.status or not query.status else query.status == "open",
        since_ms=since_ms,
        until_ms=ms_of(query.end_date),
        within=caller.areas,
        own_departments=caller.departments,
        limit=_MOST,
    )


def _request(context: ApiContext, case: CaseNow) -> ServiceRequest:
    titles = context.city.category(case.category)
    return ServiceRequest(
        service_request_id=case.case,
        status="open" if case.is_open else "closed",
        status_notes=case.stage,
        service_name=titles["zh"],
        service_code=case.category,
        agency_responsible=context.city.department(case.department, case.updated_ms)["zh"],
        requested_datetime=_moment(context, case.opened_ms),
        updated_datetime=_moment(context, case.updated_ms),
        expected_datetime=None if case.due_ms is None else _moment(context, case.due_ms),
        address_id=case.cell,
        lat=case.lat,
        long=case.lon,
    )


def _moment(context: ApiContext, at_ms: int) -> str:
    zone = context.city.zone
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(zone).isoformat(timespec="seconds")
