"""The page of one number, `?of=`: what it means, what it is made of, and the cases behind it.

With `&at=` it is the number as it was then, from the moments of the archive.
"""

from __future__ import annotations

from typing import Final

from dash import html
from dash.development.base_component import Component

from config.errors import GridpulseError
from dashboards.api.newest import newest
from dashboards.common.asked_history import local_ms
from dashboards.common.frame import office, office_live
from dashboards.common.pages import Live, Page, PageContext
from dashboards.common.parts import Part, PartRequest, address_of, place_of
from dashboards.common.states import away, empty
from dashboards.common.wording import say
from dashboards.panels.figure_facts import counted_of, figure_facts
from models.situation.snapshot import Snapshot

PLACE: Final = "figure-facts"
EVERY_S: Final = 30  # thousands of timelines may be read for it, of an archive a minute behind


def layout(context: PageContext) -> Component:
    """Lay the page out."""
    waiting = [html.Div(say("part.waiting"), id=PLACE)]
    part = place_of(address_of(PAGE, "facts"), waiting, every_s=EVERY_S)
    return office(PAGE, context.city_index, [part])


def facts(request: PartRequest) -> Live:
    """Show the number that the address asks for; why there is none is said in words."""
    return {f"{PLACE}.children": _facts(request)}


def _facts(request: PartRequest) -> list[Component]:
    asked = request.one("at")
    try:
        snapshot = _then(request, asked) if asked else newest(request.api)[0]
    except GridpulseError as error:
        return [away("figure.away", error)]
    if snapshot is None:
        return [empty("figure.not-kept" if asked else "figure.no-snapshot")]
    counted = counted_of(request.one("of"), request.one("event"), snapshot)
    if counted is None:
        return [empty("figure.unknown")]
    return figure_facts(counted, snapshot, request, is_past=bool(asked))


def _then(request: PartRequest, asked: str) -> Snapshot | None:
    """Give what was known at a local time; None where that was not kept."""
    at_ms, moments = local_ms(asked, request.api.city.zone), request.api.moments
    return None if at_ms is None or moments is None else moments.at(at_ms)


PAGE: Final = Page(
    path="/figure",
    title="room.figure",
    layout=layout,
    live=office_live,
    parts=(Part(name="facts", render=facts),),
    order=45,
)
