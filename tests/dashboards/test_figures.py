"""Figures hold what the snapshot holds, and no words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import plotly.graph_objects
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dashboards
from dashboards.common.city_index import CityIndex
from dashboards.figures.grid_map import (
    DATA_TRACE,
    bounds,
    colour_scale,
    grid_map,
    worst_cell,
    z_values,
)
from dashboards.figures.style import LEVELS, RATIO, SEQUENTIAL, blank
from dashboards.figures.trend import last_known, local_times, trend_line
from models.grid.grid import Grid
from models.messages.warnings import Level
from models.situation.snapshot import Layer, Trend
from tests.dashboards import factory

BEIJING = ZoneInfo("Asia/Shanghai")


def layer_of(values: list[float], scale: str = "sequential") -> Layer:
    data = np.array(values, dtype="<f4").tobytes()
    title = {"zh": "层", "en": "layer"}
    return Layer(
        id="x", title=title, unit="", decimals=1, event_ms=factory.NOW_MS, data=data, scale=scale
    )


def test_each_cell_shows_the_value_of_the_snapshot(grid: Grid, city_index: CityIndex) -> None:
    layer = factory.layers(grid)[2]
    z = z_values(city_index.current, layer)
    for index in range(0, len(grid.codes), 97):
        value = z[grid.row[index] - grid.row.min()][grid.column[index] - grid.column.min()]
        known = layer.values[index]
        assert value is None if np.isnan(known) else value == pytest.approx(known, abs=0.001)


def test_outside_the_city_there_is_no_cell(grid: Grid, city_index: CityIndex) -> None:
    z = z_values(city_index.current, factory.layers(grid)[0])
    assert sum(value is not None for row in z for value in row) == len(grid.codes)


def test_a_cell_without_a_value_is_ground_not_zero(grid: Grid, city_index: CityIndex) -> None:
    blind = msgspec.structs.replace(
        factory.layers(grid)[2], data=np.full(len(grid.codes), np.nan, "<f4").tobytes()
    )
    figure = grid_map(city_index.current, blind, 16)
    ground, data = figure["data"][0], figure["data"][DATA_TRACE]
    assert all(value is None for row in data["z"] for value in row)
    assert sum(value == 0 for row in ground["z"] for value in row) == len(grid.codes)


@pytest.mark.parametrize("rem_px", [16.0, 32.0])
def test_figures_are_valid_json_and_valid_plotly(
    grid: Grid, city_index: CityIndex, rem_px: float
) -> None:
    figures = [grid_map(city_index.current, layer, rem_px) for layer in factory.layers(grid)]
    figures += [trend_line(trend, BEIJING, rem_px) for trend in factory.trends()]
    check: Any = plotly.graph_objects.Figure  # type: ignore[attr-defined] # untyped
    for figure in figures:
        check(figure)  # refuses a property that plotly does not know
        json.dumps(figure, allow_nan=False)
        assert figure["layout"]["font"]["size"] == 1.25 * rem_px


def test_a_figure_holds_no_words(grid: Grid, city_index: CityIndex) -> None:
    text = json.dumps(grid_map(city_index.current, factory.layers(grid)[2], 16), ensure_ascii=False)
    assert "title" not in text
    assert not any("\u4e00" <= character <= "\u9fff" for character in text)


@given(st.floats(min_value=1.0, max_value=1e6))
def test_the_scale_reaches_over_the_highest_value_but_not_far(high: float) -> None:
    low, top = bounds(layer_of([0.0, high]))
    assert low == 0
    assert high <= top * 1.0001
    assert top <= high * 2.0001


@pytest.mark.parametrize(
    ("values", "expected"),
    [([], (0, 1)), ([float("nan")], (0, 1)), ([0.0], (0, 1)), ([3.0], (0, 3)), ([237.0], (0, 300))],
)
def test_ends_of_the_scale(values: list[float], expected: tuple[float, float]) -> None:
    assert bounds(layer_of(values)) == expected


@pytest.mark.parametrize(("highest", "top"), [(0.4, 2.0), (1.9, 2.0), (3.4, 4.0), (41.0, 60.0)])
def test_a_ratio_is_never_below_zero_and_grey_where_it_is_normal(
    highest: float, top: float
) -> None:
    layer = layer_of([0.1, highest], "ratio")
    assert bounds(layer) == (0.0, top)
    scale = colour_scale(layer)
    assert [colour for _, colour in scale] == [colour for _, colour in RATIO]
    assert scale[2][0] == pytest.approx(1 / top)
    stops = [at for at, _ in scale]
    assert stops == sorted(stops)
    assert (stops[0], stops[-1]) == (0.0, 1.0)
    assert RATIO != SEQUENTIAL


def test_the_cells_of_the_worst_warning_are_ringed_in_its_colour(
    grid: Grid, city_index: CityIndex
) -> None:
    code = int(grid.codes[7])
    warning = msgspec.structs.replace(factory.warnings()[0], cells=[f"{code:015d}", "1", "x"])
    rings = grid_map(city_index.current, factory.layers(grid)[0], 16, warning)["data"][4]
    row, column = grid.row - grid.row.min(), grid.column - grid.column.min()
    assert (rings["x"], rings["y"]) == ([column[7]], [row[7]])
    assert rings["marker"]["color"] == LEVELS[Level.RED]
    assert grid_map(city_index.current, factory.layers(grid)[0], 16)["data"][4]["x"] == []


def test_the_colours_of_levels_are_those_of_the_style_sheet() -> None:
    css = (Path(dashboards.__file__).parent / "assets" / "tokens.css").read_text(encoding="utf-8")
    for level, colour in LEVELS.items():
        assert f"--{level.name.lower()}: {colour};" in css


def test_a_map_without_a_layer_and_a_blank_figure_are_no_white_charts(
    city_index: CityIndex,
) -> None:
    for figure in (grid_map(city_index.current, None, 16), blank(16)):
        json.dumps(figure, allow_nan=False)
        assert figure["layout"]["plot_bgcolor"] == "rgba(0,0,0,0)"
        assert figure["layout"]["xaxis"]["visible"] is False


def test_the_worst_cell_is_the_highest_known() -> None:
    assert worst_cell(layer_of([1.0, float("nan"), 7.0])) == 2
    assert worst_cell(layer_of([float("nan")])) is None


def test_a_trend_is_drawn_in_the_citys_time_with_its_gaps() -> None:
    trend = factory.trends()[0]
    assert local_times(trend, BEIJING)[0] == "2010-04-15T15:05:30"
    expected, observed = trend_line(trend, BEIJING, 16)["data"]
    assert observed["y"][31:36] == [None] * 5
    assert observed["connectgaps"] is False
    assert len(expected["y"]) == len(observed["y"]) == 96


def test_an_empty_trend_is_an_empty_figure() -> None:
    empty = Trend(id="", title={}, unit="", start_ms=0, step_s=900, values=[])
    assert trend_line(empty, BEIJING, 16)["data"][1]["x"] == []


def test_the_newest_known_value_passes_over_gaps() -> None:
    assert last_known([1.0, 2.0, None]) == 2.0
    assert last_known([None]) is None
