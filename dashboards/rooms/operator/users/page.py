"""The page of users, for admins: accounts and bounds, logins and lock-outs. It changes nothing."""

from __future__ import annotations

from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from dashboards.access.users import User
from dashboards.api.access import require_admin
from dashboards.api.http.problems import Problem
from dashboards.common.frame import office, office_live
from dashboards.common.messages import same
from dashboards.common.pages import Live, Page, PageContext
from dashboards.common.parts import Part, PartRequest, address_of, place_of
from dashboards.common.wording import both, clock, number, say
from dashboards.panels.tables import Cell, table
from dashboards.rooms.operator.links import links
from models.messages.access import AccessEntry
from models.messages.commands import Role
from models.warnings.life.words import ROLES

PLACE: Final = "user-rows"
MOST: Final = 200
_ACCOUNTS: Final = ("life.by", "users.role", "users.areas", "users.departments", "users.until")
_ENTRIES: Final = ("life.at", "users.event", "life.by", "users.address", "life.words")


def layout(context: PageContext) -> Component:
    """Lay the page out."""
    place = html.Div(say("part.waiting"), id=PLACE)
    content = [links(PAGE.path), place_of(address_of(PAGE, "accounts"), [place])]
    return office(PAGE, context.city_index, content)


def accounts(request: PartRequest) -> Live:
    """Show accounts and the newest entries at the door; to others, that they may not see them."""
    return {f"{PLACE}.children": _shown(request)}


def _shown(request: PartRequest) -> list[Any]:
    try:
        require_admin(request.caller)
        users = request.api.gate.users().users.values()
    except Problem:
        return [html.P(say("users.open" if request.caller.is_open else "users.closed"))]
    view, now_ms, zone = request.api.warnings.access(), request.api.now_ms(), request.api.city.zone
    ordered = sorted((each.value for each in view.entries.values()), key=lambda each: -each.at_ms)
    named = sorted(users, key=lambda each: each.name)
    return [
        table(_ACCOUNTS, [_account(each, request) for each in named], "users.none", "users.list"),
        html.P(say(f"book.{view.state.value}")),
        table(
            _ENTRIES,
            [_entry(each, clock(each.at_ms, zone, now_ms)) for each in ordered[:MOST]],
            "users.door.none",
            "users.door",
        ),
    ]


def _account(user: User, request: PartRequest) -> list[Cell]:
    city, now_ms = request.api.city, request.api.now_ms()
    areas = [both(city.area(area, now_ms)) for area in user.areas]
    is_over = not user.is_active(now_ms)
    until = clock(user.until_ms, city.zone, now_ms) if user.until_ms else ""
    return [
        user.name,
        _role(user.role),
        html.Span([part for each in areas for part in (each, " ")] or [say("users.all")]),
        both(same("、".join(user.departments))) if user.departments else say("users.all"),
        say("users.over", at=until) if is_over else until,
    ]


def _entry(entry: AccessEntry, at: str) -> list[Cell]:
    who: list[Any] = [entry.user, " ", _role(entry.role) if entry.role else ""]
    times: list[Any] = [" ", say("users.times", n=number(entry.times))] if entry.times > 1 else []
    return [
        at,
        html.Span([say(f"access.{entry.event.value}"), *times]),
        html.Span(who),
        entry.address,
        both(same(entry.text)),
    ]


def _role(role: Role) -> Cell:
    return both(ROLES[role])


PAGE: Final = Page(
    path="/operator/users",
    title="operator.users",
    layout=layout,
    live=office_live,
    parts=(Part(name="accounts", render=accounts),),
    order=37,
)
