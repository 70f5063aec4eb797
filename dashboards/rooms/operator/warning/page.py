"""The page of one warning, `?id=`: a lasting address for it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from dashboards.api.advice import advice_for
from dashboards.api.deliveries import shown_to
from dashboards.api.http.problems import Problem
from dashboards.api.warnings import bounds_of, known, masked
from dashboards.common.city_index import CityIndex
from dashboards.common.frame import office, office_live
from dashboards.common.messages import same
from dashboards.common.pages import Live, Page, PageContext
from dashboards.common.parts import Part, PartRequest, address_of, place_of
from dashboards.common.wording import UNKNOWN, both, clock, number, say
from dashboards.panels import levels
from dashboards.panels.advice import advice_section
from dashboards.panels.audit_table import who
from dashboards.panels.controls import Order, commands
from dashboards.panels.receipts import receipt_table
from dashboards.panels.tables import Cell, table
from dashboards.panels.warnings import holder
from dashboards.rooms.operator.links import links
from models.messages.audit import AuditEntry
from models.messages.warnings import CityWarning
from models.warnings.life.words import CHANGES, STATES

PLACE: Final = "one-warning"
ORDERS: Final = (
    Order("acknowledge"),
    Order("assign", ("to",)),
    Order("accept"),
    Order("reject"),
    Order("comment"),
    Order("shelve", ("minutes",)),
    Order("unshelve"),
    Order("escalate"),
    Order("close", ("cause",)),
    Order("reopen"),
)


def layout(context: PageContext) -> Component:
    """Lay the page out."""
    place = html.Div(say("part.waiting"), id=PLACE)
    content = [
        links(""),
        place_of(address_of(PAGE, "life"), [place]),
        commands(ORDERS),
    ]
    return office(PAGE, context.city_index, content)


def life(request: PartRequest) -> Live:
    """Show all that is known of the warning of the address."""
    api, city, now_ms = request.api, request.api.city, request.api.now_ms()
    wanted = request.one("id")
    if not wanted:
        return {f"{PLACE}.children": html.P(say("life.unnamed"), className="empty-state")}
    try:
        warning = known(api, request.caller, wanted)
    except Problem as problem:
        if problem.status is not HTTPStatus.NOT_FOUND:
            raise
        nothing = say("life.unknown", id=same(wanted))
        return {f"{PLACE}.children": html.P(nothing, className="empty-state")}
    history, _ = api.warnings.history(warning.id)
    entries = [masked(entry, request.caller) for entry in history]
    receipts = [
        shown_to(entered.value, request.caller)
        for entered in api.warnings.deliveries().entries.values()
        if entered.value.warning == warning.id
    ]
    near = api.warnings.known(bounds_of(api, request.caller))
    advice = advice_for(api, request.caller, warning, near)
    linked = [near[each] for each in advice.linked]
    shown = [
        *head(warning, city, now_ms),
        *advice_section(advice, linked, city, now_ms),
        table(
            ("life.at", "life.change", "column.state", "life.by", "life.words"),
            [_step(each, city, now_ms) for each in reversed(entries)],
            "life.history.none",
            "life.history",
        ),
        receipt_table(receipts, city, now_ms),
    ]
    return {f"{PLACE}.children": shown}


def head(warning: CityWarning, city: CityIndex, now_ms: int) -> list[Component]:
    """Say what it is, where, since when, who has it, what to do; and the revision that is seen."""
    seen: dict[str, Any] = {"data-warning": warning.id, "data-revision": str(warning.revision)}
    title = [
        levels.mark(warning.level),
        both(levels.name(warning.level)),
        both(city.area(warning.area, now_ms)),
        both(city.rule(warning.rule)),
    ]
    facts = (
        ("column.state", both(STATES[warning.state])),
        ("column.since", html.Span(clock(warning.raised_ms, city.zone, now_ms))),
        ("life.cleared", html.Span(clock(warning.cleared_ms, city.zone, now_ms))),
        ("column.who", both(holder(warning, city, now_ms))),
        ("column.owner", both(warning.owner or same(UNKNOWN))),
        ("life.cells", html.Span(number(len(warning.cells)))),
        ("life.id", html.Code(warning.id)),
    )
    return [
        html.H2(title, className=f"life-title level-{levels.slug(warning.level)}", **seen),
        html.P(both(warning.explanation), className="life-why"),
        html.P([say("life.todo"), both(warning.suggestion)], className="life-todo"),
        html.Dl([each for key, value in facts for each in (html.Dt(say(key)), html.Dd(value))]),
    ]


def _step(entry: AuditEntry, city: CityIndex, now_ms: int) -> list[Cell]:
    return [
        clock(entry.at_ms, city.zone, now_ms),
        both(CHANGES[entry.change]),
        both(STATES[entry.state]),
        who(entry.role, entry.actor),
        both(same(entry.text)),
    ]


PAGE: Final = Page(
    path="/operator/warning",
    title="operator.warning",
    layout=layout,
    live=office_live,
    parts=(Part(name="life", render=life),),
    order=31,
)
