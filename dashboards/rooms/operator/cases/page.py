"""The page of cases: search, a map, possible duplicates, and with `?case=` one in full."""

from __future__ import annotations

from typing import Final

from dash import html
from dash.development.base_component import Component

from config.errors import GridpulseError
from dashboards.api.cases import away, cases_of, known_cases
from dashboards.api.newest import newest
from dashboards.common.case_book import CaseNow, CaseQuestion
from dashboards.common.frame import office, office_live
from dashboards.common.messages import message
from dashboards.common.pages import Live, Page, PageContext
from dashboards.common.parts import Part, PartRequest, address_of, place_of
from dashboards.common.wording import say
from dashboards.panels.case_tables import case_pictures, case_table, in_full, pairs
from dashboards.panels.controls import Choice, choices, search, streets
from dashboards.panels.indicator_table import indicator_table
from dashboards.rooms.operator.links import links
from models.messages.street_summaries import PossibleDuplicate

FORM: Final = "case-filter"
LIST: Final = "case-list"
PAIRS: Final = "case-pairs"
FIGURES: Final = "case-figures"
MOST: Final = 100
PAIRS_SHOWN: Final = 10
STATES: Final = {"all": None, "open": True, "overdue": True, "ended": False}
_STATE_WORDS: Final = ("cases.all", "cases.open", "cases.overdue", "cases.ended")


def layout(context: PageContext) -> Component:
    """Lay the page out."""
    places = streets(context.city_index)
    states = [Choice(*each) for each in zip(STATES, map(message, _STATE_WORDS), strict=True)]
    given = [
        search("number", "cases.number"),
        choices("state", "cases.state", states, "all", one=True),
        html.Details([html.Summary(say("filter.area")), choices("area", "filter.area", places)]),
    ]
    content = [
        links(PAGE.path),
        html.Div(given, id=FORM, className="filters"),
        place_of(address_of(PAGE, "list"), [html.Div(say("part.waiting"), id=LIST)], FORM),
        place_of(address_of(PAGE, "pairs"), [html.Div(say("part.waiting"), id=PAIRS)]),
        place_of(address_of(PAGE, "figures"), [html.Div(say("part.waiting"), id=FIGURES)]),
    ]
    return office(PAGE, context.city_index, content)


def found(request: PartRequest) -> Live:
    """Show the case of the address in full; without one the cases that match."""
    city, now_ms = request.api.city, request.api.now_ms()
    if number := request.one("case"):
        known = known_cases(request.api, request.caller, (number,))
        nothing = html.P(say("cases.unknown", case=number), className="empty-state")
        return {f"{LIST}.children": in_full(known[0], city) if known else nothing}
    cases = matching(request)
    raster = city.current
    shown = [case_pictures(cases, raster), case_table(cases, city, now_ms)]
    return {f"{LIST}.children": html.Div(shown, className="case-search")}


def matching(request: PartRequest) -> list[CaseNow]:
    """Give the newest cases that match the filter, of those the caller may see."""
    wanted = request.one("state") or "all"
    question = CaseQuestion(
        number=request.one("number"),
        areas=frozenset(request.many("area")),
        is_open=STATES.get(wanted),
        within=request.caller.areas,
        own_departments=request.caller.departments,
        limit=MOST,
    )
    try:
        cases, _ = cases_of(request.api).find(question)
    except GridpulseError as error:
        raise away(error) from None
    return [case for case in cases if wanted != "overdue" or case.is_overdue]


def duplicates(request: PartRequest) -> Live:
    """Show pairs of cases that may be the same, side by side; of one case only its own."""
    snapshot, _ = newest(request.api)
    number = request.one("case")
    told = snapshot.duplicates if snapshot else []
    wanted = [pair for pair in told if number in ("", pair.case, pair.original)][:PAIRS_SHOWN]
    numbers = tuple(dict.fromkeys(name for pair in wanted for name in _both(pair)))
    known = known_cases(request.api, request.caller, numbers) if numbers else []
    by_number = {each.case.case: each for each in known}
    shown = pairs(wanted, by_number, request.api.city)
    return {f"{PAIRS}.children": shown}


def figures(request: PartRequest) -> Live:
    """Show the indicators of the district, each with what it is made of."""
    snapshot, _ = newest(request.api)
    return {f"{FIGURES}.children": indicator_table(snapshot.indicators if snapshot else [])}


def _both(pair: PossibleDuplicate) -> tuple[str, str]:
    return pair.case, pair.original


PAGE: Final = Page(
    path="/operator/cases",
    title="operator.cases",
    layout=layout,
    live=office_live,
    parts=(
        Part(name="list", render=found),
        Part(name="pairs", render=duplicates),
        Part(name="figures", render=figures),
    ),
    order=36,
)
