"""Lines of the last day with their words: newest value, what was expected, a day before."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import tzinfo

from dash import html
from dash.development.base_component import Component

from dashboards.common.wording import both, local, number, say
from dashboards.figures.line_chart import picture
from dashboards.figures.time_marks import marked_times
from dashboards.panels.compared import a_day_before
from models.situation.snapshot import Trend

_DECIMALS = 1
_EDGE = 0.06  # of the width: half an hour's label on a phone
_MOST_TICKS = 5  # so many have room on a phone
SLOTS = 2


def shown_trends(trends: Sequence[Trend]) -> list[Trend]:
    """Choose the two there is room for: the first reading, and the cases, which come last."""
    return [trends[0], trends[-1]] if len(trends) > 1 else list(trends)


def trend_charts(trends: Sequence[Trend], zone: tzinfo, blind: Collection[str]) -> list[Component]:
    """Charts of the last day; words where there is none yet, never an empty chart."""
    shown = shown_trends(trends)
    if not shown:
        return [html.Div(say("trend.none"), className="nothing")]
    return [_chart(trend, zone, is_blind=trend.feed in blind) for trend in shown]


def last_known(values: Sequence[float | None]) -> float | None:
    """Newest value that is known."""
    return next((value for value in reversed(values) if value is not None), None)


def top_of(trend: Trend) -> float:
    """Value at the upper edge of a chart: the largest, never 0."""
    known = [value for value in (*trend.values, *trend.expected) if value is not None]
    return max((*known, 0.0)) or 1.0


def _chart(trend: Trend, zone: tzinfo, *, is_blind: bool) -> Component:
    top = top_of(trend)
    end_ms = trend.start_ms + max(0, len(trend.values) - 1) * trend.step_s * 1000
    return html.Figure(
        [
            html.Figcaption([_head(trend), _values(trend, end_ms)], className="trend-words"),
            html.Div(
                [
                    html.Span(number(top, _decimals(trend)), className="chart-top"),
                    html.Img(src=picture(trend.values, trend.expected, top), alt=""),
                ],
                className="chart",
            ),
            html.Div(_ticks(trend, zone), className="chart-times"),
        ],
        className="trend is-blind" if is_blind else "trend",
    )


def hours(trend: Trend, zone: tzinfo) -> list[int]:
    """Give the whole local hours at which a chart is marked, a few hours apart.

    Returns
    -------
    list of int
        Epoch milliseconds, each within the line; none where it is shorter than an hour.
    """
    length_ms = max(0, len(trend.values) - 1) * trend.step_s * 1000
    return marked_times(trend.start_ms, trend.start_ms + length_ms, zone, _MOST_TICKS)


def _ticks(trend: Trend, zone: tzinfo) -> list[Component]:
    """Write the hours below their places on the line; none reaches out of the chart."""
    length_ms = max(1, len(trend.values) - 1) * trend.step_s * 1000
    shares = {at_ms: (at_ms - trend.start_ms) / length_ms for at_ms in hours(trend, zone)}
    return [
        html.Span(f"{local(at_ms, zone):%H:%M}", style={"left": f"{share:.2%}"})
        for at_ms, share in shares.items()
        if _EDGE <= share <= 1 - _EDGE
    ]


def _head(trend: Trend) -> Component:
    return html.Div(
        [html.Strong(both(trend.title)), html.Span(trend.unit, className="unit")],
        className="trend-head",
    )


def _values(trend: Trend, end_ms: int) -> Component:
    """Newest value, what was expected then, and the value of a day before."""
    decimals = _decimals(trend)
    told: list[Component] = []
    told += [html.Strong(say("trend.observed", value=number(last_known(trend.values), decimals)))]
    if (expected := last_known(trend.expected)) is not None:  # most metrics are watched by no rule
        told.append(html.Span(say("trend.expected", value=number(expected, decimals))))
    if (before := a_day_before(trend, end_ms)) is not None:
        told.append(html.Span(say("trend.yesterday", value=number(before, decimals))))
    return html.Div(told, className="trend-values")


def _decimals(trend: Trend) -> int:
    return _DECIMALS if trend.unit else 0
