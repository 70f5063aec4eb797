"""The wall's server: start reading here.

`common.source` reads the snapshot, `rooms.leadership.refresh` decides what changes on the page that
`rooms.leadership.layout` laid out, `assets/wall.js` judges in the browser whether it is stale.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection
from pathlib import Path
from typing import Any, Final

from dash import ClientsideFunction, Dash, Input, Output, State, no_update
from fastapi import FastAPI
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp

from dashboards.api.app import create_api
from dashboards.api.context import ApiContext
from dashboards.api.http.doors import Doors
from dashboards.common.city_index import CityIndex
from dashboards.common.messages import message
from dashboards.common.metrics import CONTENT_TYPE, WallMetrics
from dashboards.common.source import SnapshotSource, Trouble
from dashboards.guard import Guard
from dashboards.rooms.leadership.layout import STALE_AFTER_MS, page
from dashboards.rooms.leadership.refresh import OUTPUTS, Seen, refresh
from dashboards.rooms.leadership.tick import checked_body
from models.situation.snapshot import Snapshot

LOCAL_HOSTS: Final = ("localhost", "127.0.0.1", "[::1]")
_DEFAULT_REM_PX: Final = 16.0

# The page is stale until the browser has judged otherwise: without its script it says so too.
_INDEX: Final = """<!DOCTYPE html>
<html lang="zh-CN" class="is-stale">
  <head>
    {%metas%}
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>{%title%}</title>
    <link rel="icon" type="image/svg+xml" href="/assets/mark.svg">
    {%css%}
  </head>
  <body>
    {%app_entry%}
    <footer>{%config%}{%scripts%}{%renderer%}</footer>
  </body>
</html>
"""


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
    app = Dash(
        "dashboards",
        server=api,  # type: ignore[arg-type] # typed for Flask alone
        title=message("page.title")["zh"],
        update_title=None,  # type: ignore[arg-type] # None: the title stands still
        serve_locally=True,
        assets_folder=str(Path(__file__).with_name("assets")),
        index_string=_INDEX,
    )
    app.layout = page(city_index)
    metrics = WallMetrics()
    _add_callbacks(app, source, city_index, metrics)
    _add_routes(api, source, metrics)
    pages = Guard(api, checked_body, _headers(app))
    whole = Doors(pages, create_api(api_context)) if api_context else pages
    return TrustedHostMiddleware(whole, allowed_hosts=list(hosts), www_redirect=False)


def _add_callbacks(
    app: Dash, source: SnapshotSource, city_index: CityIndex, metrics: WallMetrics
) -> None:
    @app.callback(
        output={name: Output(*place) for name, place in OUTPUTS.items()},
        inputs={  # `rooms.leadership.tick` knows their types
            "_tick": Input("tick", "n_intervals"),
            "wanted": Input("layer", "value"),
            "rem_px": Input("viewport", "data"),
        },
        state={"seen": State("seen", "data")},
    )
    async def _refresh(
        _tick: int | None, wanted: str | None, rem_px: float | None, seen: Seen | None
    ) -> dict[str, Any]:
        return await asyncio.to_thread(answer, wanted, rem_px, seen)  # Redis may be slow

    def answer(wanted: str | None, rem_px: float | None, seen: Seen | None) -> dict[str, Any]:
        with metrics.refresh_s.time():
            found = source.read()
            metrics.count(found)
            changed = refresh(
                found,
                city_index,
                wanted=wanted,
                rem_px=rem_px or _DEFAULT_REM_PX,
                seen=seen,
                server_ms=_now_ms(),
            )
        return {name: changed.get(name, no_update) for name in OUTPUTS}

    in_browser: Any = app.clientside_callback  # untyped in Dash
    in_browser(
        ClientsideFunction("gridpulse", "viewport"),
        Output("viewport", "data"),
        Input("tick", "n_intervals"),
        State("viewport", "data"),
    )
    in_browser(ClientsideFunction("gridpulse", "heard"), Input("clock", "data"))


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
        body = {"ready": why is None, "why": why, "snapshot_age_s": age_s, **_told(found)}
        return JSONResponse(body, 503 if why else 200)

    @api.get("/metrics")
    def metrics_text() -> Response:
        found = source.read()
        text = metrics.exposition(found, _age_s(found))
        return Response(text, headers={"Content-Type": CONTENT_TYPE})


def _told(found: Snapshot | Trouble) -> dict[str, Any]:
    """Stage of the city, and the state and age of each feed, as the snapshot has them."""
    if isinstance(found, Trouble):
        return {"stage": None, "feeds": {}}
    feeds = {
        feed.feed: {"state": feed.state, "mode": feed.mode, "age_s": feed.age_s}
        for feed in found.feeds
    }
    return {"stage": found.stage.stage.slug, "feeds": feeds}


def _headers(app: Dash) -> dict[str, str]:
    """Headers of every answer: nothing may come from, or go to, another machine."""
    policy = (
        "default-src 'none'",
        f"script-src 'self' {' '.join(app.csp_hashes())}",
        "style-src 'self' 'unsafe-inline'",  # plotly writes its rules into the page
        "img-src 'self' data:",  # a heatmap is drawn as a data image
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
