"""Dossiers: what lies at one place, which department has what in it, and whose clock ends first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from dash import html
from dash.development.base_component import Component

from dashboards.common.city_index import CityIndex
from dashboards.common.wording import both, clock, number, say
from dashboards.panels.case_tables import link
from dashboards.panels.tables import Cell, table
from models.cases.dossiers import Dossier, Share

MOST: Final = 50
_HEADS: Final = ("overdue.whose", "dossiers.first-due", "dossiers.cases")


def dossier_list(found: Sequence[Dossier], city: CityIndex, now_ms: int) -> Component:
    """Show the dossiers of the most departments first, and say how many are left out."""
    if not found:
        return html.P(say("dossiers.none"), className="empty-state")
    told = say("dossiers.count", shown=number(min(MOST, len(found))), of=number(len(found)))
    return html.Div([html.P(told), *(_dossier(one, city, now_ms) for one in found[:MOST])])


def _dossier(one: Dossier, city: CityIndex, now_ms: int) -> Component:
    rows = [_share(share, city, now_ms) for share in one.shares]
    head: list[Cell] = [both(city.street_of(one.cell, one.last_ms)), " ", html.Code(one.cell)]
    return html.Article(
        [html.H2(head), table(_HEADS, rows, "dossiers.none", "dossiers.shares", one.cell)],
        className="dossier",
    )


def _share(share: Share, city: CityIndex, now_ms: int) -> list[Cell]:
    cases: list[Cell] = []
    for case in share.cases:
        category = both(city.category(case.category))
        cases.append(html.Div([link(case.case), " ", category]))
    late: list[Cell] = [" ", html.Strong(say("cases.overdue"), className="abnormal")]
    due = (
        say("dossiers.no-limit")
        if share.due_ms is None
        else html.Span(
            [clock(share.due_ms, city.zone, now_ms), *(late if share.is_overdue else [])]
        )
    )
    latest = max(case.began_ms for case in share.cases)
    return [both(city.department(share.department, latest)), due, html.Div(cases)]
