"""The page of the environmental bureau: dust now and against normal, its warnings, the evidence."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from dash import html
from dash.development.base_component import Component

from config.errors import GridpulseError
from dashboards.common.asked_history import asked_history
from dashboards.common.city_index import CityIndex
from dashboards.common.frame import office, office_live
from dashboards.common.pages import Live, Page, PageContext
from dashboards.common.parts import Part, PartRequest, address_of, place_of
from dashboards.common.shown_history import MEASURED, dust_feed, history_shown
from dashboards.common.states import away, empty
from dashboards.common.warning_book import OPEN
from dashboards.common.wording import say
from dashboards.panels import warning_grid
from dashboards.panels.controls import Choice, Order, commands, streets
from dashboards.panels.dust_history import history_panel
from dashboards.panels.history_form import FORM, history_form
from dashboards.panels.measured_table import measured_table
from dashboards.panels.receipts import receipt_table, visible_receipts
from dashboards.panels.subscription_form import subscription_form
from dashboards.panels.trends import trend_charts
from dashboards.rooms.operator.subscriptions import page as subscriptions
from models.history.span import UnusableSpan
from models.situation.snapshot import Snapshot

CHARTED: Final = ("coarse", MEASURED)  # what a site adds to the air, and all of it
TREND: Final = "bureau-trend"
PLACES: Final = "bureau-places"
GRID: Final = "bureau-grid"
RECEIPTS: Final = "bureau-receipts"
HISTORY: Final = "bureau-history"
HISTORY_S: Final = 15  # the archive is a minute behind anyway
NO_RULE: Final = "-"  # none is called so; a filter without any rule would want all
SHOWN: Final = 50  # receipts
SUBSCRIBED: Final = address_of(subscriptions.PAGE, "list")
ORDERS: Final = (
    Order("acknowledge"),
    Order("accept"),
    Order("reject"),
    Order("comment"),
    Order("close", ("cause",)),
)


def layout(context: PageContext) -> Component:
    """Lay the page out."""
    rules = sorted(dust_rules(context.city_index))
    content = [
        html.Div(say("part.waiting"), id=TREND, className="live charts"),
        html.H2(say("bureau.warnings")),
        place_of(address_of(PAGE, "warnings"), warning_grid.grid(GRID)),
        commands(ORDERS, grid=GRID, can_open=True),
        _exports(rules),
        html.H2(say("history.title"), id="history"),
        history_form(context),
        place_of(
            address_of(PAGE, "history"),
            [html.Div(say("part.waiting"), id=HISTORY)],
            FORM,
            HISTORY_S,
        ),
        html.H2(say("bureau.places")),
        html.Div(say("part.waiting"), id=PLACES, className="live"),
        place_of(address_of(PAGE, "receipts"), [html.Div(say("part.waiting"), id=RECEIPTS)]),
        *_subscriptions(context.city_index, rules),
    ]
    return office(PAGE, context.city_index, content)


def _subscriptions(city: CityIndex, rules: list[str]) -> list[Component]:
    """Who is told already, and the form that asks for more, tried on the past before it holds."""
    of_dust = [Choice(name, city.rule(name)) for name in rules if name != NO_RULE]
    return [
        html.H2(say("bureau.subscriptions")),
        place_of(SUBSCRIBED, [html.Div(say("part.waiting"), id=subscriptions.PLACE)]),
        subscription_form(streets(city), of_dust),
    ]


def dust_rules(city: CityIndex) -> frozenset[str]:
    """Names of the rules over feeds that measure coarse dust."""
    feeds = {name for name, feed in city.catalog.feeds.items() if MEASURED in feed.metrics}
    rules = city.catalog.rules.items()
    found = frozenset(name for name, rule in rules if rule.feed in feeds)
    return found or frozenset({NO_RULE})


def live(snapshot: Snapshot, city_index: CityIndex) -> Live:
    """Give the course of the last day, and where dust is measured."""
    trends = sorted(
        (trend for trend in snapshot.trends if trend.id in CHARTED),
        key=lambda trend: CHARTED.index(trend.id),
    )
    return {
        **office_live(snapshot, city_index),
        f"{TREND}.children": trend_charts(trends, city_index.zone, snapshot.stale_feeds()),
        f"{PLACES}.children": measured_table(snapshot, city_index, MEASURED),
    }


def warnings(request: PartRequest) -> Live:
    """List the open warnings of dust, the worst first."""
    wanted = warning_grid.wanted(request, states=OPEN, rules=dust_rules(request.api.city))
    page = request.api.warnings.list(wanted, limit=warning_grid.MOST, order="worst")
    return warning_grid.filled(GRID, page, request)


def receipts(request: PartRequest) -> Live:
    """Show whether the warnings of dust arrived."""
    found, _ = visible_receipts(request, dust_rules(request.api.city))
    newest = sorted(found, key=lambda each: -each.answered_ms)[:SHOWN]
    return {f"{RECEIPTS}.children": receipt_table(newest, request.api.city, request.api.now_ms())}


def history(request: PartRequest) -> Live:
    """Show the history that the address asks for; why there is none is said in words."""
    return {f"{HISTORY}.children": _history(request)}


def _history(request: PartRequest) -> list[Component]:
    api, feed = request.api, dust_feed(request.api.city)
    if feed is None or api.history is None:
        return [empty("history.no-archive" if feed else "history.no-feed")]
    try:
        question = asked_history(request, feed)
        shown = history_shown(api, request.caller, api.history, question)
    except UnusableSpan as unusable:
        return [empty(f"history.span.{unusable.fault.value}")]
    except GridpulseError as error:
        return [away("history.away", error)]
    return history_panel(shown, request.language) if shown else [empty("history.no-feed")]


def _exports(rules: list[str]) -> Component:
    """Links to the same warnings as files, with the query that gives them."""
    links: list[Component] = []
    for form in ("csv", "parquet"):
        query = urlencode([("rule", rule) for rule in rules] + [("format", form)])
        links.append(html.A(say(f"bureau.{form}"), href=f"/api/v1/warnings?{query}"))
    return html.P([say("bureau.export"), *links], className="tabs")


PAGE: Final = Page(
    path="/bureau",
    title="room.bureau",
    layout=layout,
    live=live,
    parts=(
        Part(name="warnings", render=warnings),
        Part(name="receipts", render=receipts),
        Part(name="history", render=history),
    ),
    order=10,
)
