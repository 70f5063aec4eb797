"""Streets and departments ranked by what they close in time, so that small numbers never top it."""

from __future__ import annotations

from typing import Final

from dash import html
from dash.development.base_component import Component

from dashboards.common.city_index import CityIndex
from dashboards.common.fitting import named
from dashboards.common.wording import number, say
from models.messages.street_summaries import RankedGroup
from models.situation.snapshot import Snapshot

RANKED: Final = ("street", "department")
NAME_EM: Final = 7.0  # room for a name, in the size of its letters
AT_EACH_END: Final = 2  # the best and the worst are shown


def ends(places: list[RankedGroup]) -> list[RankedGroup]:
    """Both ends of a ranking, best first; groups that are too small to be ranked are left out."""
    ranked = [place for place in places if not place.is_small]
    if len(ranked) <= 2 * AT_EACH_END:
        return ranked
    return [*ranked[:AT_EACH_END], *ranked[-AT_EACH_END:]]


def ranking_rows(snapshot: Snapshot, city_index: CityIndex, by: str) -> list[Component]:
    """Rows of the ranking of streets or departments."""
    rows = [
        _row(place, city_index, by, snapshot.clock_ms)
        for place in ends(snapshot.rankings.get(by, []))
    ]
    return rows or [html.Tr(html.Td(say("ranking.none"), colSpan=4, className="nothing"))]


def _row(place: RankedGroup, city_index: CityIndex, by: str, now_ms: int) -> Component:
    """One group: the rate that its number of cases supports, the interval it lies in, and n."""
    name = city_index.area if by == "street" else city_index.department
    return html.Tr(
        [
            html.Th(named(name(place.group, now_ms), NAME_EM), scope="row"),
            html.Td(f"{number(place.shrunk * 100)} %", className="figure"),
            html.Td(_interval(place)),
            html.Td(number(place.n), className="figure quiet"),
        ]
    )


def _interval(place: RankedGroup) -> Component:
    """Draw the 95 % interval on a line from 0 to 100 %; its ends are read to a screen reader."""
    ends_told = {"low": number(place.low * 100), "high": number(place.high * 100)}
    band = {"left": f"{place.low:.1%}", "width": f"{place.high - place.low:.1%}"}
    return html.Div(
        [
            html.Span(className="band", style=band),
            html.Span(className="at", style={"left": f"{place.shrunk:.1%}"}),
            html.Span(say("ranking.interval", **ends_told), className="unseen"),
        ],
        className="interval",
    )
