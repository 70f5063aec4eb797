"""The page of deliveries and their receipts."""

from __future__ import annotations

from collections import Counter
from typing import Final

from dash import html
from dash.development.base_component import Component

from dashboards.common.frame import office, office_live
from dashboards.common.pages import Live, Page, PageContext
from dashboards.common.parts import Part, PartRequest, address_of, place_of
from dashboards.common.wording import number, say
from dashboards.panels.receipts import OUTCOMES, outcome, receipt_table, visible_receipts
from dashboards.rooms.operator.links import links

PLACE: Final = "delivery-rows"
MOST: Final = 200


def layout(context: PageContext) -> Component:
    """Lay the page out."""
    place = html.Div(say("part.waiting"), id=PLACE)
    content = [links(PAGE.path), place_of(address_of(PAGE, "receipts"), [place])]
    return office(PAGE, context.city_index, content)


def receipts(request: PartRequest) -> Live:
    """Show the newest receipts, those that failed first."""
    found, state = visible_receipts(request)
    counted = Counter(map(outcome, found))
    ordered = sorted(found, key=lambda each: (each.delivered, -each.answered_ms))[:MOST]
    told = [say(f"deliveries.{name}", n=number(counted[name])) for name in OUTCOMES]
    shown = [
        html.P([say(f"book.{state}"), *(part for each in told for part in (" ", each))]),
        receipt_table(ordered, request.api.city, request.api.now_ms()),
    ]
    return {f"{PLACE}.children": shown}


PAGE: Final = Page(
    path="/operator/deliveries",
    title="operator.deliveries",
    layout=layout,
    live=office_live,
    parts=(Part(name="receipts", render=receipts),),
    order=33,
)
