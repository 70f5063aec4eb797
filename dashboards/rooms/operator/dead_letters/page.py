"""The page of dead letters: how many of each reason, the newest, and sending them again."""

from __future__ import annotations

from typing import Final

from dash import html
from dash.development.base_component import Component

from config.errors import GridpulseError
from dashboards.api.dead_letters import letters_of, readable
from dashboards.common.frame import office, office_live
from dashboards.common.messages import message, same
from dashboards.common.pages import Live, Page, PageContext
from dashboards.common.parts import Part, PartRequest, address_of, place_of
from dashboards.common.states import away
from dashboards.common.wording import both, number, say
from dashboards.panels.controls import CommandRequest, posts
from dashboards.panels.tables import Cell, table
from dashboards.rooms.operator.links import links
from models.messages.dead_letters import Rejected

PLACE: Final = "letter-rows"
RETRY: Final = "/api/v1/dead-letters/retry"
FIRST_BYTES: Final = 80


def layout(context: PageContext) -> Component:
    """Lay the page out."""
    place = html.Div(say("part.waiting"), id=PLACE)
    content = [
        links(PAGE.path),
        place_of(address_of(PAGE, "letters"), [place]),
        posts([CommandRequest(RETRY, {}, message("letters.retry-all"))]),
    ]
    return office(PAGE, context.city_index, content)


def letters(request: PartRequest) -> Live:
    """Show the newest dead letters, and a button for each reason."""
    readable(request.api, request.caller)
    try:
        page = letters_of(request.api).page()
    except GridpulseError as error:
        return {f"{PLACE}.children": away("letters.away", error)}
    told = say("letters.told", n=number(page.total), shown=number(len(page.newest)))
    buttons = [
        CommandRequest(RETRY, {"reason": reason}, message("letters.retry", reason=f"{reason} {n}"))
        for reason, n in sorted(page.reasons.items(), key=lambda pair: -pair[1])
    ]
    heads = ("letters.where", "letters.reason", "letters.why", "letters.data")
    rows = table(heads, [_row(each) for each in page.newest], "letters.none", "letters.title")
    again = [posts(buttons)] if buttons else []
    return {f"{PLACE}.children": html.Div([html.P(told), *again, rows])}


def _row(letter: Rejected) -> list[Cell]:
    where = f"{letter.topic}/{letter.partition} @ {letter.offset}"
    first = letter.data[:FIRST_BYTES].decode(errors="replace")
    told = (letter.reason.value, letter.detail, first)
    return [both(same(where), "code"), *(both(same(text)) for text in told)]


PAGE: Final = Page(
    path="/operator/dead-letters",
    title="operator.dead-letters",
    layout=layout,
    live=office_live,
    parts=(Part(name="letters", render=letters),),
    order=37,
)
