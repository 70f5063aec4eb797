"""One supervised matter in full: its figures, those of its groups, and what to look at first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from dash import html
from dash.development.base_component import Component

from config.catalog import Text
from dashboards.common.city_index import CityIndex
from dashboards.common.messages import LANGUAGES, meaning_of, same, title_of
from dashboards.common.wording import UNKNOWN, both, clock, number, say
from dashboards.panels.made_of import made_of
from dashboards.panels.matters import definitions_of, figure
from dashboards.panels.tables import Cell, table
from models.messages.matters import WatchedObject
from models.situation.matter_now import Definition, MatterNow, MatterRow
from models.situation.snapshot import Snapshot

WATCHED: Final = 20
_WATCHED_HEADS: Final = (
    "matter.object",
    "matter.place",
    "matter.why",
    "matter.value",
    "matter.since",
    "matter.who",
)


def matter_sections(
    snapshot: Snapshot, city: CityIndex, kinds: Sequence[str], none: str
) -> list[Component]:
    """Show the matters of some kinds; `none` is the key of what is said where there are none."""
    stale = snapshot.stale_feeds()
    found = [matter for matter in snapshot.matters if matter.kind in kinds]
    sections = [
        matter_section(matter, snapshot, city, is_blind=matter.feed in stale) for matter in found
    ]
    return sections or [html.P(say(none), className="empty-state")]


def matter_section(
    matter: MatterNow, snapshot: Snapshot, city: CityIndex, *, is_blind: bool
) -> Component:
    """Show one matter: each figure opens what it is made of."""
    definitions = definitions_of(matter, city)
    whole = [row for row in matter.rows if row.by == "all"]
    at = clock(matter.now_ms, city.zone, snapshot.clock_ms)
    stale: list[Cell] = [html.Strong(say("panel.blind"), className="abnormal"), " "]
    tag = stale if is_blind else []
    return html.Section(
        [
            html.H2(both(matter.title)),
            html.P([*tag, say("matter.at", time=at)]),
            _figures(whole, definitions, matter),
            *_groups(matter, definitions, city, snapshot.clock_ms),
            _watched(matter, city, snapshot.clock_ms),
        ],
        className="matter-section live",
    )


def _figures(
    rows: Sequence[MatterRow], definitions: Mapping[str, Definition], matter: MatterNow
) -> Component:
    shown: list[list[Cell]] = [
        [both(_title(row.code, definitions)), _made_of(matter.kind, row, definitions.get(row.code))]
        for row in rows
    ]
    return table(("matter.figure", "matter.value"), shown, "matters.none", about=matter.feed)


def _made_of(kind: str, row: MatterRow, definition: Definition | None) -> Component:
    meaning = meaning_of(kind, row.code, definition.meaning if definition else row.code)
    return made_of(figure(row, definition), meaning, row.numerator, row.denominator)


def _groups(
    matter: MatterNow, definitions: Mapping[str, Definition], city: CityIndex, now_ms: int
) -> list[Component]:
    """Tables by street, unit, class and so on: a row a group."""
    dimensions = dict.fromkeys(row.by for row in matter.rows if row.by != "all")
    return [
        html.Details(
            [
                html.Summary(say("matter.by", by=title_of("by", by))),
                _by(matter, by, definitions, city, now_ms),
            ]
        )
        for by in dimensions
    ]


def _by(
    matter: MatterNow,
    by: str,
    definitions: Mapping[str, Definition],
    city: CityIndex,
    now_ms: int,
) -> Component:
    rows = [row for row in matter.rows if row.by == by]
    shown: list[list[Cell]] = [
        [
            both(_group(matter, row, city, now_ms)),
            both(_title(row.code, definitions)),
            _made_of(matter.kind, row, definitions.get(row.code)),
        ]
        for row in rows
    ]
    heads = ("matter.group", "matter.figure", "matter.value")
    return table(heads, shown, "matters.none", about=f"{matter.feed} {by}")


def _group(matter: MatterNow, row: MatterRow, city: CityIndex, now_ms: int) -> Text:
    named = matter.names.get(f"{row.by}:{row.group}")
    return named or (city.area(row.group, now_ms) if row.by == "street" else same(row.group))


def _watched(matter: MatterNow, city: CityIndex, now_ms: int) -> Component:
    """List what somebody should look at, with what its value is made of."""
    rows: list[list[Cell]] = [
        [
            both(same(each.subject), "code"),
            both(city.street_of(each.cell, now_ms)),
            both(title_of("why", each.why)),
            html.Span([number(each.value, 1), " ", both(_parts(each), "quiet")]),
            clock(each.since_ms, city.zone, now_ms),
            both(same(each.who or UNKNOWN)),
        ]
        for each in matter.watched[:WATCHED]
    ]
    return table(_WATCHED_HEADS, rows, "matter.watched.none", "matter.watched", matter.feed)


def _parts(each: WatchedObject) -> Text:
    told = [(title_of("part", name), number(value, 1)) for name, value in each.parts.items()]
    return {
        language: " × ".join(f"{title[language]} {value}" for title, value in told)
        for language in LANGUAGES
    }


def _title(code: str, definitions: Mapping[str, Definition]) -> Text:
    known = definitions.get(code)
    return known.title if known else same(code)
