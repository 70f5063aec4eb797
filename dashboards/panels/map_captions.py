"""Words beside the grid map: its layers, colours and unit, its worst cell, what the grid is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from dash import html
from dash.development.base_component import Component

from dashboards.common.city_index import CityIndex
from dashboards.common.grid_raster import GridRaster
from dashboards.common.wording import both, clock, measured, number, say
from dashboards.figures.grid_map import bounds, colour_scale, worst_cell
from dashboards.panels import levels
from models.situation.snapshot import Layer, Snapshot

# A wall has room for few buttons: these remain for reports and other readers of the snapshot.
NOT_ON_THE_WALL: Final = ("mean_24h", "closed_today", "reported_today")
MOST: Final = 6
_TICKS: Final = 3


def offered(layers: Sequence[Layer]) -> list[Layer]:
    """Layers that the wall offers, in the city's own order."""
    wanted = [layer for layer in layers if layer.id.rpartition(".")[2] not in NOT_ON_THE_WALL]
    return wanted[:MOST]


def chosen(layers: Sequence[Layer], wanted: str | None) -> Layer | None:
    """Layer to show: the wanted one, else the first."""
    return next((layer for layer in layers if layer.id == wanted), layers[0] if layers else None)


def is_stale(layer: Layer, now_ms: int) -> bool:
    """Tell whether a layer is older than it may be."""
    return layer.stale_after_s > 0 and now_ms - layer.event_ms > layer.stale_after_s * 1000


def ticks(layer: Layer) -> list[str]:
    """Numbers beside the colours, from the low to the high end; of a ratio the ends alone."""
    values = np.linspace(*bounds(layer), 2 if layer.scale == "ratio" else _TICKS)
    decimals = 0 if (values == values.round()).all() else 1 if values[-1] > 1 else 2
    return [number(float(value), decimals) for value in values]


def legend(layer: Layer, city_index: CityIndex, now_ms: int) -> list[Component]:
    """Time, unit and colours of the layer."""
    stops = ", ".join(f"{colour} {at:.0%}" for at, colour in colour_scale(layer))
    marks = [html.Span(tick) for tick in ticks(layer)]
    colours = html.Span(
        _normal(layer),
        className="colours",
        style={"background": f"linear-gradient(to right, {stops})"},
    )
    unit = say("map.normal") if layer.scale == "ratio" else html.Span(layer.unit)
    at = say("map.at", time=clock(layer.event_ms, city_index.zone, now_ms))
    parts = [
        html.Div([at, unit], className="legend-head"),
        colours,
        html.Div(marks, className="ticks"),
    ]
    if is_stale(layer, now_ms):
        parts.append(html.Div(say("map.stale"), className="abnormal"))
    return parts


def _normal(layer: Layer) -> list[Component]:
    """Mark where a ratio is normal."""
    if layer.scale != "ratio":
        return []
    return [html.Span(className="normal-mark", style={"left": f"{1 / bounds(layer)[1]:.1%}"})]


def caption(
    layer: Layer | None, raster: GridRaster, city_index: CityIndex, snapshot: Snapshot
) -> list[Component]:
    """Summary of the map in words: it is all that a screen reader gets of it."""
    if layer is None:
        return [html.Div(say("map.no_values"))]
    unknown = int(np.isnan(layer.values).sum())
    counts = {"n": number(unknown), "total": number(len(raster.grid))}
    lines = [
        *_worst(layer, raster, city_index, snapshot.clock_ms),
        html.Div([html.Span(className="swatch"), say("map.no_value", **counts)], className="quiet"),
    ]
    if snapshot.warnings:
        ring = html.Span(className=f"ring level-{levels.slug(snapshot.warnings[0].level)}")
        lines.append(html.Div([ring, say("map.ring")]))
    if raster.grid.synthetic:
        lines.append(html.Div(say("map.synthetic"), className="quiet"))
    return lines


def _worst(layer: Layer, raster: GridRaster, city_index: CityIndex, now_ms: int) -> list[Component]:
    """Where the highest value is."""
    index = worst_cell(layer)
    if index is None:
        return [html.Div(say("map.no_values"))]
    cell = f"{int(raster.grid.codes[index]):015d}"
    value = measured(float(layer.values[index]), layer.decimals, layer.unit)
    return [
        html.Div(html.Strong(say("map.worst", value=value))),
        html.Div(both(city_index.street_of(cell, now_ms))),
        html.Div(cell, className="code"),
    ]
