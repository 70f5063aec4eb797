"""The question for a history as it stands in an address, and the address of a question."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo
from typing import Final
from urllib.parse import urlencode

from config.catalog import Feed, Text
from dashboards.api.newest import clock_of
from dashboards.common.city_index import CityIndex
from dashboards.common.parts import PartRequest
from dashboards.common.places import grid_now, stations
from dashboards.common.shown_history import MOST_PLACES, HistoryQuestion, HistoryShown
from dashboards.common.wording import local
from models.grid.codes import DIGITS, AreaKind, is_digits, kind_of
from models.history.span import OWN, RANGES, last_span, own_span
from models.messages.bounds import LATEST_MS

PAGE: Final = "/bureau"
USUAL_RANGE: Final = "24h"
LATER: Final = "later"  # names the times that are the second of two, where the clock is set back
_FIRST: Final = ("coarse", "pm10")  # what a site adds to the air, and all of it


def asked_history(request: PartRequest, feed: Feed) -> HistoryQuestion:
    """Read the question of a page's address; what is left out is the usual.

    Raises
    ------
    UnusableSpan
        The time cannot be asked for.
    """
    api, zone = request.api, request.api.city.zone
    now_ms = clock_of(api)
    named = request.one("range") or USUAL_RANGE
    if named in RANGES:
        span = last_span(named, now_ms)
    else:
        later = request.many(LATER)
        since, until = (
            local_ms(request.one(name), zone, is_later=name in later) for name in ("since", "until")
        )
        span = own_span(since, until, now_ms)
    typed = [each for code in request.many("code") for each in code.replace(",", " ").split()]
    wanted = [*request.many("place"), *request.many("street"), *typed]
    return HistoryQuestion(
        metric=usual_metric(feed, request.one("metric")),
        places=known_places(wanted)
        or (first_place(stations(grid_now(api.snapshots, api.city), feed), api.city),),
        span=span,
    )


def usual_metric(feed: Feed, wanted: str = "") -> str:
    """Give a metric of a feed that is there: the one that was asked for, else coarse dust."""
    known = (each for each in (wanted, *_FIRST, *feed.metrics) if each in feed.metrics)
    return next(known)


def known_places(wanted: Iterable[str]) -> tuple[str, ...]:
    """Give the codes that can be of a place, each once, the first few.

    Examples
    --------
    >>> known_places(["110101001", "nowhere", "110101001", "110101"])
    ('110101001', '110101')
    """
    codes = [each for each in wanted if any(is_digits(each, n) for n in DIGITS.values())]
    return tuple(dict.fromkeys(codes))[:MOST_PLACES]


def first_place(known: Mapping[str, Text], city: CityIndex) -> str:
    """Give the place that is shown where none was chosen: the first station, else the district."""
    return next(iter(known), city.catalog.city.code)


def local_ms(text: str, zone: tzinfo, *, is_later: bool = False) -> int | None:
    """Read a time; without an offset it is local time of the city. None: it is none.

    Parameters
    ----------
    is_later : bool
        Of two times with the same reading, where the clock is set back, the second one is meant.

    Examples
    --------
    >>> from datetime import UTC
    >>> local_ms("1970-01-01T01:00", UTC), local_ms("yesterday", UTC), local_ms("", UTC)
    (3600000, None, None)
    """
    try:
        told = datetime.fromisoformat(text)
        whole = told if told.tzinfo else told.replace(tzinfo=zone, fold=int(is_later))
        at_ms = int(whole.timestamp() * 1000)
    except (ValueError, OverflowError):
        return None
    return at_ms if 0 <= at_ms <= LATEST_MS else None


def address_of_history(shown: HistoryShown) -> str:
    """Give the address at which the page shows the same again, with its time fixed."""
    question = shown.question
    # Without an offset, which the fields of the page do not take.
    times = [local(each, shown.city.zone) for each in question.span]
    since, until = (f"{each:%Y-%m-%dT%H:%M}" for each in times)
    given = [("metric", question.metric), ("range", OWN), ("since", since), ("until", until)]
    given += [
        (LATER, name) for name, each in zip(("since", "until"), times, strict=True) if each.fold
    ]
    named = [("place", each) for each in question.places if each in shown.stations]
    named = named or [("place", "")]  # else the page would choose one
    named += [("street", each) for each in question.places if kind_of(each) is AreaKind.STREET]
    taken = {code for _, code in named}
    rest = [each for each in question.places if each not in taken]
    typed = [("code", ",".join(rest))] if rest else []
    return f"{PAGE}?{urlencode([*given, *named, *typed])}"


def export_address(question: HistoryQuestion, zone: tzinfo, **more: str) -> str:
    """Give the address at which the API gives a question as a file."""
    since, until = (local(each, zone).isoformat() for each in question.span)
    given = [("metric", question.metric), ("since", since), ("until", until)]
    places = [("place", each) for each in question.places]
    return f"/api/v1/history?{urlencode([*given, *places, *more.items()])}"


def file_name(question: HistoryQuestion, zone: tzinfo) -> str:
    """Give the name of a file without its ending: what, where, from when until when."""
    since, until = (f"{local(each, zone):%Y%m%dT%H}" for each in question.span)
    return "-".join(["dust", question.metric, *question.places, since, until])
