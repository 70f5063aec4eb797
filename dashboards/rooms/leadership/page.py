"""The wall of the leadership situation room."""

from __future__ import annotations

import asyncio
import time
from typing import Any, Final

from dash import ClientsideFunction, Dash, Input, Output, State, no_update
from dash.development.base_component import Component

from dashboards.common.city_index import CityIndex
from dashboards.common.pages import Live, Page, PageContext
from dashboards.rooms.leadership import layout as places
from dashboards.rooms.leadership.refresh import OUTPUTS, Seen, refresh
from dashboards.rooms.leadership.tick import INPUTS, STATES
from models.situation.snapshot import Snapshot

_DEFAULT_REM_PX: Final = 16.0


def layout(context: PageContext) -> Component:
    """Lay the page out."""
    return places.page(context.city_index)


def live(_snapshot: Snapshot, _city_index: CityIndex) -> Live:
    """Give what is pushed."""
    return {}


def callbacks(app: Dash, context: PageContext) -> None:
    """Add what the page asks for each second."""

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
        changed = refresh(
            context.source.read(),
            context.city_index,
            wanted=wanted,
            rem_px=rem_px or _DEFAULT_REM_PX,
            seen=seen,
            server_ms=time.time_ns() // 1_000_000,
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


PAGE: Final = Page(
    path="/",
    title="room.wall",
    layout=layout,
    live=live,
    theme="wall",
    callbacks=callbacks,
    checked={**INPUTS, **STATES},
    order=0,
)
