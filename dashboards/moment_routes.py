"""Where browsers ask for the past: `/moment/<page>?at=` one moment, `/moment/times?day=` a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any, Final

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, Response

from config.errors import GridpulseError
from dashboards.api.context import ApiContext
from dashboards.common.moments import Moments
from dashboards.common.pages import Page, ShowPast
from dashboards.common.push import named_value, to_json

PATH: Final = "/moment/"
_HEADERS: Final = {"Cache-Control": "no-store"}


def add_moment_routes(api: FastAPI, pages: Sequence[Page], context: ApiContext | None) -> None:
    """Add the routes; a server without an archive has no past."""
    past = {page.name: page.past for page in pages if page.past is not None}
    moments = context.moments if context else None

    @api.get(PATH + "{name}", include_in_schema=False)
    async def moment(name: str, at: str = "", day: str = "") -> Response:
        if context is None or moments is None or name not in {"times", *past}:
            return PlainTextResponse("there is no such past\n", 404)
        try:
            if name == "times":
                told = await run_in_threadpool(times_of, moments, day, context.city.zone)
            else:
                at_ms = time_of(at, context.city.zone)
                told = await run_in_threadpool(_shown, past[name], context, moments, at_ms)
        except ValueError:
            return PlainTextResponse("expected a date or a time in ISO 8601\n", 422)
        except GridpulseError as error:
            return PlainTextResponse(f"{error}\n", 503)
        return Response(to_json(told), media_type="application/json", headers=_HEADERS)


def time_of(text: str, zone: tzinfo) -> int:
    """Read a time, epoch milliseconds; without an offset it is local time of the city.

    Raises
    ------
    ValueError
        It is no time in ISO 8601.

    Examples
    --------
    >>> time_of("1970-01-01T01:00", UTC), time_of("1970-01-01T01:00:00+01:00", UTC)
    (3600000, 0)
    """
    told = datetime.fromisoformat(text)
    whole = told if told.tzinfo else told.replace(tzinfo=zone)
    return int(whole.timestamp() * 1000)


def times_of(moments: Moments, text: str, zone: tzinfo) -> dict[str, Any]:
    """Give the times of a day that were kept, when it begins and ends, and the days there are.

    Raises
    ------
    ValueError
        It is no date in ISO 8601.
    """
    days = moments.days()
    day = date.fromisoformat(text) if text else (days[-1] if days else datetime.now(zone).date())
    return {
        "day": day.isoformat(),
        "begins_ms": _midnight(day, zone),
        "ends_ms": _midnight(day + timedelta(days=1), zone),
        "times": moments.times(day),
        "days": [each.isoformat() for each in days],
    }


def _midnight(day: date, zone: tzinfo) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() * 1000)


def _shown(show: ShowPast, context: ApiContext, moments: Moments, at_ms: int) -> dict[str, Any]:
    """Give a moment as the page shows it; one that is not known is said to be so."""
    snapshot = moments.at(at_ms)
    local = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(context.city.zone)
    told = {"asked_ms": at_ms, "day": local.date().isoformat(), "clock_ms": None, "set": {}}
    if snapshot is None or context.city.raster_for(snapshot) is None:
        return told
    live = show(snapshot, context.city, moments)
    shown = dict(named_value(name, value) for name, value in live.items())
    return told | {"clock_ms": snapshot.clock_ms, "set": shown}
