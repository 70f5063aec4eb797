"""Pages of matters: every figure opens what it is made of."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dashboards.common.city_index import CityIndex
from dashboards.common.frame import office, office_live
from dashboards.common.pages import Live, Page, PageContext
from dashboards.common.wording import say
from dashboards.panels.matter_section import matter_sections
from dashboards.rooms.operator.links import links
from models.situation.snapshot import Snapshot


def matter_page(name: str, kinds: Sequence[str], *, title: str, nothing: str, order: int) -> Page:
    """Make the page of the matters of some kinds.

    Parameters
    ----------
    name : str
        Last part of its path.
    kinds : sequence of str
        Names of kinds of feeds.
    title, nothing : str
        Keys of messages: its title, and what is said where there are no such matters.
    order : int
        Among the pages.
    """
    place = f"{name}-matters"

    def layout(context: PageContext) -> Component:
        waiting = html.Div(say("part.waiting"), id=place)
        return office(page, context.city_index, [links(page.path), waiting])

    def live(snapshot: Snapshot, city_index: CityIndex) -> Live:
        shown = matter_sections(snapshot, city_index, kinds, nothing)
        return {**office_live(snapshot, city_index), f"{place}.children": shown}

    page = Page(
        path=f"/operator/{name}",
        title=title,
        layout=layout,
        live=live,
        order=order,
    )
    return page
