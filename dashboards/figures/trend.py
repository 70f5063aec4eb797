"""A trend of the last 24 hours: what was observed, and what was expected."""

from __future__ import annotations

from datetime import tzinfo
from typing import Any

from dashboards.common.wording import local
from dashboards.figures import style
from dashboards.figures.style import Figure
from models.situation.snapshot import Trend

_STEPPED_FROM_S = 1_800  # wide panes are drawn as steps: a value holds for its whole pane


def trend_line(trend: Trend, zone: tzinfo, rem_px: float) -> Figure:
    """Draw one trend in the city's time; a gap is a gap, never a line across it."""
    shape = "hv" if trend.step_s >= _STEPPED_FROM_S else "linear"
    times = local_times(trend, zone)
    expected = trend.expected or [None] * len(times)
    axis = {"gridcolor": style.RULE, "zeroline": False, "fixedrange": True}
    return {
        "data": [
            _line(times, expected, shape, style.EXPECTED, 0.15 * rem_px, dash="dot"),
            _line(times, trend.values, shape, style.OBSERVED, 0.2 * rem_px),
        ],
        "layout": style.layout(rem_px)
        | {
            "margin": {"l": 3.4 * rem_px, "r": 0.6 * rem_px, "t": 0.8 * rem_px, "b": 1.9 * rem_px},
            "xaxis": axis | {"type": "date", "tickformat": "%H:%M", "nticks": 4, "showgrid": False},
            "yaxis": axis | {"rangemode": "tozero", "nticks": 3, "tickformat": ",~r"},
        },
    }


def local_times(trend: Trend, zone: tzinfo) -> list[str]:
    """Start of each pane as the city's wall clock shows it; plotly knows no time zones."""
    starts = (trend.start_ms + i * trend.step_s * 1000 for i in range(len(trend.values)))
    return [f"{local(start, zone):%Y-%m-%dT%H:%M:%S}" for start in starts]


def last_known(values: list[float | None]) -> float | None:
    """Newest value that is known."""
    return next((value for value in reversed(values) if value is not None), None)


def _line(
    times: list[str],
    values: list[float | None],
    shape: str,
    colour: str,
    width: float,
    dash: str = "solid",
) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": times,
        "y": values,
        "connectgaps": False,
        "line": {"color": colour, "width": width, "shape": shape, "dash": dash},
        "hovertemplate": "%{x|%H:%M}  %{y:,.1f}<extra></extra>",
    }
