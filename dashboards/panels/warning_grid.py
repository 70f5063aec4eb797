"""Warnings as a grid that is sorted, filtered and selected from."""

from __future__ import annotations

from typing import Any, Final

import dash_ag_grid as dag
from dash import html
from dash.development.base_component import Component

from dashboards.api.warnings import seen_by
from dashboards.common.city_index import CityIndex
from dashboards.common.messages import message, pick
from dashboards.common.pages import Live
from dashboards.common.parts import PartRequest
from dashboards.common.warning_book import WarningFilter, WarningPage
from dashboards.common.wording import clock, number, say
from dashboards.panels import levels
from dashboards.panels.warnings import holder, why
from models.messages.warnings import CityWarning, Level
from models.printable import printable
from models.warnings.life.words import STATES

MOST: Final = 500
# Column → its least width in the grid, and whether it takes what room is left.
COLUMNS: Final[dict[str, tuple[int, bool]]] = {
    "level": (110, False),
    "place": (150, False),
    "rule": (170, False),
    "since": (120, False),
    "state": (150, False),
    "who": (190, False),
    "owner": (150, False),
    "why": (200, True),
}


def grid(name: str) -> list[Component]:
    """Make an empty grid with a line above it; `filled` gives what goes into both."""
    told = html.P(say("part.waiting"), id=f"{name}-told", className="told")
    return [told, _grid(name)]


def _grid(name: str) -> Component:
    return dag.AgGrid(
        id=name,
        rowData=[],
        columnDefs=[],
        getRowId="params.data.id",
        # Names of departments and reasons are read whole: a cell grows instead of cutting them.
        defaultColDef={
            "sortable": True,
            "resizable": True,
            "filter": True,
            "wrapText": True,
            "autoHeight": True,
        },
        dashGridOptions={
            "rowSelection": {"mode": "multiRow", "enableClickSelection": True},
            "suppressFieldDotNotation": True,
            "theme": {"function": "themeQuartz"},
            "localeText": {"noRowsToShow": " / ".join(message("warnings.none").values())},
        },
        className="warning-grid",
        style={"height": None, "width": "100%"},
    )


def wanted(request: PartRequest, **more: Any) -> WarningFilter:
    """Filter of the page's choices, bounded by what the caller may see."""
    known = {level.name.lower(): level for level in Level}
    chosen = {
        "levels": frozenset(known[each] for each in request.many("level") if each in known),
        "areas": frozenset(request.many("area")),
        "rules": frozenset(request.many("rule")),
    }
    return WarningFilter(**{**chosen, **more}, **seen_by(request.api, request.caller))


def columns(language: str) -> list[dict[str, Any]]:
    """Columns in a language."""
    return [
        {
            "field": name,
            "headerName": message(f"column.{name}")[language],
            "width": width,
            "minWidth": width,  # squeezed on a phone, a cell would grow as high as the table
            "flex": 1 if takes_rest else None,
            "tooltipField": name,
        }
        for name, (width, takes_rest) in COLUMNS.items()
    ]


def row(warning: CityWarning, city_index: CityIndex, now_ms: int, language: str) -> dict[str, Any]:
    """Give a warning as a row of the grid, in a language."""
    told = {
        "place": city_index.area(warning.area, now_ms),
        "rule": city_index.rule(warning.rule),
        "state": STATES[warning.state],
        "who": holder(warning, city_index, now_ms),
        "owner": warning.owner,
        "why": why(warning, city_index),
    }
    texts = {name: printable(pick(text, language)) for name, text in told.items()}
    level = f"{levels.NUMERALS[warning.level]} {levels.name(warning.level)[language]}"
    since = clock(warning.raised_ms, city_index.zone, now_ms)
    identity = {"id": warning.id, "revision": warning.revision}
    return {**identity, "level": level, "since": since, **texts}


def filled(name: str, page: WarningPage, request: PartRequest) -> Live:
    """Fill a grid with a page of warnings, and say above it how far that may be believed."""
    now_ms = request.api.now_ms()
    rows = [row(each, request.api.city, now_ms, request.language) for each in page.items]
    shown = say("grid.shown", n=number(len(rows)), total=number(page.total))
    told = html.Span(
        [say(f"book.{page.state.value}"), " ", shown], className=f"book-{page.state.value}"
    )
    return {
        f"{name}.columnDefs": columns(request.language),
        f"{name}.rowData": rows,
        f"{name}-told.children": told,
    }
