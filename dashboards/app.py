"""The server of all rooms: start reading here.

`common.pages` finds the pages in `dashboards.rooms`; `pusher` reads the snapshot and sends what it
shows to every browser; `assets/alive.js` judges in the browser whether that is stale.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, Final

from dash import Dash, Input, Output, dcc, html
from dash.development.base_component import Component
from fastapi import FastAPI
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp

from dashboards import rooms
from dashboards.access.login_page import PageLock
from dashboards.api.app import create_api
from dashboards.api.context import ApiContext
from dashboards.api.http.doors import Doors
from dashboards.callbacks import CallbackCheck
from dashboards.common.city_index import CityIndex
from dashboards.common.frame import STALE_AFTER_MS
from dashboards.common.metrics import CONTENT_TYPE, WallMetrics
from dashboards.common.pages import Page, PageContext, find_pages
from dashboards.common.source import SnapshotSource, Trouble
from dashboards.common.wording import say
from dashboards.compression import Compression
from dashboards.entry import INDEX, add_entries
from dashboards.guard import Guard
from dashboards.moment_routes import add_moment_routes
from dashboards.part_routes import add_part_routes
from dashboards.push_routes import add_push_routes
from dashboards.pusher import Pusher
from models.messages.prepared import prepare_types
from models.situation.line_now import LineNow
from models.situation.snapshot import Snapshot

LOCAL_HOSTS: Final = ("localhost", "127.0.0.1", "[::1]")
ADDRESS: Final = ("address", "pathname")
_ASSETS: Final = Path(__file__).with_name("assets")


def create_app(
    source: SnapshotSource,
    city_index: CityIndex,
    hosts: Collection[str] = LOCAL_HOSTS,
    api_context: ApiContext | None = None,
) -> ASGIApp:
    """Make the server of the pages and of the API.

    Parameters
    ----------
    source : SnapshotSource
    city_index : CityIndex
    api_context : ApiContext, optional
        What the API stands on; without it there are only the pages.
    hosts : collection of str
        Names under which the wall may be asked for; a request for another `Host` is refused, so
        that a page elsewhere cannot read the wall by a name that it points here.
    """
    api = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    context = PageContext(source=source, city_index=city_index, api=api_context)
    pages, metrics = find_pages(rooms), WallMetrics()
    app = Dash(
        "dashboards",
        server=api,  # type: ignore[arg-type] # typed for Flask alone
        update_title=None,  # type: ignore[arg-type] # None: the title stands still
        serve_locally=True,
        suppress_callback_exceptions=True,  # each page has its own components
        assets_folder=str(_ASSETS),
        index_string=INDEX,
    )
    app.layout = html.Div(
        [dcc.Location(id=ADDRESS[0], refresh=False), html.Div(id="room"), *_access(api_context)]
    )
    _add_callbacks(app, pages, context)
    add_entries(api, app, pages)
    add_push_routes(api, pages, Pusher(pages, context, metrics))
    add_part_routes(api, pages, api_context)
    add_moment_routes(api, pages, api_context)
    _add_routes(api, source, metrics)
    types = {ADDRESS: str | None, **{k: v for page in pages for k, v in page.checked.items()}}
    guarded = Guard(api, [page.path for page in pages], CallbackCheck(app, types), _headers(app))
    packed = Compression(guarded)
    whole = _with_api(packed, api_context) if api_context else packed
    prepare_types()  # requests are answered in threads
    return TrustedHostMiddleware(whole, allowed_hosts=list(hosts), www_redirect=False)


def _with_api(pages: ASGIApp, api_context: ApiContext) -> ASGIApp:
    """Put the login before the pages, and the API beside them."""
    locked = PageLock(
        pages, api_context.gate, api_context.provider, is_behind_tls=api_context.is_behind_tls
    )
    api = create_api(api_context)
    return Doors(locked, api, is_behind_proxy=api_context.is_behind_tls)


def _access(api_context: ApiContext | None) -> list[Component]:
    """Say where nobody has to log in."""
    note = api_context.gate.message if api_context else ""
    return [html.Aside(say(note), className="access-note")] if note else []


def _add_callbacks(app: Dash, pages: Sequence[Page], context: PageContext) -> None:
    by_path = {page.path: page for page in pages}

    @app.callback(Output("room", "children"), Input(*ADDRESS))
    def room(pathname: str | None) -> Component:
        page = by_path.get(f"/{(pathname or '').strip('/')}", pages[0])
        return page.layout(context)

    for page in pages:
        if page.callbacks is not None:
            page.callbacks(app, context)


def _add_routes(api: FastAPI, source: SnapshotSource, metrics: WallMetrics) -> None:
    """Add the routes for machines; FastAPI runs plain functions in threads."""

    @api.get("/live")
    def live() -> Response:
        return PlainTextResponse("live\n")

    @api.get("/ready")
    def ready() -> Response:
        found = source.read()
        age_s = _age_s(found)
        why = found.value if isinstance(found, Trouble) else None
        if age_s is not None and age_s * 1000 > STALE_AFTER_MS:
            why = "quiet"
        elif not isinstance(found, Trouble) and found.blind_feeds():
            why = "feeds"
        elif not isinstance(found, Trouble) and found.line.unassigned:
            why = "line"
        body = {"ready": why is None, "why": why, "snapshot_age_s": age_s, **_told(found)}
        return JSONResponse(body, 503 if why else 200)

    @api.get("/metrics")
    def metrics_text() -> Response:
        found = source.read()
        text = metrics.exposition(found, _age_s(found))
        return Response(text, headers={"Content-Type": CONTENT_TYPE})


def _told(found: Snapshot | Trouble) -> dict[str, Any]:
    """Stage of the city, each feed's state and age, and how far behind the line is."""
    if isinstance(found, Trouble):
        return {"stage": None, "feeds": {}, "line": None}
    feeds = {
        feed.feed: {"state": feed.state, "mode": feed.mode, "age_s": feed.age_s}
        for feed in found.feeds
    }
    line = {
        "lag_records": {agent.agent: agent.waiting for agent in found.line.agents},
        "unassigned": {
            agent.agent: agent.unassigned for agent in found.line.agents if agent.unassigned
        },
        "is_behind": found.line.is_behind,
        "judged": _told_judged(found.line),
    }
    return {"stage": found.stage.stage.slug, "feeds": feeds, "line": line}


def _told_judged(line: LineNow) -> dict[str, dict[str, Any]]:
    """Say by feed and agent how far a feed is judged."""
    told: dict[str, dict[str, Any]] = {}
    for one in line.judged:
        known = {"judged_ms": one.judged_ms, "behind_s": one.behind_s, "is_late": one.is_late}
        told.setdefault(one.feed, {})[one.agent] = known
    return told


def _headers(app: Dash) -> dict[str, str]:
    """Headers of every answer: nothing may come from, or go to, another machine."""
    policy = (
        "default-src 'none'",
        f"script-src 'self' {' '.join(app.csp_hashes())}",
        "style-src 'self' 'unsafe-inline'",  # components write their rules into the page
        "img-src 'self' data:",  # a chart is drawn as a data image
        "font-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
    return {
        "Content-Security-Policy": "; ".join(policy),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    }


def _age_s(found: Snapshot | Trouble) -> float | None:
    return None if isinstance(found, Trouble) else (_now_ms() - found.written_ms) / 1000


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
