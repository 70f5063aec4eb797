"""What was done for the events under way: on their warnings, between shifts, on the mode."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from dashboards.api.handovers import seen_note
from dashboards.api.newest import newest
from dashboards.api.warnings import seen_by
from dashboards.common.messages import same
from dashboards.common.parts import PartRequest
from dashboards.common.warning_book import WarningFilter
from dashboards.common.wording import UNKNOWN, both, clock, number, say
from dashboards.panels.audit_table import Logged, audit_table, logged_changes, who
from dashboards.panels.tables import Cell, table
from models.events.mode import MODE_NAMES, Mode
from models.messages.commands import Role
from models.messages.handovers import HandoverNote
from models.messages.warnings import CityWarning
from models.situation.event_parts import EventNow, OperatingMode
from models.warnings.life.words import ROLES

HEADS: Final = (
    "life.at",
    "command.log-about",
    "life.change",
    "column.state",
    "life.by",
    "life.words",
)
_ANNOUNCED: Final = "announced"


def event_log(request: PartRequest, most: int) -> list[Component]:
    """Show what was done last for the events under way; without one, in the whole district."""
    snapshot, _ = newest(request.api)
    events = [each for each in snapshot.events if each.phase != _ANNOUNCED] if snapshot else []
    if snapshot is None or not events:
        return [
            html.P(say("command.log-whole"), className="told"),
            *audit_table(request, most),
        ]
    done = [
        *logged_changes(request, _warnings_of(events, request), most),
        *_handovers(events, request),
        *_switch(snapshot.operating, request),
    ]
    rows = [each.cells for each in sorted(done, key=lambda each: each.order)[:most]]
    view = request.api.warnings.audit()
    names: list[Any] = [part for each in events for part in (both(each.title), " ")]
    told: list[Any] = [
        say(f"book.{view.state.value}"),
        " ",
        *names,
        say("command.log-event", n=number(len(rows))),
    ]
    return [html.P(told, className="told"), table(HEADS, rows, "audit.none", "operator.audit")]


def _warnings_of(events: Sequence[EventNow], request: PartRequest) -> dict[str, CityWarning]:
    """Give the warnings of rules that a command watches, raised while its event ran."""
    found: dict[str, CityWarning] = {}
    for each in events:
        if each.rules:
            wanted = WarningFilter(
                **seen_by(request.api, request.caller),
                rules=frozenset(each.rules),
                since_ms=each.begins_ms,
                until_ms=each.ends_ms,
            )
            found |= request.api.warnings.known(wanted)
    return found


def _handovers(events: Sequence[EventNow], request: PartRequest) -> Iterator[Logged]:
    titles = {each.event: each.title for each in events}
    for entered in request.api.warnings.handovers().entries.values():
        note = seen_note(entered.value, request.caller)
        if note.event in titles:
            yield from _steps(note, titles[note.event], request)


def _steps(note: HandoverNote, title: dict[str, str], request: PartRequest) -> Iterator[Logged]:
    """Give the writing of a note, and its signature."""
    about = html.A([both(title)], href="#handover")
    state = say("handover.signed" if note.signer else "handover.unsigned")
    yield _logged(
        request, note.written_ms, about, say("handover.wrote"), state,
        who(note.writer_role, note.writer), note.text,
    )  # fmt: skip
    if note.signer and note.signer_role is not None:
        yield _logged(
            request, note.signed_ms, about, say("handover.sign"), state,
            who(note.signer_role, note.signer), note.remark,
        )  # fmt: skip


def _switch(now: OperatingMode, request: PartRequest) -> Iterator[Logged]:
    """Give the newest switch of the mode: the snapshot says no other, and not by whom."""
    names = {mode.value: MODE_NAMES[mode] for mode in Mode}
    roles = {role.value: ROLES[role] for role in Role}
    if now.since_ms:
        yield _logged(
            request, now.since_ms, say("command.log-mode"), say("command.log-switched"),
            both(names.get(now.mode, same(now.mode))),
            both(roles.get(now.role, same(now.role or UNKNOWN))), "",
        )  # fmt: skip


def _logged(
    request: PartRequest,
    at_ms: int,
    about: Cell,
    change: Cell,
    state: Cell,
    by: Cell,
    text: str,
) -> Logged:
    at = clock(at_ms, request.api.city.zone, request.api.now_ms())
    return Logged(
        order=(False, -at_ms),
        cells=[at, about, change, state, by, both(same(text))],
    )
