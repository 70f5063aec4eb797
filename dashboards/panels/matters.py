"""How the supervised matters stand, and in which mode the district is run: two lines a matter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dash import html
from dash.development.base_component import Component

from config.catalog import Text
from dashboards.common.city_index import CityIndex
from dashboards.common.messages import LANGUAGES, message, same, title_of
from dashboards.common.wording import UNKNOWN, both, clock, duration, number, say
from models.events.mode import MODE_NAMES, Mode
from models.feeds.kinds.contract import kind_of
from models.situation.matter_now import Definition, MatterNow, MatterRow
from models.situation.snapshot import Snapshot

FIGURES: Final = 3  # of a matter on the wall


def definitions_of(matter: MatterNow, city: CityIndex) -> Mapping[str, Definition]:
    """Give what the figures of a matter are; nothing of a feed that the city no longer has."""
    feed = city.catalog.feeds.get(matter.feed)
    return kind_of(feed).definitions if feed else {}


def figure(row: MatterRow, definition: Definition | None) -> Text:
    """Write a figure with its unit, and what a rate was made of.

    Examples
    --------
    >>> row = MatterRow(by="all", group="", code="x", value=89.66, numerator=2576, denominator=2873)
    >>> figure(row, Definition({}, "", "%", 1))["en"], figure(row, None)["zh"]
    ('89.7 % (2,576/2,873)', '90 (2,576/2,873)')
    """
    value = number(row.value, definition.decimals if definition else 0)
    unit = definition.unit if definition and value != UNKNOWN else ""
    made = f" ({number(row.numerator)}/{number(row.denominator)})" if row.denominator else ""
    units = title_of("unit", unit)
    return {each: f"{value} {units[each]}".rstrip() + made for each in LANGUAGES}


def matter_rows(snapshot: Snapshot, city: CityIndex) -> list[Component]:
    """Give each matter that was heard of with its first figures; those without data as stale."""
    stale = snapshot.stale_feeds()
    rows = [_matter(each, city, is_blind=each.feed in stale) for each in snapshot.matters]
    return rows or [html.Li(say("matters.none"), className="quiet")]


def mode_words(snapshot: Snapshot) -> Text:
    """Say in which mode the district is run; a mode it does not know speaks for itself."""
    known = {mode.value: MODE_NAMES[mode] for mode in Mode}
    mode = snapshot.operating.mode
    return message("mode.now", mode=known.get(mode, same(mode)))


def countdown_rows(snapshot: Snapshot, city: CityIndex) -> list[Component]:
    """Say of each major event its phase, what is left of it, and its open cases."""
    return [
        html.Li(
            say(
                "matters.event",
                event=event.title,
                phase=message(f"event.phase.{event.phase}"),
                left=duration((event.changes_ms - snapshot.clock_ms) / 1000),
                time=clock(event.changes_ms, city.zone, snapshot.clock_ms),
                open=number(event.figures.open),
                late=number(event.figures.overdue),
            )
            if event.changes_ms
            else both(event.title),
        )
        for event in snapshot.events
    ]


def _matter(matter: MatterNow, city: CityIndex, *, is_blind: bool) -> Component:
    definitions = definitions_of(matter, city)
    rows = [row for row in map(matter.figure, matter.key[:FIGURES]) if row is not None]
    tag = [html.Span(say("panel.blind"), className="blind-tag")] if is_blind else []
    told = [
        html.Span(
            [both(_title(row, definitions)), " ", html.Strong(both(_figure(row, definitions)))]
        )
        for row in rows
    ]
    head = html.Span([*tag, both(matter.title)], className="matter-title")
    return html.Li([head, html.Span(told, className="matter-figures")], className="matter")


def _title(row: MatterRow, definitions: Mapping[str, Definition]) -> Text:
    known = definitions.get(row.code)
    return known.title if known else same(row.code)


def _figure(row: MatterRow, definitions: Mapping[str, Definition]) -> Text:
    return figure(row, definitions.get(row.code))
