"""What was done to warnings: by whom as what, when, and in which words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from dash import html
from dash.development.base_component import Component

from dashboards.api.warnings import masked, seen_by
from dashboards.common.messages import same
from dashboards.common.parts import PartRequest
from dashboards.common.warning_book import WarningFilter
from dashboards.common.wording import both, clock, number, say
from dashboards.panels import levels
from dashboards.panels.tables import Cell, table
from models.messages.audit import AuditEntry
from models.messages.commands import Role
from models.messages.warnings import CityWarning
from models.warnings.life.words import CHANGES, ROLES, STATES

_HEADS: Final = (
    "life.at",
    "operator.warning",
    "life.change",
    "column.state",
    "life.by",
    "life.words",
)


class Logged(NamedTuple):
    """A line of a log, and where it belongs: what people did first, the newest first."""

    order: tuple[bool, int]
    cells: list[Cell]


def audit_table(request: PartRequest, most: int) -> list[Component]:
    """Newest changes that the caller may see: those of people before the line's own."""
    view = request.api.warnings.audit()
    bounds = WarningFilter(**seen_by(request.api, request.caller))
    found = logged_changes(request, request.api.warnings.known(bounds), most)
    rows = [each.cells for each in found]
    told: list[Any] = [
        say(f"book.{view.state.value}"),
        " ",
        say("audit.shown", n=number(len(rows))),
    ]
    return [html.P(told, className="told"), table(_HEADS, rows, "audit.none", "operator.audit")]


def logged_changes(
    request: PartRequest, known: Mapping[str, CityWarning], most: int
) -> list[Logged]:
    """Give the newest changes of some warnings, by id."""
    found: list[Logged] = []
    entries = (each.value for each in request.api.warnings.audit().entries.values())
    for entry in sorted(entries, key=_order):
        if len(found) == most:
            break
        warning = known.get(entry.warning)
        if warning is not None:
            cells = _row(masked(entry, request.caller), request, warning)
            found.append(Logged(order=_order(entry), cells=cells))
    return found


def who(role: Role, name: str) -> Component:
    """Say who did something; the name is left out where it is not meant for the reader."""
    return html.Span([both(ROLES[role]), f" {name}" if name else ""])


def _order(entry: AuditEntry) -> tuple[bool, int]:
    return (entry.role is Role.SYSTEM, -entry.at_ms)


def _row(entry: AuditEntry, request: PartRequest, warning: CityWarning) -> list[Cell]:
    city, now_ms = request.api.city, request.api.now_ms()
    title: list[Any] = [
        levels.mark(entry.level),
        both(city.area(warning.area, now_ms)),
        both(city.rule(warning.rule)),
    ]
    return [
        clock(entry.at_ms, city.zone, now_ms),
        html.A(title, href=f"/operator/warning?id={warning.id}", className="warning-link"),
        both(CHANGES[entry.change]),
        both(STATES[entry.state]),
        who(entry.role, entry.actor),
        both(same(entry.text)),
    ]
