"""The hand-over between shifts: a form for who goes, and a list in which who comes signs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from dash import html
from dash.development.base_component import Component

from dashboards.access.callers import Scope
from dashboards.api.handovers import seen_note
from dashboards.common.city_index import CityIndex
from dashboards.common.messages import message, same
from dashboards.common.parts import PartRequest
from dashboards.common.states import empty
from dashboards.common.wording import both, clock, say
from dashboards.panels.audit_table import who
from dashboards.panels.controls import CommandRequest, posts
from dashboards.panels.tables import Cell
from models.messages.handovers import HandoverNote

SHOWN: Final = 20
NOTE: Final = "handover-note"
_ADDRESS: Final = "/api/v1/handovers"


def handover_form(city: CityIndex) -> Component:
    """Make the form of who hands over: a button for each event of the city."""
    events = city.catalog.events.items()
    buttons = [
        CommandRequest(_ADDRESS, {"event": name}, message("handover.write", event=event.title))
        for name, event in events
    ]
    if not buttons:
        return empty("handover.no-event")
    return posts(buttons, words=NOTE, label="handover.words")


def handover_list(request: PartRequest) -> list[Component]:
    """List the notes, those that nobody has signed first."""
    view = request.api.warnings.handovers()
    notes = sorted((each.value for each in view.entries.values()), key=_order)[:SHOWN]
    told: Sequence[Cell] = [say(f"book.{view.state.value}"), " ", say("handover.list")]
    shown = [_note(seen_note(note, request.caller), request) for note in notes]
    return [
        html.P(told, className=f"told book-{view.state.value}"),
        *(shown or [empty("handover.none")]),
    ]


def _order(note: HandoverNote) -> tuple[bool, int]:
    return (bool(note.signer), -note.written_ms)


def _note(note: HandoverNote, request: PartRequest) -> Component:
    city, now_ms = request.api.city, request.api.now_ms()
    event = city.catalog.events.get(note.event)
    title = both(event.title if event else same(note.event))
    is_shown = request.caller.knows_people
    words = both(same(note.text), "note-words") if is_shown else say("handover.hidden")
    return html.Article(
        [
            html.P([html.Strong(title), f" {clock(note.written_ms, city.zone, now_ms)}"]),
            html.P(words),
            html.P([say("handover.writer"), " ", who(note.writer_role, note.writer)]),
            html.Div([say("handover.signer"), " ", _signature(note, request)]),
        ],
        className="handover" if note.signer else "handover is-unsigned",
    )


def _signature(note: HandoverNote, request: PartRequest) -> Cell:
    """Say who signed and when, or let somebody else than the writer sign."""
    city, now_ms = request.api.city, request.api.now_ms()
    if note.signer and note.signer_role:
        at = clock(note.signed_ms, city.zone, now_ms)
        return html.Span([who(note.signer_role, note.signer), f" {at} ", both(same(note.remark))])
    waiting = html.Strong(say("handover.unsigned"), className="abnormal")
    if not request.caller.may(Scope.COMMAND):
        return waiting
    address = f"{_ADDRESS}/{quote(note.id, safe='')}/signature"
    return html.Div([waiting, posts([CommandRequest(address, {}, message("handover.sign"))])])
