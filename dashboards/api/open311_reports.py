"""Open311 GeoReport v2: reporting a case.

A report passes the very checks of ingest before it is published on the raw topic; what ingest would
set aside is refused here, with its reason.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from config.catalog import Feed
from config.errors import GridpulseError
from config.names import raw_topic
from dashboards.access.callers import Caller, Scope
from dashboards.api.cases import away
from dashboards.api.context import ApiContext
from dashboards.api.http.answers import answer
from dashboards.api.http.problems import Problem
from dashboards.api.open311 import PATH, services_of
from models.feeds.intake import Intake
from models.feeds.place import Gazetteer, gazetteer
from models.feeds.raw_batch import RawBatch
from models.feeds.seen import MemorySeen
from models.messages.dead_letters import Reason

FORM: Final = "application/x-www-form-urlencoded"
_LARGEST: Final = 16 * 1024
_MOST_FIELDS: Final = 20
_LONGEST: Final = {"description": 1_000}  # characters
_LONGEST_OTHER: Final = 200
_NOTICE: Final = "收到。描述和联系方式不保存。 Received; description and contact are not kept."
_PLACES: Final = frozenset(
    {Reason.OUTSIDE_CITY, Reason.NO_PLACE, Reason.UNKNOWN_CELL, Reason.SWAPPED_COORDINATES}
)


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to a report."""

    service_request_id: str
    service_notice: str
    account_id: str | None = None


def routes(context: ApiContext) -> APIRouter:
    """Give the route."""
    router = APIRouter(tags=["open311"], prefix=PATH)
    gate, schemas = context.gate, context.schemas
    places = cache(lambda: gazetteer(context.city.catalog))  # made when somebody reports
    services = services_of(context)

    @router.post(
        "/requests.json",
        status_code=HTTPStatus.CREATED,
        responses=schemas.responses(
            list[Received],
            HTTPStatus.NOT_FOUND,
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            status=HTTPStatus.CREATED,
        ),
        openapi_extra=_form_schema(context, sorted(services)),
    )
    async def report(request: Request) -> Response:
        """Report a case: a class, and where it is as `lat` and `long`, degrees (WGS 84)."""
        caller = gate.require(request, Scope.REPORT)
        given = await _form(request)
        feed = _feed_of(context, given.get("service_code", ""))
        number, value = _event(context, given, caller)
        await context.in_thread(_check, context, feed, places, value)
        await _published(context, feed, number, value)
        received = [Received(service_request_id=number, service_notice=_NOTICE)]
        return answer(request, received, HTTPStatus.CREATED)

    return router


def _form_schema(context: ApiContext, codes: list[str]) -> dict[str, Any]:
    """Say what a report holds: a class of the list, and a place within the city's bounds."""
    outlines = context.city.catalog.city.grid.areas.values()
    points = [point for outline in outlines for point in outline]
    bounds: list[dict[str, float]] = [{}, {}]
    if points:
        bounds = [
            {"minimum": min(values), "maximum": max(values)} for values in zip(*points, strict=True)
        ]
    schema = {
        "type": "object",
        "required": ["service_code", "lat", "long"],
        "properties": {
            "service_code": {"type": "string", "enum": codes},
            "lat": {"type": "number", **bounds[1]},
            "long": {"type": "number", **bounds[0]},
            "description": {"type": "string", "maxLength": _LONGEST["description"]},
        },
        "additionalProperties": {"type": "string", "maxLength": _LONGEST_OTHER},
        "maxProperties": _MOST_FIELDS,
    }
    return {"requestBody": {"required": True, "content": {FORM: {"schema": schema}}}}


def _feed_of(context: ApiContext, code: str) -> Feed:
    for feed in context.city.catalog.feeds_of("cases"):
        if code in feed.categories:
            return feed
    detail = f"service_code {code[:80]!r} is none; {PATH}/services.json lists those there are"
    raise Problem(HTTPStatus.NOT_FOUND, detail)


async def _form(request: Request) -> dict[str, str]:
    told = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if told != FORM:
        detail = f"send the report as {FORM}, got {told or 'no content type'}"
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, detail)
    body = await request.body()
    if len(body) > _LARGEST:
        detail = f"a report has at most {_LARGEST} bytes"
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail)
    try:
        given = dict(parse_qsl(body.decode(), max_num_fields=_MOST_FIELDS))
    except ValueError:
        detail = f"the report is no form in UTF-8 of at most {_MOST_FIELDS} fields"
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail) from None
    for name, text in given.items():
        longest = _LONGEST.get(name, _LONGEST_OTHER)
        if len(text) > longest:
            detail = f"{name[:80]}: expected at most {longest} characters, got {len(text)}"
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail)
    return given


def _event(context: ApiContext, given: dict[str, str], caller: Caller) -> tuple[str, bytes]:
    """Make the event of a report: as a public one it names nobody."""
    place: dict[str, float] = {}
    for name, field in (("lon", "long"), ("lat", "lat")):
        try:
            place[name] = float(given[field])
        except (KeyError, ValueError):
            detail = f"{field}: expected degrees, got {given.get(field, 'nothing')[:40]!r}"
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail) from None
    now = datetime.fromtimestamp(context.now_ms() / 1000, UTC)
    number = f"R{now:%Y%m%d}-{secrets.token_hex(5)}"
    event = {
        "case": number,
        "type": "reported",
        "ts": now.isoformat(timespec="milliseconds"),
        "category": given["service_code"],
        "role": "public",
        "source": "open311",
        **place,
    }
    return number, msgspec.json.encode(event)


def _check(context: ApiContext, feed: Feed, places: Callable[[], Gazetteer], value: bytes) -> None:
    """Raise `Problem` where ingest would set a report aside: 404 for a place that it lacks."""
    intake = Intake(feed, places(), MemorySeen(), partition=0, partitions=1)
    now_ms = context.now_ms()
    refused = intake.take(RawBatch([0], [now_ms], [value]), now_ms).rejected
    if refused:
        is_place = all(each.reason in _PLACES for each in refused)
        status = HTTPStatus.NOT_FOUND if is_place else HTTPStatus.UNPROCESSABLE_ENTITY
        why = "; ".join(each.detail or each.reason.value for each in refused)
        raise Problem(status, f"the report was not taken: {why}")


async def _published(context: ApiContext, feed: Feed, number: str, value: bytes) -> None:
    if context.publish is None:
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "this server takes no reports")
    try:
        await context.in_thread(context.publish, raw_topic(feed.name), number, value)
    except GridpulseError as error:
        raise away(error) from None
