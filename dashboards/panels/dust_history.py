"""A history on a page: the picture, the tables beside it, the cases, and the ways to take it along.

Every sentence is made of the value that the files are made of.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import quote

import numpy as np
from dash import html
from dash.development.base_component import Component

from config.catalog import Text
from dashboards.common.asked_history import address_of_history, export_address, file_name
from dashboards.common.messages import message, pick
from dashboards.common.shown_history import HistoryShown, PlaceHistory
from dashboards.common.states import empty
from dashboards.common.wording import UNKNOWN, both, listed, local, number, say
from dashboards.figures.season_chart import DESK, PHONE, season_chart
from dashboards.panels.case_tables import link, state
from dashboards.panels.controls import wild
from dashboards.panels.tables import Cell, table
from models.history.season import LEAST

HOURLY: Final = 48  # up to so many hours each has its row; of a longer time each day has
DECIMALS: Final = 1
_CASE_HEADS: Final = ("cases.number", "cases.state", "cases.opened", "column.place")


def history_panel(shown: HistoryShown, language: str) -> list[Component]:
    """Show a history; every state that is not a line is said in words."""
    return [
        html.P(both(asked_words(shown)), className="history-asked"),
        html.Div(
            [
                html.Div([_picture(shown, language), *map(html.P, _notes(shown))]),
                html.Div([place_table(shown), *near(shown)]),
            ],
            className="event-body",
        ),
        html.Details([html.Summary(say("history.rows")), row_table(shown)]),
        _ways(shown, language),
    ]


def asked_words(shown: HistoryShown) -> Text:
    """Say what was asked, as every file says it."""
    since, until = (
        f"{local(each, shown.city.zone):%Y-%m-%d %H:%M}" for each in shown.question.span
    )
    places = listed([place.title for place in shown.places])
    return message(
        "history.asked",
        metric=shown.metric.title,
        unit=shown.metric.unit,
        places=places,
        since=since,
        until=until,
    )


def band_words(place: PlaceHistory) -> Text:
    """Say on how much a band stands, or how much there is where that is too little."""
    band = place.band
    years = "–".join(
        str(year) for year in dict.fromkeys(sorted(band.years)[:: max(1, len(band.years) - 1)])
    )
    if band.is_known:
        return message("history.band", years=years, n=number(band.hours))
    if not band.years:
        return message("history.no-years", least=str(LEAST))
    told = {"years": years, "n": number(band.hours), "least": str(LEAST)}
    return message("history.too-little", most=str(int(band.count.max())), **told)


def place_table(shown: HistoryShown) -> Component:
    """Compare the places: a column each."""
    heads: list[Component] = [html.Th(say("column.place"), scope="col")]
    heads += [html.Th(both(place.title), scope="col") for place in shown.places]
    told: dict[str, list[Cell]] = {
        "history.mean": [number(each.average, DECIMALS) for each in shown.places],
        "history.most": [_highest(each, shown) for each in shown.places],
        "history.usual": [number(each.usual, DECIMALS) for each in shown.places],
        "history.ratio": [number(each.over_usual, 2) for each in shown.places],
        "history.above": [_above(each) for each in shown.places],
        "history.known": [f"{len(each.known)} / {len(shown.at_ms)}" for each in shown.places],
    }
    rows = [
        html.Tr([html.Th(_defined(key), scope="row"), *map(html.Td, cells)])
        for key, cells in told.items()
    ]
    inside = [
        html.Caption(say("history.compared")),
        html.Thead(html.Tr(heads)),
        html.Tbody(rows),
    ]
    label = " ".join(message("history.compared").values())
    scrolls = wild({"role": "region", "aria-label": label})
    return html.Div(html.Table(inside), className="scroll place-table", tabIndex=0, **scrolls)


def _defined(key: str) -> Component:
    """Say what a figure is called; a click tells what it means."""
    return html.Details([html.Summary(say(key)), html.P(say(f"figure.{key}"))])


def near_table(shown: HistoryShown) -> Component:
    """List the cases on dust, each with a link to its whole timeline."""
    rows: list[list[Cell]] = [
        [
            link(case.case),
            state(case),
            f"{local(case.opened_ms, shown.city.zone):%m-%d %H:%M}",
            both(shown.city.street_of(case.cell, case.opened_ms)),
        ]
        for case in shown.cases
    ]
    return table(_CASE_HEADS, rows, "history.cases.none", "history.cases")


def row_table(shown: HistoryShown) -> Component:
    """Give the values as numbers: of each hour, or of each day of a longer time."""
    times = [local(int(at), shown.city.zone) for at in shown.at_ms]
    is_hourly = len(times) <= HOURLY
    # Where the clock is set back an hour comes twice: the second one says its offset.
    hour = ("%m-%d %H:%M", "%m-%d %H:%M %z")
    names = [f"{each:{hour[each.fold] if is_hourly else '%Y-%m-%d'}}" for each in times]
    places: dict[str, list[int]] = {}
    for at, name in enumerate(names):
        places.setdefault(name, []).append(at)
    heads = [html.Th(say("history.when"), scope="col")]
    for place in shown.places:
        heads.append(html.Th(both(place.title), scope="col"))
        heads.append(html.Th(say("history.usual"), scope="col"))
    rows = [
        html.Tr([html.Th(name, scope="row"), *_cells(shown.places, at)])
        for name, at in places.items()
    ]
    inside = html.Table([html.Thead(html.Tr(heads)), html.Tbody(rows)])
    label = " ".join(message("history.rows").values())
    told = wild({"role": "region", "aria-label": label})
    return html.Div(inside, className="scroll history-rows", tabIndex=0, **told)


def _cells(places: Sequence[PlaceHistory], at: Sequence[int]) -> Iterator[Component]:
    for place in places:
        for values in (place.mean, place.band.median):
            known = values[list(at)][np.isfinite(values[list(at)])]
            mean = float(known.mean()) if len(known) else None
            yield html.Td(number(mean, DECIMALS), className="figure")


def _above(place: PlaceHistory) -> Cell:
    told = number(place.hours_above) if place.band.is_known else UNKNOWN
    return html.Strong(told, className="abnormal") if place.hours_above else told


def _highest(place: PlaceHistory, shown: HistoryShown) -> Cell:
    if not len(place.known):
        return UNKNOWN
    at = int(np.nanargmax(place.mean))
    then = local(int(shown.at_ms[at]), shown.city.zone)
    return f"{number(float(place.mean[at]), DECIMALS)} ({then:%m-%d %H:%M})"


def _picture(shown: HistoryShown, language: str) -> Component:
    """Show the picture in the shape that fits; without any value, words alone."""
    if not any(len(place.known) for place in shown.places):
        return empty("history.empty")
    desk, phone = (
        f"data:image/svg+xml,{quote(season_chart(shown, language, size), safe='')}"
        for size in (DESK, PHONE)
    )
    alt = pick(message("history.alt", asked=asked_words(shown)), language)
    sources = html.Source(srcSet=phone, **wild({"media": "(max-width: 40rem)"}))
    picture = html.Picture([sources, html.Img(src=desk, alt=alt)])
    return html.Figure(picture, className="history-picture")


def _notes(shown: HistoryShown) -> Iterator[list[Cell]]:
    """Say on what each band stands."""
    several = len(shown.places) > 1
    for place in shown.places:
        named: list[Cell] = [html.Strong(both(place.title)), " "] if several else []
        yield [*named, both(band_words(place), "" if place.band.is_known else "abnormal")]


def near(shown: HistoryShown) -> list[Component]:
    """Show the cases beside it, or say why they cannot be known."""
    doubt = shown.near.doubt
    if doubt is None:
        return [near_table(shown)]
    if not shown.cases:
        return [html.Div(both(doubt), className="empty-state")]
    return [near_table(shown), html.P(both(doubt))]


def _ways(shown: HistoryShown, language: str) -> Component:
    """Offer the files and the address, each with the time fixed."""
    zone, question = shown.city.zone, shown.question
    name = file_name(question, zone)

    def file(key: str, **more: str) -> Component:
        href = export_address(question, zone, language=language, **more)
        return html.A(say(key), href=href, **wild({"download": ""}))

    drawing = export_address(question, zone, language=language, format="svg")
    picture = html.Button(
        say("history.png"),
        type="button",
        **wild({"data-png": drawing, "data-file": f"{name}.png"}),
    )
    return html.Div(
        [
            say("history.take"),
            file("history.csv", format="csv"),
            file("history.cases-csv", format="csv", table="cases"),
            picture,
            file("history.pdf", format="pdf"),
            html.A(say("history.link"), href=address_of_history(shown), id="history-link"),
        ],
        className="tabs",
    )
