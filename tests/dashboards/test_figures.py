"""Figures hold what the snapshot holds, and no words."""

from __future__ import annotations

import dataclasses
import itertools
import json
import math
import re
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import msgspec
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import dashboards
from dashboards.common.city_index import CityIndex
from dashboards.common.grid_raster import lay_out
from dashboards.figures.city_map import bounds, city, colour_scale, rings, values_of, worst_cell
from dashboards.figures.line_chart import picture, points
from dashboards.figures.style import LEVELS, RATIO, SEQUENTIAL
from models.grid.grid import Grid
from models.messages.warnings import Level
from models.situation.snapshot import Layer
from tests.dashboards import factory
from tests.dashboards.small_city import STREETS


def layer_of(values: list[float], scale: str = "sequential") -> Layer:
    data = np.array(values, dtype="<f4").tobytes()
    title = {"zh": "层", "en": "layer"}
    return Layer(
        id="x", title=title, unit="", decimals=1, event_ms=factory.NOW_MS, data=data, scale=scale
    )


def test_each_cell_shows_the_value_of_the_snapshot(grid: Grid) -> None:
    layer = factory.layers(grid)[2]
    sent = values_of(layer)
    assert len(sent) == len(grid.codes)
    for value, known in zip(sent, layer.values.tolist(), strict=True):
        assert value is None if math.isnan(known) else value == round(known * 10)


def test_the_city_has_each_cell_and_street_once(city_index: CityIndex, grid: Grid) -> None:
    sent = city(city_index.current, lambda code: {"zh": code, "en": code})
    json.dumps(sent, allow_nan=False)
    assert len(set(zip(sent["x"], sent["y"], strict=True))) == len(grid.codes)
    assert max(sent["x"]) < sent["columns"]
    assert max(sent["y"]) < sent["rows"]
    assert [street["code"] for street in sent["streets"]] == sorted(STREETS)
    assert {sent["streets"][at]["code"] for at in sent["street"]} == set(STREETS)
    assert sent["polygons"] is None
    assert len(sent["outline"]) % 4 == len(sent["lines"]) % 4 == 0


def test_surveyed_cells_keep_their_own_shape(grid: Grid) -> None:
    some = 5
    lon, lat = grid.lon[:some], grid.lat[:some]
    dx, dy = np.array([0, 0.001, 0.0005]), np.array([0, 0, 0.001])
    corners = shapely.polygons(np.stack([lon[:, None] + dx, lat[:, None] + dy], axis=2))
    columns = ("codes", "lon", "lat", "x_m", "y_m", "column", "row")
    part = {name: getattr(grid, name)[:some] for name in columns}
    surveyed = dataclasses.replace(grid, outlines=corners, **part)
    sent = city(lay_out(surveyed), lambda code: {"zh": code})
    assert [len(ring) for ring in sent["polygons"]] == [8] * some
    widths = [max(ring[::2]) - min(ring[::2]) for ring in sent["polygons"]]
    assert widths == pytest.approx([0.855] * some, abs=0.02)  # 0.001° of longitude in 100 m


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


@pytest.mark.parametrize(("highest", "top"), [(0.4, 2.0), (1.9, 2.0), (3.4, 4.0), (41.0, 4.0)])
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


def test_the_cells_of_a_warning_are_ringed_and_unknown_ones_left_out(
    grid: Grid, city_index: CityIndex
) -> None:
    code = int(grid.codes[7])
    warning = msgspec.structs.replace(factory.warnings()[0], cells=[f"{code:015d}", "1", "x"])
    nowhere = msgspec.structs.replace(warning, cells=[])
    assert rings([warning, nowhere], city_index.current) == [
        {"level": "red", "area": warning.area, "cells": [7]},
        {"level": "red", "area": warning.area, "cells": []},
    ]


def test_the_colours_of_levels_are_those_of_the_style_sheet() -> None:
    css = (Path(dashboards.__file__).parent / "assets" / "tokens.css").read_text(encoding="utf-8")
    for level, colour in LEVELS.items():
        assert f"--{level.name.lower()}: {colour};" in css


def test_the_worst_cell_is_the_highest_known() -> None:
    assert worst_cell(layer_of([1.0, float("nan"), 7.0])) == 2
    assert worst_cell(layer_of([float("nan")])) is None


def test_a_gap_in_a_line_is_a_gap() -> None:
    trend = factory.trends()[0]
    drawn = points(trend.values, 200.0)
    assert drawn.count("M") == 2
    assert drawn.count("L") == 96 - 5 - 2


def test_the_picture_of_a_line_names_no_other_machine_and_holds_no_words() -> None:
    trend = factory.trends()[0]
    text = unquote(picture(trend.values, trend.expected, 200.0))
    assert text.startswith("data:image/svg+xml,<svg ")
    assert "<text" not in text
    assert text.replace("http://www.w3.org/2000/svg", "").count("://") == 0
    ElementTree.fromstring(text.removeprefix("data:image/svg+xml,"))


# --- colours for everybody ----------------------------------------------------------------------

# Machado, Oliveira and Fernandes 2009, severity 1: linear RGB as seen without one kind of cones.
SEEN: dict[str, list[list[float]]] = {
    "all": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "no red": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "no green": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "no blue": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
JUST_NOTICEABLE = 2.3  # ΔE*ab


def lab(colour: str, seen: str) -> NDArray[np.float64]:
    """CIE L*a*b* (D65) of a colour `#rrggbb` as somebody sees it."""
    channels = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    linear = np.clip(np.array(SEEN[seen]) @ linear, 0, 1)
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    x, y, z = (np.array(to_xyz) @ linear) / [0.9505, 1.0, 1.089]
    f = [v ** (1 / 3) if v > 0.008856 else 7.787 * v + 16 / 116 for v in (x, y, z)]
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def apart(one: str, other: str, seen: str) -> float:
    return float(np.linalg.norm(lab(one, seen) - lab(other, seen)))


@pytest.mark.parametrize("seen", SEEN)
def test_scales_of_the_map_are_told_apart_by_every_colour_vision(seen: str) -> None:
    for scale in (SEQUENTIAL, RATIO):
        colours = [colour for _, colour in scale]
        for one, other in itertools.pairwise(colours):
            assert apart(one, other, seen) > 4 * JUST_NOTICEABLE
    lightness = [lab(colour, seen)[0] for _, colour in SEQUENTIAL]
    assert lightness == sorted(lightness), "more is lighter, whatever the hue"
    assert apart(RATIO[0][1], RATIO[-1][1], seen) > 10 * JUST_NOTICEABLE


@pytest.mark.parametrize("seen", SEEN)
def test_unknown_zero_and_the_scale_are_three_things(seen: str) -> None:
    script = (Path(dashboards.__file__).parent / "assets" / "wall-map.js").read_text()
    found = re.search(r'unknown: "(#\w+)", zero: "(#\w+)"', script)
    assert found
    unknown, zero = found.groups()
    lowest = SEQUENTIAL[0][1]
    for one, other in ((unknown, zero), (zero, lowest), (unknown, lowest)):
        assert apart(one, other, seen) > 3 * JUST_NOTICEABLE


def test_levels_differ_in_shape_where_colours_do_not() -> None:
    css = (Path(dashboards.__file__).parent / "assets" / "tokens.css").read_text(encoding="utf-8")
    shapes = re.findall(r"\.mark-(\w+) \{[^}]*clip-path: ([^;]+);", css)
    assert {level for level, _ in shapes} == {level.name.lower() for level in Level}
    assert len({shape for _, shape in shapes}) == len(Level)
