"""The way from one page of the operators to the others."""

from __future__ import annotations

from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from dashboards.common.wording import say

PAGES: Final = (
    ("/operator", "operator.warnings"),
    ("/operator/situation", "operator.situation"),
    ("/operator/cases", "operator.cases"),
    ("/operator/dossiers", "operator.dossiers"),
    ("/operator/campaigns", "operator.campaigns"),
    ("/operator/hazards", "operator.hazards"),
    ("/operator/feeds", "operator.feeds"),
    ("/operator/dead-letters", "operator.dead-letters"),
    ("/operator/subscriptions", "operator.subscriptions"),
    ("/operator/deliveries", "operator.deliveries"),
    ("/operator/audit", "operator.audit"),
    ("/operator/rules", "operator.rules"),
    ("/operator/users", "operator.users"),
)


def links(here: str) -> Component:
    """Links to all of them, the page itself marked."""
    current: dict[str, Any] = {"aria-current": "page"}
    told: dict[str, Any] = {"aria-label": "operator"}
    each = [
        html.A(say(title), href=path, **(current if path == here else {})) for path, title in PAGES
    ]
    return html.Nav(each, className="tabs", **told)
