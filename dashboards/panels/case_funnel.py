"""The closed loop: how many cases stand in each stage and for how long, and the overdue ones."""

from __future__ import annotations

from typing import Final

from dash import html
from dash.development.base_component import Component

from dashboards.common.city_index import CityIndex
from dashboards.common.fitting import whole
from dashboards.common.messages import title_of
from dashboards.common.wording import both, duration, number, say
from models.messages.street_summaries import StageNow, WatchedCase
from models.printable import printable
from models.situation.snapshot import Snapshot

STAGES: Final = ("reported", "filed", "dispatched", "disposed", "verified")
OVERDUE_SHOWN: Final = 3


def funnel_rows(stages: dict[str, StageNow]) -> list[Component]:
    """Rows of the funnel: the five steps in their order, then any other stage that has cases."""
    if not stages:
        return [html.Tr(html.Td(say("funnel.none"), colSpan=5, className="nothing"))]
    others = sorted(name for name in stages if name not in STAGES and stages[name].open)
    widest = max(1, *(stage.open for stage in stages.values()))
    return [_stage(name, stages.get(name), widest) for name in (*STAGES, *others)]


def overdue(snapshot: Snapshot) -> list[WatchedCase]:
    """Cases past their limit, the longest first, as many as fit."""
    late = [case for case in snapshot.watched if case.overdue_min > 0]
    return sorted(late, key=lambda case: -case.overdue_min)[:OVERDUE_SHOWN]


def overdue_rows(snapshot: Snapshot, city_index: CityIndex) -> list[Component]:
    """Rows of the overdue list."""
    rows = [_case(case, city_index, snapshot.clock_ms) for case in overdue(snapshot)]
    none = say("overdue.none") if snapshot.stages else say("funnel.none")
    return rows or [html.Tr(html.Td(none, colSpan=4, className="nothing"))]


def mean_h(hours: float, cases: int) -> float | None:
    """Mean hours in seconds; None where there is no case to take it over."""
    return hours / cases * 3600 if cases else None


def _stage(name: str, stage: StageNow | None, widest: int) -> Component:
    now = stage or StageNow(open=0, overdue=0, dwell_h_sum=0.0)
    late = "abnormal" if now.overdue else "quiet"
    return html.Tr(
        [
            html.Th(both(title_of("funnel", name)), scope="row"),
            html.Td(
                html.Div(
                    [
                        html.Span(className="bar", style={"width": f"{60 * now.open / widest}%"}),
                        html.Span(number(now.open if stage else None)),
                    ],
                    className="barred",
                )
            ),
            html.Td(number(now.overdue if stage else None), className=f"figure {late}"),
            html.Td(both(duration(mean_h(now.dwell_h_sum, now.open))), className="figure"),
            html.Td(both(duration(mean_h(now.done_h_sum, now.done))), className="figure"),
        ]
    )


def _case(case: WatchedCase, city_index: CityIndex, now_ms: int) -> Component:
    return html.Tr(
        [
            html.Th(printable(case.case), scope="row", className="code"),
            html.Td(whole(city_index.category(case.category))),
            html.Td(whole(city_index.department(case.department, now_ms))),
            html.Td(both(duration(case.overdue_min * 60)), className="figure abnormal"),
        ]
    )
