"""The start of the operators' pages: all warnings, by what somebody has to do about them."""

from __future__ import annotations

from typing import Final

from dash import html
from dash.development.base_component import Component

from dashboards.common.frame import office, office_live
from dashboards.common.messages import message
from dashboards.common.pages import Live, Page, PageContext
from dashboards.common.parts import Part, PartRequest, address_of, place_of
from dashboards.common.warning_book import OPEN
from dashboards.common.wording import say
from dashboards.panels import levels, warning_grid
from dashboards.panels.controls import Choice, Order, choices, commands, streets
from dashboards.rooms.operator.links import links
from models.messages.warnings import Level, LifeState

GRID: Final = "warning-grid"
FORM: Final = "warning-filter"
_KEPT: Final = frozenset({LifeState.SHELVED, LifeState.SUPPRESSED, LifeState.OUT_OF_SERVICE})
VIEWS: Final = {"open": OPEN, "kept": _KEPT, "over": frozenset({LifeState.NORMAL}), "all": None}
ORDERS: Final = (
    Order("acknowledge"),
    Order("assign", ("to",)),
    Order("comment"),
    Order("shelve", ("minutes",)),
    Order("escalate"),
)


def layout(context: PageContext) -> Component:
    """Lay the page out."""
    places = streets(context.city_index)
    given = [
        choices(
            "view",
            "filter.view",
            [Choice(v, message(f"list.{v}")) for v in VIEWS],
            "open",
            one=True,
        ),
        choices(
            "level",
            "filter.level",
            [Choice(levels.slug(each), levels.name(each)) for each in sorted(Level, reverse=True)],
        ),
        html.Details([html.Summary(say("filter.area")), choices("area", "filter.area", places)]),
    ]
    return office(
        PAGE,
        context.city_index,
        [
            links(PAGE.path),
            html.Div(given, id=FORM, className="filters"),
            place_of(address_of(PAGE, "warnings"), warning_grid.grid(GRID), FORM),
            commands(ORDERS, grid=GRID, can_open=True),
        ],
    )


def warnings(request: PartRequest) -> Live:
    """List the warnings of the chosen view, the worst first."""
    states = VIEWS.get(request.one("view") or "open", OPEN)
    wanted = warning_grid.wanted(request, states=states or frozenset())
    page = request.api.warnings.list(wanted, limit=warning_grid.MOST, order="worst")
    return warning_grid.filled(GRID, page, request)


PAGE: Final = Page(
    path="/operator",
    title="room.operator",
    layout=layout,
    live=office_live,
    parts=(Part(name="warnings", render=warnings),),
    order=30,
)
