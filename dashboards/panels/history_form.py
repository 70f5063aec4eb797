"""The choice of a history: its controls are the filters of the part that shows it.

`assets/office-history.js` keeps the choice in the page's address.
"""

from __future__ import annotations

from typing import Any, Final

from dash import dcc, html
from dash.development.base_component import Component

from dashboards.common.asked_history import USUAL_RANGE, first_place, usual_metric
from dashboards.common.messages import message
from dashboards.common.pages import PageContext
from dashboards.common.places import grid_now, stations
from dashboards.common.shown_history import MOST_PLACES, dust_feed
from dashboards.common.wording import say
from dashboards.panels.controls import Choice, choices, search, streets, wild
from models.history.span import OWN, RANGES

FORM: Final = "history-form"


def history_form(context: PageContext) -> Component:
    """Make the form; empty where the city measures no dust."""
    city = context.city_index
    feed = dust_feed(city)
    if feed is None:
        return html.Div(id=FORM)
    known = stations(grid_now(context.source, city), feed)
    places = [Choice(cell, title) for cell, title in known.items()]
    metrics = [Choice(name, metric.title) for name, metric in feed.metrics.items()]
    times = [Choice(each, message(f"history.range.{each}")) for each in (*RANGES, OWN)]
    where: list[Component] = [
        choices("place", "history.places", places, first_place(known, city), most=MOST_PLACES),
        choices("street", "history.streets", streets(city), most=MOST_PLACES),
        search("code", "history.code"),
    ]
    given = [
        choices("metric", "history.metric", metrics, usual_metric(feed), one=True),
        choices("range", "history.range", times, USUAL_RANGE, one=True),
        html.Div([_time("since"), _time("until")], id="history-own", className="choices"),
        html.Details([html.Summary(say("history.where")), *where]),
    ]
    return html.Div(given, id=FORM, className="filters", **wild({"data-address": "1"}))


def _time(name: str) -> Component:
    """Field of a date and time; the page's script makes it one that the browser helps with."""
    field = dcc.Input(id=f"history-{name}", type="text", maxLength=30)
    label: list[Any] = [html.Label(say(f"history.{name}"), htmlFor=f"history-{name}"), field]
    return html.Div(label, className="choices", **wild({"data-name": name, "data-time": "1"}))
