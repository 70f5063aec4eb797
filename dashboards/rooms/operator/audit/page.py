"""The page of the audit."""

from __future__ import annotations

from typing import Final

from dash import html
from dash.development.base_component import Component

from dashboards.common.frame import office, office_live
from dashboards.common.pages import Live, Page, PageContext
from dashboards.common.parts import Part, PartRequest, address_of, place_of
from dashboards.common.wording import say
from dashboards.panels.audit_table import audit_table
from dashboards.rooms.operator.links import links

PLACE: Final = "audit-rows"
MOST: Final = 200


def layout(context: PageContext) -> Component:
    """Lay the page out."""
    place = html.Div(say("part.waiting"), id=PLACE)
    content = [links(PAGE.path), place_of(address_of(PAGE, "entries"), [place])]
    return office(PAGE, context.city_index, content)


def entries(request: PartRequest) -> Live:
    """Show the newest changes."""
    return {f"{PLACE}.children": audit_table(request, MOST)}


PAGE: Final = Page(
    path="/operator/audit",
    title="operator.audit",
    layout=layout,
    live=office_live,
    parts=(Part(name="entries", render=entries),),
    order=34,
)
