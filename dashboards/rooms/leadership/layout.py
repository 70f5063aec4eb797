"""The wall before the first snapshot: fixed places for everything, and nothing known yet.

Six metres from a 65-inch screen: what must be read is at least 75 px at 3840×2160, so the page has
room for about twenty lines. The map, the numbers and the state of the feeds always stand there; the
rest is in views that take turns, and stop at the warnings while a red one is open.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from dashboards.common import frame
from dashboards.common.city_index import CityIndex
from dashboards.common.messages import message
from dashboards.common.wording import UNKNOWN, both, say
from dashboards.panels import banner
from dashboards.panels.headlines import headlines
from dashboards.panels.rankings import RANKED

RANKING_COLUMNS: Final = ("rate", "within", "n")  # columns after the name
VIEWS: Final = ("warnings", "loop", "course", "matters", "data")
TIMELINE: Final = (
    "timeline.mark",
    "timeline.play",
    "timeline.scrub",
    "timeline.speed",
    "timeline.day",
    "timeline.present",
    "timeline.none",
    "timeline.failed",
)
MAP_WORDS: Final = ("street_sum", "street_mean", "street_max", "whole_city")


def wall(city_index: CityIndex) -> Component:
    """Whole page, before the first snapshot: everything is unknown."""
    children = [
        _banner(city_index),
        html.Main(
            [
                html.Dl(headlines(None, city_index.zone), id="headlines", className="headlines"),
                html.Div([_map(), _views()], className="board"),
            ],
            className="content",
        ),
        _strip(city_index),
        html.Div(both(message("exercise")), id="exercise", hidden=True, className="exercise"),
        html.Div(id="history-mark", className="history-mark", role="status"),
    ]
    return frame.whole("wall", "room.wall", children, "page")


def _banner(city_index: CityIndex) -> Component:
    return html.Header(
        [
            html.Div(
                [
                    html.H1(both(city_index.catalog.city.name), className="fit"),
                    html.Div(UNKNOWN, id="operating", className="operating"),
                ],
                className="where",
            ),
            html.Div(banner.stage(None, city_index), id="stage", className="stage-place"),
            frame.now(),
            frame.stale(),
        ],
        className="banner",
    )


def _map() -> Component:
    words: dict[str, Any] = {
        f"data-{name.replace('_', '-')}-{language}": text
        for name in MAP_WORDS
        for language, text in message(f"map.{name}", name="{name}", value="{value}").items()
    }
    canvas = html.Canvas(id="map", **words, **_wild(("aria-hidden", "true")))
    return html.Figure(
        [
            html.Div(
                [
                    canvas,
                    html.Div(id="map-card", className="map-card"),
                    html.Div(say("map.none"), id="map-none", className="nothing map-none"),
                ],
                className="map-place",
            ),
            html.Figcaption(
                [
                    html.H2(say("map.title"), className="unseen"),
                    html.Div(
                        id="layer",
                        className="layers",
                        role="radiogroup",
                        **_wild(("aria-label", "图层 / layers")),
                    ),
                    html.Div(id="legend", className="legend"),
                    html.Div(id="map-notes", className="map-notes"),
                    html.Div(id="map-caption", className="unseen"),
                ],
                className="map-words",
            ),
        ],
        className="panel map",
        id="map-panel",
        **_blind_words(),
    )


def _views() -> Component:
    tabs = [
        html.Button(
            [html.Span(str(place), className="key"), say(f"view.{name}")],
            type="button",
            className="tab",
            **_wild(("data-view", name)),
        )
        for place, name in enumerate(VIEWS, start=1)
    ]
    turning = html.Span(
        [
            html.Span(say("view.turning"), className="is-turning"),
            html.Span(say("view.held"), className="is-held"),
            html.Span(say("view.paused"), className="is-paused"),
        ],
        id="turning",
        className="turning",
    )
    views = [_warnings(), _loop(), _course(), _matters(), _data()]
    return html.Div(
        [html.Div([*tabs, turning], className="tabs"), *views], className="views", id="views"
    )


def _view(name: str, children: Sequence[Component]) -> Component:
    return html.Section(list(children), className=f"view view-{name}", id=f"view-{name}")


def _warnings() -> Component:
    """View of the warnings: a list, the worst first and told in full."""
    head = html.Div(
        [
            html.H2(say("warnings.title"), className="unseen"),
            html.Span(id="more", className="quiet"),
        ],
        className="panel-head",
    )
    nothing = html.Li(UNKNOWN, className="nothing")
    rows = html.Ol([nothing], id="warnings", className="warning-list fit")
    return _view("warnings", [html.Div([head, rows], className="panel warnings")])


def _loop() -> Component:
    return _view(
        "loop",
        [
            _table_panel("funnel", ("open", "overdue", "dwell", "done")),
            _table_panel("overdue", ("what", "whose", "late")),
        ],
    )


def _course() -> Component:
    """View of how the city runs: lines of the day, what changed, what is due."""
    trends = html.Section(
        [html.H2(say("trend.title")), html.Div(_nothing(), id="trends", className="trend-slots")],
        className="panel trends",
    )
    lists = [
        html.Section(
            [html.H2(say(f"{name}.title")), html.Ul(_nothing(), id=name, className="lines fit")],
            className=f"panel {name}",
        )
        for name in ("changes", "dues")
    ]
    return _view("course", [trends, html.Div(lists, className="side-by-side")])


def _matters() -> Component:
    """View of major events and supervised matters: how far, and what is open."""
    title = html.H2(say("matters.title"))
    rows = html.Ul(_nothing(), id="matters", className="lines fit")
    return _view("matters", [html.Section([title, rows], className="panel matters")])


def _data() -> Component:
    health = _table_panel("health", ("state", "last", "rate", "lag", "rejected", "late", "spoke"))
    return _view("data", [_rankings(), health])


def _rankings() -> Component:
    """Panel of the rankings; the heads of its columns are for screen readers, `how` names them."""
    how = html.Span(say("ranking.how"), className="quiet small")
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


def _table_panel(name: str, columns: Sequence[str]) -> Component:
    """Panel that is one table: its title heads the first column, a snapshot fills its body."""
    title = html.Th(html.H2(say(f"{name}.title")), scope="col")
    heads = [html.Th(say(f"{name}.{column}"), scope="col") for column in columns]
    return html.Section(
        html.Table([html.Thead(html.Tr([title, *heads])), _body(name)]),
        className=f"panel {name}",
        id=f"{name}-panel",
        **_blind_words(),
    )


def _timeline(city_index: CityIndex) -> Component:
    """Lay out the place of the timeline; `assets/wall-history.js` fills it."""
    words: dict[str, Any] = {
        f"data-{key.removeprefix('timeline.')}-{language}": text
        for key in TIMELINE
        for language, text in message(key).items()
    }
    zone = {"data-zone": city_index.catalog.city.timezone}
    return html.Div(
        id="timeline", className="timeline", role="group", **words, **_wild(*zone.items())
    )


def _strip(city_index: CityIndex) -> Component:
    """Lay out the day, data health, what a caller on the phone is asked for, and the language."""
    feeds = html.Ul(_nothing(), id="feeds", className="feeds")
    words = html.Div(id="footer", className="footer-words")
    rooms = [html.A(say(title), href=path) for path, title in frame.ROOMS if path != "/"]
    return html.Footer(
        [
            _timeline(city_index),
            feeds,
            html.Div(
                [words, html.Nav(rooms, className="rooms"), _sound(), frame.language()],
                className="foot",
            ),
        ],
        className="footer",
    )


def _sound() -> Component:
    """Make the switch of the sound; `assets/wall-sound.js` does the rest."""
    words = [
        html.Span(say("sound.off"), className="is-off"),
        html.Span(say("sound.on"), className="is-on"),
        html.Span(say("sound.blocked"), className="is-blocked"),
    ]
    return html.Button(words, id="sound", type="button", **_wild(("data-state", "off")))


def _nothing() -> list[Component]:
    return [html.Li(UNKNOWN, className="nothing")]


def _body(name: str) -> Component:
    """Body of a table before the first snapshot: nothing is known, which is not nothing."""
    return html.Tbody(html.Tr(html.Td(UNKNOWN, className="nothing")), id=name)


def _blind_words() -> dict[str, Any]:
    """Give what a panel says over itself, in each language, while its feed is blind."""
    return {f"data-blind-{language}": text for language, text in message("panel.blind").items()}


def _wild(*pairs: tuple[str, str]) -> dict[str, Any]:
    """Attributes with a hyphen, which Dash takes by keyword but Python cannot spell."""
    return dict(pairs)
