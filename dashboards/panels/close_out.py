"""The close-out of the city's events: each figure opens what it is made of; HTML and PDF."""

from __future__ import annotations

from typing import Final

from dash import html
from dash.development.base_component import Component

from config.errors import GridpulseError
from dashboards.api.context import ApiContext
from dashboards.api.newest import clock_of
from dashboards.common.close_outs import CloseOutFigures
from dashboards.common.messages import same
from dashboards.common.states import away, empty
from dashboards.common.wording import UNKNOWN, both, local, number, say
from dashboards.panels.made_of import made_of
from dashboards.panels.tables import Cell, table

_COUNTS: Final = ("filed", "closed", "open", "overdue", "closed_late", "objects")
_WORDS: Final = {"objects": "event.objects-n"}
_SHARE: Final = "closed_of_filed"


def close_out_sections(api: ApiContext, language: str) -> list[Component]:
    """Show each event of the city, or say why it cannot be counted."""
    if api.close_outs is None:
        return [empty("close-out.no-archive")]
    sections: list[Component] = []
    clock_ms = clock_of(api)
    for name, event in api.city.catalog.events.items():
        try:
            found = api.close_outs.figures(name, clock_ms)
        except GridpulseError as error:
            sections.append(away("close-out.away", error, event=event.title))
            continue
        sections.append(_section(found, api, language))
    return sections or [empty("handover.no-event")]


def _section(found: CloseOutFigures, api: ApiContext, language: str) -> Component:
    rows: list[list[Cell]] = [
        [say(_WORDS.get(name, f"event.{name}")), _figure(found, name)] for name in _COUNTS
    ]
    rows.append([say("event.share"), _figure(found, _SHARE)])
    at = f"{local(found.at_ms, api.city.zone):%Y-%m-%d %H:%M}"
    early = [html.P(say("close-out.early"), className="abnormal")] if found.is_early else []
    address = f"/api/v1/close-outs/{found.event}?language={language}&format="
    return html.Section(
        [
            html.H3(both(found.title)),
            *early,
            table(("event.figure", "event.value"), rows, "event.objects.none", about=found.event),
            html.P(say("close-out.at", time=at, cases=number(found.cases)), className="told"),
            html.P(
                [
                    say("close-out.report"),
                    html.A("HTML", href=f"{address}html"),
                    html.A("PDF", href=f"{address}pdf"),
                ],
                className="tabs",
            ),
        ],
        className="close-out",
    )


def _figure(found: CloseOutFigures, name: str) -> Component:
    meaning = found.definitions[name]
    if name != _SHARE:
        return made_of(same(number(getattr(found, name))), meaning, getattr(found, name), None)
    shown = UNKNOWN if found.percent is None else f"{number(found.percent, 2)} %"
    return made_of(same(shown), meaning, found.closed, found.filed)
