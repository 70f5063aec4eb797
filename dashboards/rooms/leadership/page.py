"""The wall of the leadership situation room."""

from __future__ import annotations

from typing import Final

from dash.development.base_component import Component

from dashboards.common.pages import Page, PageContext
from dashboards.rooms.leadership.layout import wall
from dashboards.rooms.leadership.live import WallLive, wall_at, wall_live


def layout(context: PageContext) -> Component:
    """Lay the page out."""
    return wall(context.city_index)


def starts(context: PageContext) -> WallLive:
    """Begin to show snapshots beside what the archive knows."""
    return WallLive(context.api.moments if context.api else None)


PAGE: Final = Page(
    path="/",
    title="room.wall",
    layout=layout,
    live=wall_live,
    starts=starts,
    past=wall_at,
    theme="wall",
    order=0,
)
