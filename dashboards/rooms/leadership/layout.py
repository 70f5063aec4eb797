"""The page: fixed places for everything, filled by the one callback of `refresh`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from dash import dcc, html
from dash.development.base_component import Component

from dashboards.common import frame
from dashboards.common.city_index import CityIndex
from dashboards.common.messages import message
from dashboards.common.wording import UNKNOWN, both, say
from dashboards.figures.grid_map import grid_map
from dashboards.figures.style import blank
from dashboards.panels import banner
from dashboards.panels.headlines import headlines
from dashboards.panels.rankings import RANKED

TICK_MS: Final = 1_000
TREND_SLOTS: Final = 2
RANKING_COLUMNS: Final = ("rate", "within", "n")  # columns after the name
_REM_PX: Final = 16.0  # until the browser has told its own
_GRAPH: Final[Any] = {
    "displayModeBar": False,
    "displaylogo": False,
    "scrollZoom": False,
    "doubleClick": False,
    "showTips": False,
    "responsive": True,
}


def page(city_index: CityIndex) -> Component:
    """Whole page, before the first snapshot: everything is unknown."""
    children = [
        *_stores(),
        _banner(city_index),
        html.Dl(headlines([], city_index.zone, 0), id="headlines", className="headlines"),
        html.Main(
            [
                _map(city_index),
                html.Div([_trends(), _funnel(), _overdue()], className="middle"),
                _health(),
                html.Div([_warnings(), _rankings()], className="right"),
            ],
            className="board",
        ),
        html.Footer(
            [html.Div(id="footer", className="footer-words"), frame.language()],
            className="footer",
        ),
    ]
    return frame.whole("wall", "room.wall", children, "page")


def _stores() -> list[Component]:
    return [
        dcc.Interval(id="tick", interval=TICK_MS),
        dcc.Store(id="viewport"),  # root font size in px, from the browser
        dcc.Store(id="clock"),  # times and trouble, for the browser's own judgement
        dcc.Store(id="seen"),  # what this page shows already
    ]


def _banner(city_index: CityIndex) -> Component:
    return html.Header(
        [
            html.H1(both(city_index.catalog.city.name)),
            html.Div(banner.stage(None, city_index), id="stage", className="stage-place"),
            frame.now(),
            frame.stale(),
        ],
        className="banner",
    )


def _map(city_index: CityIndex) -> Component:
    return html.Figure(
        [
            html.Div(
                dcc.Graph(
                    id="map", config=_GRAPH, figure=grid_map(city_index.current, None, _REM_PX)
                ),
                className="graph map-graph",
            ),
            html.Figcaption(
                [
                    html.H2(say("map.title")),
                    dcc.RadioItems(id="layer", options=[], value=None, className="layers"),
                    html.Div(id="legend", className="legend"),
                    html.Div(id="map-caption", className="caption"),
                ],
                className="map-words",
            ),
        ],
        className="panel map",
        id="map-panel",
        **_blind_words(),
    )


def _trends() -> Component:
    slots = [
        html.Figure(
            [
                html.Figcaption(id=f"trend-title-{slot}", className="trend-title"),
                html.Div(
                    dcc.Graph(id=f"trend-{slot}", config=_GRAPH, figure=blank(_REM_PX)),
                    className="graph",
                ),
            ],
            className="trend",
            id=f"trend-panel-{slot}",
            **_blind_words(),
        )
        for slot in range(TREND_SLOTS)
    ]
    return html.Section(
        [html.H2(say("trend.title"), className="unseen"), html.Div(slots, className="trend-slots")],
        className="panel trends",
    )


def _funnel() -> Component:
    return _table_panel("funnel", ("open", "overdue", "dwell", "done"))


def _overdue() -> Component:
    return _table_panel("overdue", ("what", "whose", "late"))


def _rankings() -> Component:
    """Panel of the rankings; the heads of its columns are for screen readers, `how` names them."""
    how = html.Span(say("ranking.how"), className="quiet")
    return html.Section(
        [
            html.Div([html.H2(say("ranking.title")), how], className="panel-head"),
            html.Div([_ranking(by) for by in RANKED], className="ranking-tables"),
        ],
        className="panel rankings",
        id="rankings-panel",
        **_blind_words(),
    )


def _ranking(by: str) -> Component:
    heads = [html.Th(say(f"ranking.{name}"), scope="col") for name in (by, *RANKING_COLUMNS)]
    columns = [html.Col(), *(html.Col(className=f"col-{name}") for name in RANKING_COLUMNS)]
    return html.Table(
        [
            html.Colgroup(columns),
            html.Thead(html.Tr(heads), className="unseen"),
            _body(f"ranking-{by}"),
        ]
    )


def _warnings() -> Component:
    """Panel of the warnings; its column heads are for screen readers, the rows speak plainly."""
    head = html.Tr([html.Th(say(f"warnings.{name}"), scope="col") for name in ("level", "where")])
    return html.Section(
        [
            html.Div(
                [html.H2(say("warnings.title")), html.Span(id="more", className="quiet")],
                className="panel-head",
            ),
            html.Table(
                [
                    html.Colgroup([html.Col(className="col-level"), html.Col()]),
                    html.Thead(head, className="unseen"),
                    _body("warnings"),
                ]
            ),
        ],
        className="panel warnings",
    )


def _health() -> Component:
    return _table_panel("health", ("state", "last", "rate", "lag", "rejected", "late", "spoke"))


def _table_panel(name: str, columns: Sequence[str]) -> Component:
    """Panel that is one table: its title heads the first column, the callback fills its body."""
    title = html.Th(html.H2(say(f"{name}.title")), scope="col")
    heads = [html.Th(say(f"{name}.{column}"), scope="col") for column in columns]
    return html.Section(
        html.Table([html.Thead(html.Tr([title, *heads])), _body(name)]),
        className=f"panel {name}",
        id=f"{name}-panel",
        **_blind_words(),
    )


def _body(name: str) -> Component:
    """Body of a table before the first snapshot: nothing is known, which is not nothing."""
    return html.Tbody(html.Tr(html.Td(UNKNOWN, className="nothing")), id=name)


def _blind_words() -> dict[str, Any]:
    """Give what a panel says over itself, in each language, while its feed is blind."""
    return {f"data-blind-{language}": text for language, text in message("panel.blind").items()}
