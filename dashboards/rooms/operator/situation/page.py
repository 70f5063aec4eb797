"""The page of the situation index: each area against its own past, and what moves it."""

from __future__ import annotations

from datetime import date
from typing import Final

from dash import html
from dash.development.base_component import Component

from dashboards.api.http.problems import Problem
from dashboards.api.overview import situation_seen, usable_day
from dashboards.common.frame import office, office_live
from dashboards.common.messages import message
from dashboards.common.overview import LEVELS
from dashboards.common.pages import Live, Page, PageContext
from dashboards.common.parts import Part, PartRequest, address_of, place_of
from dashboards.common.wording import say
from dashboards.panels.area_situation import situation_table
from dashboards.panels.controls import Choice, choices, search
from dashboards.rooms.operator.links import links

FORM: Final = "situation-filter"
LIST: Final = "situation-areas"
_WORDS: Final = ("situation.district", "situation.street", "situation.community")


def layout(context: PageContext) -> Component:
    """Lay the page out."""
    levels = [Choice(*each) for each in zip(LEVELS, map(message, _WORDS), strict=True)]
    given = [
        choices("level", "situation.level", levels, "street", one=True),
        search("day", "situation.day"),
    ]
    content = [
        links(PAGE.path),
        html.P(say("situation.scale")),
        html.Div(given, id=FORM, className="filters"),
        place_of(address_of(PAGE, "areas"), [html.Div(say("part.waiting"), id=LIST)], FORM, 60),
    ]
    return office(PAGE, context.city_index, content)


def areas(request: PartRequest) -> Live:
    """Show the areas of a level on a day, or why they are not known."""
    wanted, level = request.one("day"), request.one("level")
    try:
        day = usable_day(request.api, date.fromisoformat(wanted) if wanted else None)
    except ValueError:
        return _said(say("situation.no-day", day=wanted))
    except Problem:
        return _said(say("situation.not-over", day=wanted))
    try:
        level = level if level in LEVELS else "street"
        found = situation_seen(request.api, request.caller, level, day)
    except Problem:
        return _said(say("situation.unknown", day=day.isoformat()))
    return {f"{LIST}.children": situation_table(found, request.api.city, day)}


def _said(words: Component) -> Live:
    return {f"{LIST}.children": html.P(words, className="empty-state")}


PAGE: Final = Page(
    path="/operator/situation",
    title="operator.situation",
    layout=layout,
    live=office_live,
    parts=(Part(name="areas", render=areas),),
    order=33,
)
