"""What every page has around its content: how stale it is, the stage, the clock, the language.

The browser judges staleness by itself and needs no server for it; see `assets/alive.js`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from dashboards.common.city_index import CityIndex
from dashboards.common.messages import message
from dashboards.common.pages import Live, Page
from dashboards.common.source import Trouble
from dashboards.common.wording import UNKNOWN, both, say
from dashboards.panels import banner
from models.situation.snapshot import Snapshot

STALE_AFTER_MS: Final = 2_700  # a snapshot comes once a second; with a look it is under 3 s
STALE_REASONS: Final = ("connecting", "quiet", "server", "clock", *(t.value for t in Trouble))
# Paths and titles of the rooms, in the order of the navigation.
ROOMS: Final = (
    ("/", "room.wall"),
    ("/bureau", "room.bureau"),
    ("/command", "room.command"),
    ("/operator", "room.operator"),
)


def whole(name: str, title: str, children: Sequence[Component], class_name: str) -> Component:
    """Make the outermost element of a page: `assets/alive.js` reads from it what the page is."""
    titles = message(title)
    told = {
        "data-stale-after-ms": str(STALE_AFTER_MS),
        "data-channel": name,
        "data-title-zh": message("page.title", page=titles)["zh"],
        "data-title-en": message("page.title", page=titles)["en"],
        "data-stale-title-zh": message("page.stale_title", page=titles)["zh"],
        "data-stale-title-en": message("page.stale_title", page=titles)["en"],
    }
    announcer = html.Div(id="announcer", className="unseen", **_wild("aria-live", "polite"))
    extra: dict[str, Any] = told
    return html.Div([*children, announcer], id="page", className=class_name, **extra)


def office(page: Page, city_index: CityIndex, children: Sequence[Component]) -> Component:
    """Frame of a page that is read at a desk or on a phone."""
    header = html.Header(
        [
            html.A(say("page.skip"), href="#content", className="skip"),
            html.Div(
                [html.Strong(say("page.brand")), both(city_index.catalog.city.name)],
                className="brand",
            ),
            _navigation(page.path),
            html.Div(html.Span(say("stage.unknown")), id="stage", className="stage-chip-place"),
            now(),
            language(),
        ],
        className="office-head",
    )
    content = html.Main(
        [html.H1(say(page.title)), *children], id="content", className="content", tabIndex=-1
    )
    inside = whole(page.name, page.title, [header, stale(), content], "office")
    return dmc.MantineProvider(inside, forceColorScheme="light", theme=_THEME)


def office_live(snapshot: Snapshot, city_index: CityIndex) -> Live:
    """Give what the frame of an office page shows of a snapshot."""
    day, time = banner.now(snapshot, city_index.zone)
    return {
        "stage.children": banner.chip(snapshot),
        "now-mode.children": banner.mode(snapshot),
        "now-date.children": day,
        "now-time.children": time,
    }


def now() -> Component:
    """Make the place of the clock: whose time it is, the date, the time of day."""
    title = [html.Span(say("now.live"), id="now-mode"), html.Span(UNKNOWN, id="now-date")]
    return html.Div(
        [
            html.Div(title, className="now-title"),
            html.Div(UNKNOWN, id="now-time", className="now-time"),
        ],
        className="now",
    )


def language() -> Component:
    """Make the switch of the language; `assets/alive.js` does the rest."""
    return html.Button(say("page.language"), id="language", type="button")


def stale() -> Component:
    """Banner that the browser shows by itself; until the first snapshot it is shown as well."""
    reasons = [
        html.Span(say(f"stale.{reason}"), className="stale-reason", **_wild("data-reason", reason))
        for reason in STALE_REASONS
    ]
    return html.Div(
        [
            html.Strong(say("stale.title")),
            html.Span(reasons, className="stale-reasons"),
            html.Span(
                [say("stale.age"), html.Span(UNKNOWN, id="stale-age", className="stale-age")],
                className="stale-last",
            ),
        ],
        className="stale-banner",
        id="stale",
        role="status",
    )


def _navigation(here: str) -> Component:
    links = [
        html.A(say(title), href=path, **(_wild("aria-current", "page") if _is(path, here) else {}))
        for path, title in ROOMS
    ]
    return html.Nav(links, className="rooms", **_wild("aria-label", "rooms"))


def _is(path: str, here: str) -> bool:
    return here == path or (path != "/" and here.startswith(f"{path}/"))


def _wild(name: str, value: str) -> dict[str, Any]:
    """One `data-` or `aria-` attribute, which Dash takes by keyword but Python cannot spell."""
    return {name: value}


_THEME: Final[Any] = {
    "fontFamily": "var(--font)",
    "primaryColor": "blue",
    "defaultRadius": "sm",
}
