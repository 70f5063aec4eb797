"""What the wall shows of cases: layers of the map, headline numbers, a line of the last day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from config.catalog import Feed, Text
from models.grid.grid import Grid
from models.situation.layers import packed
from models.situation.snapshot import Headline, Layer, Trend
from models.situation.state import DistrictState
from models.situation.streets import LayerNow

CASE_LAYERS: Final[dict[str, Text]] = {
    "cases.open": {"zh": "在办案件", "en": "Open cases"},
    "cases.filed_today": {"zh": "今日立案", "en": "Filed today"},
    "cases.closed_today": {"zh": "今日结案", "en": "Closed today"},
    "cases.reported_today": {"zh": "今日上报", "en": "Reported today"},
}
CLOSED_WINDOWS: Final = ("30d", "month", "year", "7d", "today")
FILED_TITLE: Final[Text] = {"zh": "立案数", "en": "cases filed"}


def layers(feed: Feed, state: DistrictState, grid: Grid) -> Iterator[Layer]:
    """Lay the cases of each cell over a grid."""
    for layer, title in CASE_LAYERS.items():
        now = state.streets.layer(feed.name, layer, grid)
        if now is not None:
            yield packed(layer, title, _counted(now), feed.name)


def _counted(now: LayerNow) -> LayerNow:
    """Once any case is known, a cell that was never told of has none: zero, not unknown."""
    return LayerNow(np.nan_to_num(now.values), now.event_ms) if now.newest_ms else now


def headlines(cases: Sequence[Feed], state: DistrictState, grid: Grid) -> list[Headline]:
    """Give open cases, cases filed today, and the share that is closed."""
    return [
        _open_cases(state, cases),
        _layer_total("filed_today", "cases.filed_today", state, cases, grid),
        _closed_of_filed(state, cases),
    ]


def trends(feed: Feed, state: DistrictState) -> list[Trend | None]:
    """Draw the cases filed in each pane."""
    title = {lang: f"{feed.title[lang]} {FILED_TITLE[lang]}" for lang in FILED_TITLE}
    return [state.trends.filed_per_pane(feed.name, title)]


def _last_case_ms(state: DistrictState, cases: Sequence[Feed]) -> int:
    return max((state.feeds.last_event_ms(feed.name) for feed in cases), default=0)


def _names(feeds: Sequence[Feed]) -> list[str]:
    return [feed.name for feed in feeds]


def _open_cases(state: DistrictState, cases: Sequence[Feed]) -> Headline:
    """Sum the open cases over the stages of the closed loop; unknown before the first event."""
    value, event_ms = None, _last_case_ms(state, cases)
    if event_ms and not state.cases.is_empty:
        value = float(sum(stage.open for stage in state.cases.stages().values()))
    return Headline(id="open_cases", value=value, event_ms=event_ms, feeds=_names(cases))


def _layer_total(
    name: str, layer: str, state: DistrictState, cases: Sequence[Feed], grid: Grid
) -> Headline:
    """Sum a layer of the cases over the city; unknown before the first event."""
    event_ms = _last_case_ms(state, cases)
    found = [state.streets.layer(feed.name, layer, grid) for feed in cases]
    totals = [now.total or 0.0 for now in found if now is not None]
    value = sum(totals) if totals and event_ms else None
    return Headline(id=name, value=value, event_ms=event_ms, feeds=_names(cases))


def _closed_of_filed(state: DistrictState, cases: Sequence[Feed]) -> Headline:
    """Give the share of the cases filed of late that are closed."""
    event_ms, feeds = _last_case_ms(state, cases), _names(cases)
    count = state.cases.indicator("closed_of_filed", CLOSED_WINDOWS)
    is_known = count is not None and bool(count.denominator)
    numerator = int(count.numerator) if count and is_known else None
    denominator = count.denominator if count and is_known else None
    return Headline(
        id="closed_of_filed",
        value=100 * numerator / denominator if numerator is not None and denominator else None,
        unit="%",
        decimals=1,
        numerator=numerator,
        denominator=denominator,
        event_ms=event_ms,
        feeds=feeds,
    )
