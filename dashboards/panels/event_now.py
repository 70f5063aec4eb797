"""A major event as its command sees it: phase and countdown, its cases, objects, reports due."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from dash import html
from dash.development.base_component import Component

from dashboards.common.city_index import CityIndex
from dashboards.common.messages import message, same, title_of
from dashboards.common.wording import UNKNOWN, both, clock, duration, local, number, say
from dashboards.figures.event_map import event_map
from dashboards.panels.made_of import address_of_figure
from dashboards.panels.tables import Cell, table
from models.events.mode import MODE_NAMES, Mode
from models.messages.street_summaries import WatchedCase
from models.situation.event_parts import EventFigures, EventNow, EventObjectNow
from models.situation.snapshot import Snapshot

EXERCISE: Final = "rehearsal"
TILES: Final = ("filed", "closed", "open", "overdue")


def event_section(event: EventNow, snapshot: Snapshot, city: CityIndex) -> Component:
    """Everything about one event."""
    is_exercise = event.phase == EXERCISE
    figures = counted_now(event)
    raster = city.raster_for(snapshot)
    picture = [
        html.Figure(
            [
                html.Img(src=event_map(event.objects, raster), alt=message("event.map")["zh"]),
                html.Figcaption(say("event.map-key")),
            ],
            className="event-map",
        )
    ] if raster else []  # fmt: skip
    return html.Section(
        [
            html.Div([*_head(event), *_countdown(event, snapshot, city)], className="event-head"),
            *([html.P(say("event.exercise"), className="exercise")] if is_exercise else []),
            html.Div([*_tiles(figures, event.event)], className="tiles"),
            html.Div(
                [
                    html.Div([_cases(event.watched, snapshot, city)], className="event-cases"),
                    html.Div([*picture, _duties(event, snapshot, city)], className="event-side"),
                ],
                className="event-body",
            ),
            html.Details([html.Summary(_counted(event.objects)), _objects(event.objects)]),
        ],
        className=f"event event-{event.phase} live",
    )


def counted_now(event: EventNow) -> EventFigures:
    """Give the figures that count now: in a rehearsal those of the exercise alone."""
    return event.exercise if event.phase == EXERCISE else event.figures


def operating(snapshot: Snapshot, city: CityIndex) -> Component:
    """In which mode the district is run, since when, and who switched."""
    now, known = snapshot.operating, {mode.value: MODE_NAMES[mode] for mode in Mode}
    mode = known.get(now.mode, same(now.mode))
    since = clock(now.since_ms, city.zone, snapshot.clock_ms)
    words = (
        say("event.mode", mode=mode, time=since)
        if now.since_ms
        else say("event.mode-unswitched", mode=mode)
    )
    return html.P(words, className=f"operating operating-{now.mode}")


def closed_share(figures: EventFigures) -> str:
    """Share of the filed cases that are closed, in per cent; a dash without any.

    Examples
    --------
    >>> closed_share(EventFigures(filed=3447, closed=3350)), closed_share(EventFigures())
    ('97.19 %', '—')
    """
    if not figures.filed:
        return UNKNOWN
    return f"{number(100 * figures.closed / figures.filed, 2)} %"


def _head(event: EventNow) -> Iterator[Component]:
    yield html.H2([both(event.title), html.Span(event.tag, className="tag")])
    yield html.Span(say(f"event.phase.{event.phase}"), className="phase")


def _countdown(event: EventNow, snapshot: Snapshot, city: CityIndex) -> Iterator[Component]:
    if event.changes_ms:
        left = duration((event.changes_ms - snapshot.clock_ms) / 1000)
        then = f"{local(event.changes_ms, city.zone):%Y-%m-%d %H:%M}"
        yield html.Span(say("event.left", left=left, time=then), className="countdown")


def _tiles(figures: EventFigures, event: str) -> Iterator[Component]:
    for name in TILES:
        value = getattr(figures, name)
        late = " abnormal" if name == "overdue" and value else ""
        yield _tile(name, event, number(value), late)
    share = html.Small(f"{number(figures.closed)} / {number(figures.filed)}")
    yield _tile("share", event, closed_share(figures), "", share)


def _tile(name: str, event: str, value: str, late: str, *more: Component) -> Component:
    """Show a number; its title leads to what it is made of."""
    key = f"event.{name}"
    title = html.A(say(key), href=address_of_figure(key, event))
    return html.Div(
        [title, html.Strong(value, className=f"tile-figure{late}"), *more],
        className="tile",
    )


def _cases(watched: Sequence[WatchedCase], snapshot: Snapshot, city: CityIndex) -> Component:
    rows: list[list[Cell]] = [_case(case, snapshot, city) for case in watched]
    heads = ("event.case", "column.place", "overdue.what", "event.stage", "event.clock")
    return table(heads, rows, "event.cases.none", "event.cases")


def _case(case: WatchedCase, snapshot: Snapshot, city: CityIndex) -> list[Cell]:
    late = case.overdue_min > 0
    key = "event.late" if late else "event.to-go"
    left = say(key, time=duration(abs(case.overdue_min) * 60))
    return [
        both(same(case.case), "code"),
        both(city.street_of(case.cell, snapshot.clock_ms)),
        both(city.category(case.category)),
        both(title_of("funnel", case.stage)),
        html.Span(left, className="abnormal" if late else ""),
    ]


def _duties(event: EventNow, snapshot: Snapshot, city: CityIndex) -> Component:
    rows: list[list[Cell]] = [
        [both(duty.title), both(duty.role_title), clock(duty.due_ms, city.zone, snapshot.clock_ms)]
        for duty in event.duties
    ]
    heads = ("event.report", "event.role", "event.due")
    return table(heads, rows, "event.duties.none", "event.duties")


def _counted(objects: Sequence[EventObjectNow]) -> Component:
    kinds: dict[str, list[EventObjectNow]] = {}
    for each in objects:
        kinds.setdefault(each.kind, []).append(each)
    parts: list[Component] = [say("event.objects", n=number(len(objects)))]
    for members in kinds.values():
        parts += [html.Span(" · "), both(members[0].kind_title), html.Span(f" {len(members)}")]
    return html.Span(parts)


def _objects(objects: Sequence[EventObjectNow]) -> Component:
    rows: list[list[Cell]] = [
        [
            both(each.title),
            both(each.kind_title),
            both(each.level_title),
            number(each.figures.filed),
            number(each.figures.open),
            number(each.figures.overdue),
        ]
        for each in objects
    ]
    counted = tuple(f"event.{name}" for name in ("filed", "open", "overdue"))
    heads = ("event.object", "event.kind", "event.level", *counted)
    return table(heads, rows, "event.objects.none")
