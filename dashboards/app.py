"""The wall's server: start reading here.

`common.source` reads the snapshot, `rooms.leadership.refresh` decides what changes on the page that
`rooms.leadership.layout` laid out, `assets/wall.js` judges in the browser whether it is stale.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Final

from dash import ClientsideFunction, Dash, Input, Output, State, no_update
from flask import Flask, Response, jsonify

from dashboards.common.city_index import CityIndex
from dashboards.common.messages import message
from dashboards.common.metrics import CONTENT_TYPE, WallMetrics
from dashboards.common.source import SnapshotSource, Trouble
from dashboards.rooms.leadership.layout import STALE_AFTER_MS, page
from dashboards.rooms.leadership.refresh import OUTPUTS, Seen, refresh
from models.situation.snapshot import Snapshot

_THREADS: Final = 8
_MAX_REQUEST: Final = 256 * 1024  # a tick is a few kilobytes
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


def create_app(source: SnapshotSource, atlas: CityIndex) -> Dash:
    """Make the wall; it can be served as a WSGI application by its attribute `server`."""
    app = Dash(
        "dashboards",
        title=message("page.title")["zh"],
        update_title=None,  # type: ignore[arg-type] # None: the title stands still
        serve_locally=True,
        assets_folder=str(Path(__file__).with_name("assets")),
        index_string=_INDEX,
    )
    app.layout = page(atlas)
    metrics = WallMetrics()
    _add_callbacks(app, source, atlas, metrics)
    _add_routes(app.server, source, metrics)
    _secure(app)
    return app


def serve(app: Dash, host: str, port: int) -> None:
    """Serve the wall until the process is asked to end."""
    import waitress

    listen: Any = waitress.serve  # untyped in waitress
    listen(app.server, host=host, port=port, threads=_THREADS, ident="", _quiet=True)


def _add_callbacks(
    app: Dash, source: SnapshotSource, atlas: CityIndex, metrics: WallMetrics
) -> None:
    @app.callback(
        output={name: Output(*place) for name, place in OUTPUTS.items()},
        inputs={
            "_tick": Input("tick", "n_intervals"),
            "wanted": Input("layer", "value"),
            "rem_px": Input("viewport", "data"),
        },
        state={"seen": State("seen", "data")},
    )
    def _refresh(
        _tick: int | None, wanted: str | None, rem_px: float | None, seen: Seen | None
    ) -> dict[str, Any]:
        with metrics.refresh_s.time():
            found = source.read()
            metrics.count(found)
            changed = refresh(
                found,
                atlas,
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


def _add_routes(server: Flask, source: SnapshotSource, metrics: WallMetrics) -> None:
    @server.get("/live")
    def live() -> Response:
        return Response("live\n", content_type="text/plain; charset=utf-8")

    @server.get("/ready")
    def ready() -> tuple[Response, int]:
        found = source.read()
        age_s = _age_s(found)
        why = found.value if isinstance(found, Trouble) else None
        if age_s is not None and age_s * 1000 > STALE_AFTER_MS:
            why = "quiet"
        return jsonify(ready=why is None, why=why, snapshot_age_s=age_s), 503 if why else 200

    @server.get("/metrics")
    def metrics_text() -> Response:
        found = source.read()
        return Response(metrics.exposition(found, _age_s(found)), content_type=CONTENT_TYPE)


def _secure(app: Dash) -> None:
    """Nothing may come from, or go to, another machine."""
    policy = "; ".join(
        (
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
    )
    server: Flask = app.server
    server.config["MAX_CONTENT_LENGTH"] = _MAX_REQUEST

    @server.after_request
    def add_headers(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = policy
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
        return response


def _age_s(found: Snapshot | Trouble) -> float | None:
    return None if isinstance(found, Trouble) else (_now_ms() - found.written_ms) / 1000


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
