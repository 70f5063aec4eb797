"""The page of rules, and how many warnings of each are there."""

from __future__ import annotations

from collections import Counter
from typing import Final

from dash import html
from dash.development.base_component import Component

from dashboards.api.advice import precision_of_rules
from dashboards.api.warnings import seen_by
from dashboards.common.frame import office, office_live
from dashboards.common.messages import same
from dashboards.common.pages import Live, Page, PageContext
from dashboards.common.parts import Part, PartRequest, address_of, place_of
from dashboards.common.warning_book import MOST, OPEN, WarningFilter
from dashboards.common.wording import both, duration, number, say
from dashboards.panels.advice import precision_cell
from dashboards.panels.tables import Cell, table
from dashboards.rooms.operator.links import links

PLACE: Final = "rule-rows"
_HEADS: Final = (
    "column.rule",
    "rules.feed",
    "rules.open",
    "rules.known",
    "rules.precision",
    "rules.respond",
    "column.owner",
    "life.todo",
)


def layout(context: PageContext) -> Component:
    """Lay the page out."""
    place = html.Div(say("part.waiting"), id=PLACE)
    content = [links(PAGE.path), place_of(address_of(PAGE, "load"), [place])]
    return office(PAGE, context.city_index, content)


def load(request: PartRequest) -> Live:
    """Show the rules that the caller may see, with their open and their recent warnings."""
    city, bounds = request.api.city, seen_by(request.api, request.caller)
    page = request.api.warnings.list(WarningFilter(**bounds), limit=MOST)
    known = Counter(each.rule for each in page.items)
    waiting = Counter(each.rule for each in page.items if each.state in OPEN)
    right = precision_of_rules(request.api)
    own = bounds["own_rules"]
    rules = [rule for name, rule in city.catalog.rules.items() if own is None or name in own]
    rows: list[list[Cell]] = [
        [
            both(rule.title),
            both(
                city.catalog.feeds[rule.feed].title
                if rule.feed in city.catalog.feeds
                else same(rule.feed)
            ),
            number(waiting[rule.name]),
            number(known[rule.name]),
            precision_cell(right.get(rule.name)),
            both(duration(rule.response_minutes * 60)),
            both(rule.owner),
            both(rule.suggestion),
        ]
        for rule in sorted(rules, key=lambda each: (-waiting[each.name], each.name))
    ]
    shown = [
        html.P(say(f"book.{page.state.value}")),
        table(_HEADS, rows, "rules.none", "operator.rules"),
    ]
    return {f"{PLACE}.children": shown}


PAGE: Final = Page(
    path="/operator/rules",
    title="operator.rules",
    layout=layout,
    live=office_live,
    parts=(Part(name="load", render=load),),
    order=35,
)
