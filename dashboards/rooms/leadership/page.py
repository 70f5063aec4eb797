"""The wall of the leadership situation room."""

from __future__ import annotations

from typing import Final

from dash.development.base_component import Component

from dashboards.common.pages import Page, PageContext
from dashboards.rooms.leadership.layout import wall
from dashboards.rooms.leadership.live import WallLive, wall_live


def layout(context: PageContext) -> Component:
    """Lay the page out."""
    return wall(context.city_index)


PAGE: Final = Page(
    path="/",
    title="room.wall",
    layout=layout,
    live=wall_live,
    starts=WallLive,
    theme="wall",
    order=0,
)
