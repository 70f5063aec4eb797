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
from dashboards.panels.close_out import close_out_sections
from dashboards.panels.controls import Order, commands
from dashboards.panels.event_log import event_log
from dashboards.panels.event_now import event_section, operating
from dashboards.panels.handover import handover_form, handover_list
from models.situation.snapshot import Snapshot

EVENTS: Final = "command-events"
GRID: Final = "command-grid"
LOG: Final = "command-log"
HANDOVERS: Final = "command-handovers"
CLOSE_OUT: Final = "command-close-out"
LOGGED: Final = 30
CLOSE_OUT_S: Final = 60  # all cases of the archive are counted for it
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
        html.H2(say("handover.title"), id="handover"),
        handover_form(context.city_index),
        place_of(address_of(PAGE, "handovers"), [html.Div(say("part.waiting"), id=HANDOVERS)]),
        html.H2(say("command.log")),
        place_of(address_of(PAGE, "log"), [html.Div(say("part.waiting"), id=LOG)]),
        html.H2(say("close-out.title"), id="close-out"),
        place_of(
            address_of(PAGE, "close-out"),
            [html.Div(say("part.waiting"), id=CLOSE_OUT)],
            every_s=CLOSE_OUT_S,
        ),
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
    """Show what was done last for the events under way, by whom as what."""
    return {f"{LOG}.children": event_log(request, LOGGED)}


def handovers(request: PartRequest) -> Live:
    """List the notes between shifts."""
    return {f"{HANDOVERS}.children": handover_list(request)}


def close_out(request: PartRequest) -> Live:
    """Show what the city's events came to."""
    return {f"{CLOSE_OUT}.children": close_out_sections(request.api, request.language)}


PAGE: Final = Page(
    path="/command",
    title="room.command",
    layout=layout,
    live=live,
    parts=(
        Part(name="warnings", render=warnings),
        Part(name="handovers", render=handovers),
        Part(name="log", render=log),
        Part(name="close-out", render=close_out),
    ),
    order=20,
)
