"""Words above a trend: what it is, its newest value, and what was expected then."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dashboards.common.wording import both, number, say
from dashboards.figures.trend import last_known
from models.situation.snapshot import Trend

_DECIMALS = 1


def shown_trends(trends: Sequence[Trend]) -> list[Trend]:
    """Choose the two there is room for: the first reading, and the cases, which come last."""
    return [trends[0], trends[-1]] if len(trends) > 1 else list(trends)


def trend_title(trend: Trend | None) -> list[Component]:
    """Title with the newest values; the colours of its words are those of the lines."""
    if trend is None:
        return [html.Span(say("trend.none"), className="quiet")]
    decimals = _DECIMALS if trend.unit else 0
    observed = number(last_known(trend.values), decimals)
    values = [html.Span(say("trend.observed", value=observed), className="observed")]
    if (expected := last_known(trend.expected)) is not None:  # most metrics are watched by no rule
        told = say("trend.expected", value=number(expected, decimals))
        values.append(html.Span(told, className="expected"))
    title = html.Div(
        [
            html.Strong(both(trend.title)),
            html.Span(trend.unit, className="unit"),
        ],
        className="trend-head",
    )
    return [title, html.Div(values, className="trend-values")]
