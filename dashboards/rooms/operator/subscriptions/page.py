"""The page of subscriptions: who is told of which warnings, and a form that asks for more."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from dash import html
from dash.development.base_component import Component

from config.catalog import Text
from dashboards.api.http.problems import Problem
from dashboards.api.subscriptions import SubscriptionsInBounds
from dashboards.common.city_index import CityIndex
from dashboards.common.frame import office, office_live
from dashboards.common.messages import message, same, title_of
from dashboards.common.pages import Live, Page, PageContext
from dashboards.common.parts import Part, PartRequest, address_of, place_of
from dashboards.common.wording import both, listed, local, say
from dashboards.panels import levels
from dashboards.panels.controls import Choice, CommandRequest, posts, streets
from dashboards.panels.subscription_form import subscription_form
from dashboards.panels.tables import Cell, table
from dashboards.rooms.operator.links import links
from models.messages.subscriptions import Subscription

PLACE: Final = "subscription-rows"
_HEADS: Final = (
    "subscribe.id",
    "subscribe.owner",
    "subscribe.channel",
    "column.place",
    "column.rule",
    "subscribe.minimum",
    "subscribe.until",
    "subscribe.end",
)


def layout(context: PageContext) -> Component:
    """Lay the page out."""
    city = context.city_index
    rules = [Choice(name, rule.title) for name, rule in sorted(city.catalog.rules.items())]
    place = html.Div(say("part.waiting"), id=PLACE)
    content = [
        links(PAGE.path),
        place_of(address_of(PAGE, "list"), [place]),
        subscription_form(streets(city), rules),
    ]
    return office(PAGE, city, content)


def subscriptions(request: PartRequest) -> Live:
    """List what runs and the caller may see."""
    desk = SubscriptionsInBounds(request.api)
    try:
        found = desk.visible(desk.reader(request.caller))
    except Problem as problem:
        is_closed = problem.status is HTTPStatus.FORBIDDEN
        told = say("subscribe.closed") if is_closed else both(same(str(problem)), "abnormal")
        return {f"{PLACE}.children": html.P(told)}
    rows = [_row(each, request.api.city, request.api.now_ms()) for each in found]
    return {f"{PLACE}.children": table(_HEADS, rows, "subscribe.none", "operator.subscriptions")}


def _row(one: Subscription, city: CityIndex, now_ms: int) -> list[Cell]:
    last = local(one.until_ms - 1, city.zone)  # the last day
    return [
        html.Code(one.id),
        both(same(one.owner)),
        html.Span([both(title_of("subscribe", one.channel)), " ", both(same(one.address))]),
        _named([city.area(each, now_ms) for each in one.areas]),
        _named([city.rule(each) for each in one.rules]),
        both(levels.name(one.minimum)),
        f"{last:%Y-%m-%d}",
        posts([_end(one)]),
    ]


def _named(names: list[Text]) -> Component:
    return both(listed(names)) if names else say("subscribe.all")


def _end(one: Subscription) -> CommandRequest:
    address = f"/api/v1/subscriptions/{one.id}"
    return CommandRequest(address, {}, message("subscribe.do-end"), "DELETE")


PAGE: Final = Page(
    path="/operator/subscriptions",
    title="operator.subscriptions",
    layout=layout,
    live=office_live,
    parts=(Part(name="list", render=subscriptions),),
    order=32,
)
