"""Words beside the grid map: its layers, colours and unit, its worst cell, what the grid is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from dash import html
from dash.development.base_component import Component

from dashboards.common.city_index import CityIndex
from dashboards.common.grid_raster import GridRaster
from dashboards.common.wording import both, clock, measured, number, say
from dashboards.figures.city_map import bounds, colour_scale, worst_cell
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


def automatic(snapshot: Snapshot, layers: Sequence[Layer]) -> Layer | None:
    """Layer that shows the worst warning best: of its metric, else of its feed; else the first."""
    if snapshot.warnings:
        worst = snapshot.warnings[0]
        for fits in (
            lambda layer: layer.id == f"{worst.metric}.now",
            lambda layer: layer.id.partition(".")[0] == worst.metric,
            lambda layer: layer.feed == worst.feed,
        ):
            found = next(filter(fits, layers), None)
            if found is not None:
                return found
    return layers[0] if layers else None


def ticks(layer: Layer) -> list[str]:
    """Numbers beside the colours, from the low to the high end; of a ratio the ends alone.

    The last one says so where values lie beyond it.
    """
    low, high = bounds(layer)
    values = np.linspace(low, high, 2 if layer.scale == "ratio" else _TICKS)
    decimals = 0 if (values == values.round()).all() else 1 if values[-1] > 1 else 2
    told = [number(float(value), decimals) for value in values]
    return (
        [*told[:-1], f"≥ {told[-1]}"] if float(np.nanmax(layer.values, initial=0)) > high else told
    )


def layer_buttons(layers: Sequence[Layer]) -> list[Component]:
    """One button a layer; the browser marks which is shown."""
    return [
        html.Button(
            both(layer.title),
            type="button",
            role="radio",
            className="layer-button",
            **_data("layer", layer.id),
        )
        for layer in layers
    ]


def legends(snapshot: Snapshot, city_index: CityIndex, raster: GridRaster) -> list[Component]:
    """Legend of each layer; the browser shows that of its own."""
    return [
        html.Div(
            [*_legend(layer, city_index, snapshot.clock_ms), *_unknown(layer, raster)],
            className="legend-of",
            **_data("layer", layer.id),
        )
        for layer in offered(snapshot.layers)
    ]


def _legend(layer: Layer, city_index: CityIndex, now_ms: int) -> list[Component]:
    """Title, time, unit and colours of the layer."""
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
        html.Div(html.Strong(both(layer.title)), className="legend-title"),
        html.Div([at, unit], className="legend-head"),
        colours,
        html.Div(marks, className="ticks"),
    ]
    if is_stale(layer, now_ms):
        parts.append(html.Div(say("map.stale"), className="abnormal"))
    return parts


def _unknown(layer: Layer, raster: GridRaster) -> list[Component]:
    """Say how many cells have no value, and where zero is a value of its own, its colour."""
    unknown = int(np.isnan(layer.values).sum())
    counts = {"n": number(unknown), "total": number(len(raster.grid))}
    is_count = layer.scale != "ratio" and not layer.unit and not layer.decimals
    zero = [html.Div([html.Span(className="swatch zero"), say("map.zero")])] if is_count else []
    none = html.Div([html.Span(className="swatch unknown"), say("map.no_value", **counts)])
    return [*zero, *([none] if unknown else [])]


def _normal(layer: Layer) -> list[Component]:
    """Mark where a ratio is normal."""
    if layer.scale != "ratio":
        return []
    return [html.Span(className="normal-mark", style={"left": f"{1 / bounds(layer)[1]:.1%}"})]


def _data(name: str, value: str) -> dict[str, Any]:
    return {f"data-{name}": value}


def caption(
    layer: Layer | None, raster: GridRaster, city_index: CityIndex, snapshot: Snapshot
) -> list[Component]:
    """Summary of the map in words: it is all that a screen reader gets of it."""
    if layer is None:
        return [html.Div(say("map.no_values"))]
    title = html.Div(both(layer.title))
    return [title, *_worst(layer, raster, city_index, snapshot.clock_ms)]


def notes(raster: GridRaster, snapshot: Snapshot, city_index: CityIndex) -> list[Component]:
    """Say what is ringed, by the worst warning's name, and what the grid is."""
    lines: list[Component] = []
    if snapshot.warnings:
        worst = snapshot.warnings[0]
        lines.append(
            html.Div(
                [
                    html.Span(className=f"ring level-{levels.slug(worst.level)}"),
                    html.Strong(both(city_index.area(worst.area, snapshot.clock_ms))),
                    html.Div(both(city_index.rule(worst.rule)), className="ring-rule"),
                ],
                className="ring-name",
            )
        )
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
