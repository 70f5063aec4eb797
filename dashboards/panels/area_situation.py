"""The situation index of areas as a table: the number, what it was, and what moves it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from dash import html
from dash.development.base_component import Component

from config.catalog import Text
from dashboards.common.city_index import CityIndex
from dashboards.common.messages import meaning_of, message, same
from dashboards.common.wording import UNKNOWN, both, number, say
from dashboards.panels.tables import Cell, table
from models.situation.index import COMPONENTS, AreaSituation, Contribution
from models.warnings.places import place_of

LEAST_MOVE: Final = 0.5  # of the index; less is not told
_HEADS: Final = (
    "column.place",
    "situation.index",
    "situation.day-before",
    "situation.week-before",
    "situation.moves",
    "situation.known",
)


def situation_table(found: Sequence[AreaSituation], city: CityIndex, day: date) -> Component:
    """List areas, the highest index first; a part opens its definition and its usual value."""
    rows: list[list[Cell]] = [
        [
            both(place_of(city.catalog, one.now.area)),
            html.Strong(both(_index(one.now.value))),
            both(_index(one.day_before)),
            both(_index(one.week_before)),
            html.Div([_part(each) for each in one.now.parts if _is_told(each)]),
            both(same(f"{number(100 * one.now.known)} %")),
        ]
        for one in found
    ]
    return html.Section(
        [
            html.H2(say("situation.of", day=day.isoformat())),
            table(_HEADS, rows, "situation.none", "operator.situation"),
        ]
    )


def _index(value: float | None) -> Text:
    return message("situation.not-known") if value is None else same(number(value, 1))


def _is_told(part: Contribution) -> bool:
    return part.score is None or abs(part.contribution) >= LEAST_MOVE


def _part(part: Contribution) -> Component:
    """Say what a component adds; that it is not known is said as well."""
    component = next(each for each in COMPONENTS if each.code == part.code)
    title = dict(component.title)
    meaning = html.P(both(meaning_of("situation", part.code, component.definition)))
    if part.score is None:
        shown = say("situation.part-unknown", part=title)
        return html.Details([html.Summary(shown), meaning], className="made-of")
    shown = say(
        "situation.part",
        part=title,
        moves=("+" if part.contribution > 0 else "") + number(part.contribution, 1),
    )
    beside = say(
        "situation.beside",
        value=_measured(part.value),
        usual=_measured(part.usual),
        days=number(part.past),
    )
    return html.Details([html.Summary(shown), html.P(beside), meaning], className="made-of")


def _measured(value: float | None) -> str:
    if value is None:
        return UNKNOWN
    return number(value, 0 if value == round(value) else 1)
