"""The states of a panel that has nothing to show, each said in words: never an empty chart."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from dashboards.common.wording import say


def empty(key: str) -> Component:
    """Say why a place is empty, with a message of the catalogue."""
    return html.Div(say(key), className="empty-state")
