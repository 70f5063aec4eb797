"""The page of dossiers (协同作战): places whose open cases several departments share."""

from __future__ import annotations

from typing import Final

from dash import html
from dash.development.base_component import Component

from dashboards.api.http.problems import Problem
from dashboards.api.overview import shared_places
from dashboards.common.frame import office, office_live
from dashboards.common.overview import WITHIN_DAYS
from dashboards.common.pages import Live, Page, PageContext
from dashboards.common.parts import Part, PartRequest, address_of, place_of
from dashboards.common.wording import number, say
from dashboards.panels.dossiers import dossier_list
from dashboards.rooms.operator.links import links

LIST: Final = "dossier-list"


def layout(context: PageContext) -> Component:
    """Lay the page out."""
    content = [
        links(PAGE.path),
        html.P(say("dossiers.what", days=number(WITHIN_DAYS))),
        place_of(address_of(PAGE, "list"), [html.Div(say("part.waiting"), id=LIST)], every_s=60),
    ]
    return office(PAGE, context.city_index, content)


def shared(request: PartRequest) -> Live:
    """Show the dossiers that the caller may see, or that they are not known."""
    try:
        found = shared_places(request.api, request.caller, WITHIN_DAYS)
    except Problem:
        nothing = html.P(say("dossiers.unknown"), className="empty-state")
        return {f"{LIST}.children": nothing}
    shown = dossier_list(found, request.api.city, request.api.now_ms())
    return {f"{LIST}.children": shown}


PAGE: Final = Page(
    path="/operator/dossiers",
    title="operator.dossiers",
    layout=layout,
    live=office_live,
    parts=(Part(name="list", render=shared),),
    order=37,
)
