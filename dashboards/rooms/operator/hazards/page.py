"""The page of registers, stocks and patrols: every figure opens what it is made of."""

from __future__ import annotations

from typing import Final

from dash import html
from dash.development.base_component import Component

from dashboards.common.city_index import CityIndex
from dashboards.common.frame import office, office_live
from dashboards.common.pages import Live, Page, PageContext
from dashboards.common.wording import say
from dashboards.panels.matter_section import matter_sections
from dashboards.rooms.operator.links import links
from models.situation.snapshot import Snapshot

PLACE: Final = "hazards-matters"
KINDS: Final = ("registry", "stock", "patrol")


def layout(context: PageContext) -> Component:
    """Lay the page out."""
    place = html.Div(say("part.waiting"), id=PLACE)
    return office(PAGE, context.city_index, [links(PAGE.path), place])


def live(snapshot: Snapshot, city_index: CityIndex) -> Live:
    """Give the matters of a snapshot."""
    shown = matter_sections(snapshot, city_index, KINDS, "hazards.none")
    return {**office_live(snapshot, city_index), f"{PLACE}.children": shown}


PAGE: Final = Page(
    path="/operator/hazards",
    title="operator.hazards",
    layout=layout,
    live=live,
    order=39,
)
