"""The states of a panel that has nothing to show, each said in words: never an empty chart."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from config.catalog import Text
from dashboards.common.wording import say
from models.printable import printable


def empty(key: str) -> Component:
    """Say why a place is empty, with a message of the catalogue."""
    return html.Div(say(key), className="empty-state")


def away(key: str, error: Exception, **fields: str | Text) -> Component:
    """Say what cannot be read just now; why stands apart, in the language of errors."""
    why = html.Span(printable(str(error)), lang="en", className="told")
    return html.Div([say(key, **fields), " ", why], className="empty-state")
