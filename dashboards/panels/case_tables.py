"""Cases as operators read them: a list with a map, one in full, two side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlencode

from dash import html
from dash.development.base_component import Component

from dashboards.common.case_book import CaseNow, CaseTimeline
from dashboards.common.city_index import CityIndex
from dashboards.common.grid_raster import GridRaster
from dashboards.common.messages import message, same, title_of
from dashboards.common.wording import UNKNOWN, both, clock, duration, number, say
from dashboards.figures.case_map import case_map
from dashboards.panels.tables import Cell, table
from models.messages.street_summaries import PossibleDuplicate

PAGE: Final = "/operator/cases"
_HEADS: Final = (
    "cases.number",
    "cases.category",
    "cases.state",
    "cases.opened",
    "cases.due",
    "column.place",
    "overdue.whose",
)


def case_table(cases: Sequence[CaseNow], city: CityIndex, now_ms: int) -> Component:
    """List cases, each with a link to its whole timeline."""
    rows: list[list[Cell]] = [
        [
            link(case.case),
            both(city.category(case.category)),
            state(case),
            clock(case.opened_ms, city.zone, now_ms),
            clock(case.due_ms or 0, city.zone, now_ms),
            both(city.street_of(case.cell, case.opened_ms)),
            both(city.department(case.department, case.opened_ms)),
        ]
        for case in cases
    ]
    return table(_HEADS, rows, "cases.none", "cases.list")


def case_pictures(cases: Sequence[CaseNow], raster: GridRaster) -> Component:
    """Show where cases lie; the table beside it says the same in words."""
    alt = " / ".join(message("cases.map").values())
    picture = html.Img(src=case_map(cases, raster), alt=alt)
    return html.Figure([picture, html.Figcaption(say("cases.map-key"))], className="event-map")


def link(case: str) -> Component:
    """Link a number to its page."""
    return html.A(both(same(case), "code"), href=f"{PAGE}?{urlencode({'case': case})}")


def state(case: CaseNow) -> Component:
    """Say in which stage a case is, and whether it is late."""
    overdue = html.Strong(say("cases.overdue"), className="abnormal")
    late: list[Cell] = [" ", overdue] if case.is_overdue else []
    where = both(title_of("funnel", case.stage)) if case.is_open else say("cases.ended")
    return html.Span([where, *late])


def in_full(timeline: CaseTimeline, city: CityIndex) -> Component:
    """Show one case with all its steps."""
    case = timeline.case
    rows: list[list[Cell]] = [
        [
            clock(step.ts_ms, city.zone, 0),
            both(title_of("step", step.type)),
            both(city.department(step.department, step.ts_ms)),
            both(same(" ".join(filter(None, (step.role, step.actor))) or UNKNOWN)),
            both(same(", ".join(step.flags))),
        ]
        for step in timeline.steps
    ]
    heads = ("life.at", "cases.step", "overdue.whose", "life.by", "life.words")
    return html.Section(
        [
            html.H2(both(same(case.case), "code")),
            facts(case, city),
            table(heads, rows, "cases.none", "cases.timeline"),
        ],
        className="case-full",
    )


def facts(case: CaseNow, city: CityIndex) -> Component:
    """Give what is known of a case now."""
    told: list[tuple[str, Cell]] = [
        ("cases.category", both(city.category(case.category))),
        ("cases.state", state(case)),
        ("column.place", both(city.street_of(case.cell, case.opened_ms))),
        ("overdue.whose", both(city.department(case.department, case.opened_ms))),
        ("cases.opened", clock(case.opened_ms, city.zone, 0)),
        ("cases.due", clock(case.due_ms or 0, city.zone, 0)),
    ]
    flags = [html.P(say("cases.flags", flags=", ".join(case.flags)))] if case.flags else []
    pairs_of = [part for key, value in told for part in (html.Dt(say(key)), html.Dd(value))]
    return html.Div([html.Dl(pairs_of), *flags])


def pairs(
    wanted: Sequence[PossibleDuplicate], known: Mapping[str, CaseTimeline], city: CityIndex
) -> Component:
    """Set cases that may be the same side by side, the later one first."""
    shown = [_pair(pair, known, city) for pair in wanted]
    nothing = [html.P(say("cases.pairs.none"), className="nothing")]
    return html.Section([html.H2(say("cases.pairs")), *(shown or nothing)])


def _pair(pair: PossibleDuplicate, known: Mapping[str, CaseTimeline], city: CityIndex) -> Component:
    words = say(
        "cases.pair",
        metres=number(pair.distance_m),
        time=duration(pair.age_min * 60),
        score=number(pair.score, 2),
    )
    sides = [_side(name, known.get(name), city) for name in (pair.case, pair.original)]
    return html.Article(
        [html.P(words), html.Div(sides, className="side-by-side")], className="pair"
    )


def _side(name: str, timeline: CaseTimeline | None, city: CityIndex) -> Component:
    if timeline is None:
        return html.Div(
            [html.H3(both(same(name), "code")), html.P(say("cases.unknown", case=name))]
        )
    return html.Div([html.H3(link(name)), facts(timeline.case, city)])
