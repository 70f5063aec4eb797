"""The page of the emergency command: all inside a major event, tracked to its closure."""

from __future__ import annotations

from typing import Final

from dash import html
from dash.development.base_component import Component

from dashboards.common.city_index import CityIndex
from dashboards.common.frame import office, office_live
from dashboards.common.pages import Live, Page, PageContext
from dashboards.common.parts import Part, PartRequest, address_of, place_of
from dashboards.common.states import empty
from dashboards.common.warning_book import OPEN
from dashboards.common.wording import say
from dashboards.panels import warning_grid
from dashboards.panels.audit_table import audit_table
from dashboards.panels.controls import Order, commands
from dashboards.panels.event_now import event_section, operating
from models.situation.snapshot import Snapshot

EVENTS: Final = "command-events"
GRID: Final = "command-grid"
LOG: Final = "command-log"
LOGGED: Final = 30
ORDERS: Final = (
    Order("acknowledge"),
    Order("assign", ("to",)),
    Order("accept"),
    Order("reject"),
    Order("comment"),
    Order("escalate"),
    Order("close", ("cause",)),
)


def layout(context: PageContext) -> Component:
    """Lay the page out."""
    content = [
        html.Div(say("part.waiting"), id=EVENTS),
        html.H2(say("command.warnings")),
        place_of(address_of(PAGE, "warnings"), warning_grid.grid(GRID)),
        commands(ORDERS, grid=GRID, can_open=True),
        html.H2(say("command.log")),
        place_of(address_of(PAGE, "log"), [html.Div(say("part.waiting"), id=LOG)]),
    ]
    return office(PAGE, context.city_index, content)


def live(snapshot: Snapshot, city_index: CityIndex) -> Live:
    """Give the events of a snapshot."""
    sections = [event_section(event, snapshot, city_index) for event in snapshot.events]
    shown = [operating(snapshot, city_index), *(sections or [empty("command.empty")])]
    return {**office_live(snapshot, city_index), f"{EVENTS}.children": shown}


def warnings(request: PartRequest) -> Live:
    """List what is open in the city, the worst first."""
    page = request.api.warnings.list(
        warning_grid.wanted(request, states=OPEN),
        limit=warning_grid.MOST,
        order="worst",
    )
    return warning_grid.filled(GRID, page, request)


def log(request: PartRequest) -> Live:
    """Show what was done last, by whom as what."""
    return {f"{LOG}.children": audit_table(request, LOGGED)}


PAGE: Final = Page(
    path="/command",
    title="room.command",
    layout=layout,
    live=live,
    parts=(Part(name="warnings", render=warnings), Part(name="log", render=log)),
    order=20,
)
