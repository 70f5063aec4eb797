"""The page of feeds and their health."""

from __future__ import annotations

from typing import Final

from dash import html
from dash.development.base_component import Component

from dashboards.common.city_index import CityIndex
from dashboards.common.frame import office, office_live
from dashboards.common.pages import Live, Page, PageContext
from dashboards.common.wording import say
from dashboards.panels.health import health_rows
from dashboards.rooms.operator.links import links
from models.situation.snapshot import Snapshot

ROWS: Final = "feed-rows"
_HEADS: Final = (
    "health.title",
    "health.state",
    "health.last",
    "health.rate",
    "health.lag",
    "health.rejected",
    "health.late",
    "health.spoke",
)


def layout(context: PageContext) -> Component:
    """Lay the page out."""
    waiting = html.Tr(html.Td(say("part.waiting"), colSpan=len(_HEADS), className="nothing"))
    table = html.Table(
        [
            html.Thead(html.Tr([html.Th(say(head), scope="col") for head in _HEADS])),
            html.Tbody([waiting], id=ROWS),
        ],
        className="live",
    )
    content = [links(PAGE.path), html.Div(table, className="scroll"), html.P(say("feeds.how"))]
    return office(PAGE, context.city_index, content)


def live(snapshot: Snapshot, city_index: CityIndex) -> Live:
    """Give what a snapshot says of the feeds."""
    return {**office_live(snapshot, city_index), f"{ROWS}.children": health_rows(snapshot)}


PAGE: Final = Page(
    path="/operator/feeds", title="operator.feeds", layout=layout, live=live, order=32
)
